"""`pql definitions`: checked, put in force, put back. What was: `definition_versions`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from pql.changed_definitions import put_in_force
from pql.control_characters import escaped
from pql.definition_checks import Workspace, find_unknown_to
from pql.definitions import versions
from pql.definitions.differences import find_differences
from pql.definitions.json_schema import definitions_schema, schema_text
from pql.definitions.left_out import find_left_out
from pql.definitions.model import DefinitionFile
from pql.definitions.yaml_lines import read_yaml
from pql.settings import Settings
from pql.state.models import DefinitionVersion
from pql.state.opening import opened_state
from pql.words import counted
from pql.workspaces import find_workspace
from routes.command_line.definition_files import definition_file, definitions_in, text_of
from routes.command_line.definition_versions import diff, export, history, tell_differences
from routes.command_line.evaluating import evaluate
from routes.command_line.options import (
    message_option,
    output_option,
    workspace_option,
    write_out,
)
from routes.command_line.replaying import plan
from usage_ingest.store_check import reach_event_store


@click.group()
def definitions() -> None:
    """Metrics, PQL definitions, potential, motions and leads: a YAML file a workspace."""


for command in (evaluate, plan, export, history, diff):
    definitions.add_command(command)


@definitions.command()
@definition_file
@click.option(
    "--workspace",
    "workspace_name",
    metavar="NAME",
    help="Look for events, traits and properties that it never saw, and for what is left out.",
)
@click.pass_obj
def validate(settings: Settings, file: Path, workspace_name: str | None) -> None:
    """Check a file and tell everything that is wrong with it, without applying it."""
    found = definitions_in(file, text_of(file))
    if workspace_name is not None:
        _tell_unknown(settings, workspace_name, file, found)
    metrics = counted(len(found.metrics), "metric")
    click.echo(f"{file}: {metrics}, {counted(len(found.definitions), 'definition')}, valid")


@definitions.command()
@definition_file
@workspace_option
@message_option
@click.pass_obj
def apply(settings: Settings, file: Path, workspace_name: str, message: str) -> None:
    """Put a file in force. Every account and lead is evaluated again."""
    text = text_of(file)
    definitions_in(file, text)
    put = partial(versions.apply, text=text, file_name=str(file), message=message)
    _put_in_force(settings, workspace_name, put)


@definitions.command()
@click.option("--to", "number", type=int, required=True, metavar="N", help="The older version.")
@workspace_option
@click.pass_obj
def revert(settings: Settings, workspace_name: str, number: int) -> None:
    """Put an older version in force again, as a new version."""
    _put_in_force(settings, workspace_name, partial(versions.revert, number=number))


@definitions.command()
@output_option
def schema(output: Path | None) -> None:
    """Print the JSON Schema with which editors check and complete definition files."""
    write_out(schema_text(definitions_schema()), output)


def _put_in_force(
    settings: Settings, workspace_name: str, put: Callable[..., DefinitionVersion]
) -> None:
    now = datetime.now(UTC)
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        before = versions.current(session, workspace_id)
        text_before = versions.current_text(session, workspace_id)
        version = put_in_force(session, workspace_id, put, now=now, applied_by="command line")
        number = version.number
        after = versions.current(session, workspace_id)
        text_after = versions.current_text(session, workspace_id)
    is_new = "is in force" if number != before.number else "was in force already"
    click.echo(f"Version {number} {is_new} in {workspace_name}.")
    if number != before.number:
        tell_differences(find_differences(before.file, after.file))
        _tell_left_out(text_before, text_after)


def _tell_left_out(before: str, after: str) -> None:
    for sentence in find_left_out(before, after):
        click.echo(f"  ! {sentence}")


def _tell_unknown(
    settings: Settings, workspace_name: str, file: Path, found: DefinitionFile
) -> None:
    """What the file leaves out of the one in force, and what the workspace does not know."""
    text = text_of(file)
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        in_force = versions.current_text(session, workspace_id)
        with closing(reach_event_store(settings, state)) as store:
            workspace = Workspace(store, session, workspace_id)
            unknown = find_unknown_to(workspace, found, read_yaml(text, str(file)))
    left_out = [f"{file}: {sentence}" for sentence in find_left_out(in_force, text)]
    for line in (*unknown, *left_out):
        click.echo(escaped(line), err=True)
