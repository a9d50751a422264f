"""`pql definitions export`, `history` and `diff`: what was applied, and what it changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from pql.definitions import versions
from pql.definitions.differences import (
    Difference,
    compare_lines,
    find_differences,
    summarize,
)
from pql.definitions.reading import read_applied
from pql.settings import Settings
from pql.state.models import DefinitionVersion
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.definition_files import problems_told, text_of
from routes.command_line.errors import EXPECTED, sentence
from routes.command_line.options import json_option, output_option, workspace_option, write_out
from routes.console import Listing, Terminal
from routes.terminal import write_for_programs

DIFFERS = 1


@dataclass(frozen=True, slots=True)
class Side:
    """One of two texts that are compared."""

    name: str
    text: str


class Trouble(click.ClickException):
    """It cannot be told whether there are differences."""

    exit_code = 2


class Comparing(click.Command):
    """Ends like diff(1): 0 where nothing differs, 1 where something does, 2 in trouble."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except click.UsageError:
            raise
        except click.ClickException as error:
            raise Trouble(error.message) from error
        except EXPECTED as error:
            raise Trouble(sentence(error)) from error


@click.command()
@workspace_option
@click.option("--version", "number", type=int, metavar="N", help="Not the one in force, but this.")
@output_option
@click.pass_obj
def export(
    settings: Settings, workspace_name: str, number: int | None, output: Path | None
) -> None:
    """Print the file in force, or an older version, exactly as it was applied."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        if number is None:
            text = versions.current_text(session, workspace_id)
        else:
            text = versions.find(session, workspace_id, number).content
    write_out(text, output)


@click.command()
@workspace_option
@json_option
@click.pass_obj
def history(settings: Settings, workspace_name: str, as_json: bool) -> None:
    """List every applied version, the newest first: when, by whom, what it changed and why."""
    with opened_state(settings) as state, state.reading() as session:
        applied = versions.history(session, find_workspace(session, workspace_name).id)
    if as_json:
        click.echo(json.dumps([_row(version) for version in applied], default=datetime.isoformat))
        return
    table = Listing("version", "applied", "by", "changed", "why")
    for version in applied:
        at = f"{version.applied_at:%Y-%m-%d %H:%M:%S}"
        facts = (at, version.applied_by, version.changes, version.message)
        table.add_row(str(version.number), *facts)
    Terminal().print(table)


@click.command(cls=Comparing)
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@workspace_option
@click.option("--from", "older", type=int, metavar="N", help="Compare with this version.")
@click.option("--to", "newer", type=int, metavar="M", help="Where no FILE is given.")
@click.option("--text", "as_text", is_flag=True, help="Compare the lines, not the meaning.")
@click.pass_obj
def diff(
    settings: Settings,
    /,
    *,
    file: Path | None,
    workspace_name: str,
    older: int | None,
    newer: int | None,
    as_text: bool,
) -> None:
    """Tell what FILE, or a version, says otherwise than another version.

    FILE is compared with the file in force. Without FILE, the version in force is compared with the
    one before it. The exit code is 0 where nothing differs, 1 where something does.
    """
    if file is not None and newer is not None:
        raise click.UsageError("FILE and --to are two things to compare with; give one.")
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        in_force = versions.current(session, workspace_id).number
        last = newer if newer is not None else in_force
        first = older if older is not None else (last - 1 if file is None else last)
        before = _side(versions.find(session, workspace_id, first))
        if file is None:
            after = _side(versions.find(session, workspace_id, last))
        else:
            after = Side(str(file), text_of(file))
    sys.exit(_tell_lines(before, after) if as_text else _tell_meaning(before, after))


def tell_differences(differences: Sequence[Difference]) -> None:
    """Print the summary and each difference in a line."""
    click.echo(f"Changed: {summarize(differences)}.")
    for difference in differences:
        click.echo(f"  {difference}")


def _row(version: DefinitionVersion) -> dict[str, object]:
    names = ("number", "applied_at", "applied_by", "changes", "message", "digest")
    return {name: getattr(version, name) for name in names}


def _side(version: DefinitionVersion) -> Side:
    return Side(f"version {version.number}", version.content)


def _tell_lines(before: Side, after: Side) -> int:
    lines = compare_lines(before.text, after.text, (before.name, after.name))
    write_for_programs(lines)
    return DIFFERS if lines else 0


def _tell_meaning(before: Side, after: Side) -> int:
    with problems_told(Path(after.name)):
        files = [read_applied(side.text, side.name)[0] for side in (before, after)]
    differences = find_differences(*files)
    for difference in differences:
        click.echo(str(difference))
    return DIFFERS if differences else 0
