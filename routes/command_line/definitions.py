"""`pql definitions`: checked, put in force, put back. What was: `definition_versions`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from pql.changes import mark_everything_changed
from pql.definitions import versions
from pql.definitions.differences import find_differences
from pql.definitions.json_schema import definitions_schema, schema_text
from pql.definitions.model import ANY_EVENT, DefinitionFile
from pql.metrics.recorded import known_events
from pql.settings import Settings
from pql.state.models import DefinitionVersion
from pql.state.opening import opened_state
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
    "--workspace", "workspace_name", metavar="NAME", help="Look for events it never recorded."
)
@click.pass_obj
def validate(settings: Settings, file: Path, workspace_name: str | None) -> None:
    """Check a file and tell everything that is wrong with it, without applying it."""
    found = definitions_in(file, text_of(file))
    if workspace_name is not None:
        for event in _never_recorded(settings, workspace_name, found):
            click.echo(f"{file}: no event {event} was ever recorded in {workspace_name}", err=True)
    click.echo(f"{file}: {len(found.metrics)} metrics, {len(found.definitions)} definitions, valid")


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
        number = put(session, workspace_id, now=now, applied_by="command line").number
        after = versions.current(session, workspace_id)
        if number != before.number:
            mark_everything_changed(session, workspace_id, now)
    is_new = "is in force" if number != before.number else "was in force already"
    click.echo(f"Version {number} {is_new} in {workspace_name}.")
    if number != before.number:
        tell_differences(find_differences(before.file, after.file))


def _never_recorded(settings: Settings, workspace_name: str, file: DefinitionFile) -> list[str]:
    names = {metric.event for metric in file.metrics.values()}
    names |= {activity.event for activity in file.leads.activities} | set(file.leads.events)
    with opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        with closing(reach_event_store(settings, state)) as store:
            return sorted(names - known_events(store, workspace_id, names) - {ANY_EVENT})
