"""`pql plan`: a tracking plan checked, put in force and out, its violations, a first one."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from pql.definitions.json_schema import schema_text
from pql.plans import versions
from pql.plans.inferring import seen_events
from pql.plans.json_schema import plan_schema
from pql.plans.reading import read_plan
from pql.plans.recording import list_violations
from pql.plans.writing import plan_text
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.words import counted
from pql.workspaces import find_workspace
from routes.command_line.definition_files import definition_file, problems_told, text_of
from routes.command_line.options import (
    json_option,
    message_option,
    output_option,
    workspace_option,
    write_out,
)
from routes.console import Listing, Terminal
from usage_ingest.store_check import reach_event_store

BY = "command line"


@click.group()
def plan() -> None:
    """Which events and properties a workspace expects: an optional YAML file."""


@plan.command()
@definition_file
def validate(file: Path) -> None:
    """Check a plan and tell everything that is wrong with it, without applying it."""
    with problems_told(file):
        events = read_plan(text_of(file), str(file)).events
    click.echo(f"{file}: {counted(len(events), 'event')}, valid")


@plan.command()
@definition_file
@workspace_option
@message_option
@click.pass_obj
def apply(settings: Settings, file: Path, workspace_name: str, message: str) -> None:
    """Put a plan in force for the events that come from now on."""
    text, now = text_of(file), datetime.now(UTC)
    with problems_told(file), opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        asked = (session, workspace_id, text, str(file), now, BY)
        version = versions.apply(*asked, message=message)
    click.echo(f"Version {version.number} of the plan is in force in {workspace_name}.")


@plan.command()
@workspace_option
@message_option
@click.pass_obj
def remove(settings: Settings, workspace_name: str, message: str) -> None:
    """Take the plan out of force: events are held to nothing from now on."""
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        removed = versions.remove(session, workspace_id, datetime.now(UTC), BY, message=message)
    click.echo(f"Version {removed.number}: no plan is in force in {workspace_name}.")


@plan.command()
@output_option
def schema(output: Path | None) -> None:
    """Print the JSON Schema with which editors check and complete tracking plans."""
    write_out(schema_text(plan_schema()), output)


@plan.command()
@workspace_option
@click.pass_obj
def show(settings: Settings, workspace_name: str) -> None:
    """Print the plan that is in force."""
    with opened_state(settings) as state, state.reading() as session:
        version = versions.current_version(session, find_workspace(session, workspace_name).id)
    write_out(version.content, None)


@plan.command()
@workspace_option
@json_option
@click.pass_obj
def violations(settings: Settings, workspace_name: str, as_json: bool) -> None:
    """Tell what was not as planned since the plan was applied, the most frequent first."""
    with opened_state(settings) as state, state.reading() as session:
        listed = list_violations(session, find_workspace(session, workspace_name).id)
    columns = ("event", "kind", "property", "events", "first_seen_at", "last_seen_at", "example")
    rows = [{name: getattr(each, name) for name in columns} for each in listed]
    if as_json:
        click.echo(json.dumps(rows, default=datetime.isoformat))
        return
    table = Listing("event", "kind", "property", "events", "last seen", "found", "allowed")
    for row in rows:
        at, example = f"{row['last_seen_at']:%Y-%m-%d %H:%M}", row["example"]
        facts = (row["event"], row["kind"], row["property"], str(row["events"]), at)
        table.add_row(*facts, example["found"], example["allowed"])
    Terminal().print(table)


@plan.command()
@workspace_option
@output_option
@click.pass_obj
def infer(settings: Settings, workspace_name: str, output: Path | None) -> None:
    """Write a first plan from the events that were seen."""
    with opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        with closing(reach_event_store(settings, state)) as store:
            text = plan_text(seen_events(store, workspace_id))
    write_out(text, output)
