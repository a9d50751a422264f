"""`pql workspace create`, `list` and `settings`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click
from sqlalchemy import select

from pql.settings import Settings
from pql.state.models import Workspace
from pql.state.opening import opened_state
from pql.workspace_settings import PERSON_ACCOUNTS, change_settings
from pql.workspaces import create_workspace, find_workspace
from routes.command_line.options import json_option


@click.group()
def workspace() -> None:
    """Workspaces: one for each SaaS product."""


@workspace.command()
@click.argument("name")
@click.pass_obj
def create(settings: Settings, name: str) -> None:
    """Create a workspace with the starter definitions."""
    with opened_state(settings) as state, state.writing() as session:
        create_workspace(session, name, datetime.now(UTC))
    click.echo(f"Created {name}. Next: pql keys create --workspace {name} --scope write")


@workspace.command(name="list")
@click.pass_obj
def list_workspaces(settings: Settings) -> None:
    """List the workspaces."""
    with opened_state(settings) as state, state.reading() as session:
        for name in session.scalars(select(Workspace.name).order_by(Workspace.name)):
            click.echo(name)


@workspace.command(name="settings")
@click.argument("name")
@click.option("--time-zone", metavar="ZONE", help="Whose days are counted, as Europe/Helsinki.")
@click.option(
    "--person-accounts",
    type=click.Choice(PERSON_ACCOUNTS),
    help="Which people are an account each, for a product without companies.",
)
@json_option
@click.pass_obj
def show_settings(
    settings: Settings, /, *, name: str, as_json: bool, **options: str | None
) -> None:
    """Show the settings of a workspace, after changing those that are named."""
    changes = {option: value for option, value in options.items() if value is not None}
    with opened_state(settings) as state, state.writing() as session:
        in_force = asdict(change_settings(session, find_workspace(session, name).id, changes))
    if as_json:
        click.echo(json.dumps(in_force))
        return
    for option, value in in_force.items():
        click.echo(f"{option}: {value}")
