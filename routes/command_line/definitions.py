"""`pql definitions validate`, `apply`, `evaluate`, `show` and `history`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pql.changes import mark_everything_changed
from pql.definitions import versions
from pql.definitions.model import ANY_EVENT, DefinitionFile
from pql.events.opening import reach_event_store
from pql.metrics.recorded import known_events
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.definition_files import definition_file, definitions_in, text_of
from routes.command_line.evaluating import evaluate
from routes.command_line.options import workspace_option


@click.group()
def definitions() -> None:
    """Metrics, PQL definitions, potential, motions and leads: a YAML file a workspace."""


definitions.add_command(evaluate)


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
@click.pass_obj
def apply(settings: Settings, file: Path, workspace_name: str) -> None:
    """Put a file in force. Every account and lead is evaluated again."""
    text, now = text_of(file), datetime.now(UTC)
    definitions_in(file, text)
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        before = versions.current(session, workspace_id).number
        number = versions.apply(session, workspace_id, text, str(file), now, "command line").number
        if number != before:
            mark_everything_changed(session, workspace_id, now)
    is_new = "is in force" if number != before else "was in force already"
    click.echo(f"Version {number} {is_new} in {workspace_name}.")


@definitions.command()
@workspace_option
@click.pass_obj
def show(settings: Settings, workspace_name: str) -> None:
    """Print the file that is in force."""
    with opened_state(settings) as state, state.reading() as session:
        applied = versions.history(session, find_workspace(session, workspace_name).id)
    click.echo(applied[0].content if applied else versions.starter(), nl=False)


@definitions.command()
@workspace_option
@click.pass_obj
def history(settings: Settings, workspace_name: str) -> None:
    """List every applied version, the newest first."""
    table = Table("version", "applied", "by", "SHA-256")
    with opened_state(settings) as state, state.reading() as session:
        for version in versions.history(session, find_workspace(session, workspace_name).id):
            at = f"{version.applied_at:%Y-%m-%d %H:%M:%S}"
            table.add_row(str(version.number), at, version.applied_by, version.digest[:12])
    Console().print(table)


def _never_recorded(settings: Settings, workspace_name: str, file: DefinitionFile) -> list[str]:
    names = {metric.event for metric in file.metrics.values()}
    names |= {activity.event for activity in file.leads.activities} | set(file.leads.events)
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
    store = reach_event_store(settings)
    try:
        return sorted(names - known_events(store, workspace_id, names) - {ANY_EVENT})
    finally:
        store.close()
