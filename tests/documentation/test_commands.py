"""Every `pql` command line in the documentation is one that the program takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
import pytest

from routes.command_line import main
from tests.documentation.pages import NAMES, ROOT, Page

GIVEN = Mapping[str, Any]


class NotTaken(AssertionError):
    """The program does not take this command line."""


def read(words: Sequence[str]) -> Iterator[tuple[click.Command, GIVEN]]:
    """Each command of the line with what it is given, without running anything."""
    command: click.Command = main
    context, rest = click.Context(main, info_name="pql"), list(words[1:])
    while True:
        try:
            given, rest, _ = command.make_parser(context).parse_args(rest)
        except click.UsageError as error:
            raise NotTaken(f"{' '.join(words)}: {error.format_message()}") from error
        yield command, given
        if not rest:
            return
        found = [subcommand(command, context, name) for name in rest[0].split("|")]
        if None in found:
            raise NotTaken(f"{' '.join(words)}: nothing takes {rest[0]!r}")
        command = found[0] or command
        context, rest = click.Context(command, context, rest[0]), rest[1:]


def subcommand(command: click.Command, context: click.Context, name: str) -> click.Command | None:
    return command.get_command(context, name) if isinstance(command, click.Group) else None


def is_placeholder(value: str) -> bool:
    """`NAME`: for the reader to replace."""
    return value.isupper() and value not in ("MQL", "SQL")


def values(words: Sequence[str], kind: type[click.ParamType[Any]]) -> Iterator[tuple[Any, str]]:
    """What the line gives to parameters of this type; `a|b` are two values."""
    for command, given in read(words):
        for parameter in command.params:
            value = given.get(str(parameter.name))
            if isinstance(parameter.type, kind) and isinstance(value, str):
                yield from ((parameter.type, one) for one in value.split("|"))


def missing(words: Sequence[str]) -> list[str]:
    """What the last command of the line needs and is not given."""
    *_, (command, given) = read(words)
    if isinstance(command, click.Group) and not command.invoke_without_command:
        return ["a command"]
    return [
        str(parameter.name)
        for parameter in command.params
        if parameter.required and not isinstance(given.get(str(parameter.name)), str | tuple)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_exists(name: str) -> None:
    page = Page(name)
    for words in (*page.command_lines("pql"), *page.mentions("pql")):
        for choice, value in values(words, click.Choice):
            assert is_placeholder(value) or value in choice.choices, words


@pytest.mark.parametrize("name", NAMES)
def test_every_command_line_is_complete(name: str) -> None:
    incomplete = {
        " ".join(words): missed
        for words in Page(name).command_lines("pql")
        if (missed := missing(words))
    }
    assert incomplete == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_a_command_line_is_there_or_the_readers_own(name: str) -> None:
    page = Page(name)
    unknown = [
        value
        for words in page.command_lines("pql")
        for path, value in values(words, click.Path)
        if path.exists  # what a command writes need not be there before
        if not (is_placeholder(value) or (ROOT / value).exists() or f"`{value}`" in page.prose)
    ]
    assert unknown == []


@pytest.mark.parametrize(
    "line",
    [
        "pql nothing",
        "pql stats --workspce demo",
        "pql keys create more",
        "pql import acounts|leads FILE",
        "pql definitions export --workspace",
    ],
)
def test_a_wrong_line_would_be_noticed(line: str) -> None:
    with pytest.raises(NotTaken):
        list(read(line.split()))


def test_a_wrong_choice_or_a_missing_option_would_be_noticed() -> None:
    assert [
        value
        for choice, value in values(["pql", "keys", "create", "--scope", "wrte|read"], click.Choice)
        if value not in choice.choices
    ] == ["wrte"]
    assert missing(["pql", "import", "leads", "FILE"]) == ["mapping_file", "workspace_name"]
    assert missing(["pql", "import", "export"]) == ["names", "tool", "workspace_name"]
