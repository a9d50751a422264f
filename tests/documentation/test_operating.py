"""What an operator can set or call is in the documentation."""

from dataclasses import fields
from pathlib import Path

import click
import pytest

from pql.settings import Settings
from routes.command_line import COMMANDS, main

DOCS = Path(__file__).parents[2] / "docs"
OPERATING = (DOCS / "operating.md").read_text()


def subcommands(name: str) -> list[str]:
    command = main.get_command(click.Context(main), name)
    return list(command.commands) if isinstance(command, click.Group) else []


@pytest.mark.parametrize("setting", [field.name.upper() for field in fields(Settings)])
def test_every_setting_is_in_the_table(setting: str) -> None:
    assert f"| `{setting}` |" in OPERATING


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named(name: str) -> None:
    assert f"`pql {name}" in OPERATING


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_is_named_somewhere(name: str) -> None:
    everything = "\n".join(page.read_text() for page in DOCS.rglob("*.md"))
    missing = [each for each in subcommands(name) if f"pql {name} {each}" not in everything]
    assert missing == []
