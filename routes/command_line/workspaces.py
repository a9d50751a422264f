"""`pql workspace create`, `list` and `settings`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import select

from pql.settings import Settings
from pql.state.models import Workspace
from pql.state.opening import opened_state
from pql.workspace_settings import PERSON_ACCOUNTS
from pql.workspaces import create_workspace, find_workspace
from routes.command_line.options import json_option
from usage_ingest import person_accounts

BY = "command line"


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
    """Show the settings of a workspace, after changing those that are named.

    In another time zone everything is measured anew.
    """
    changes = {option: value for option, value in options.items() if value is not None}
    asked: dict[str, Any] = {"now": datetime.now(UTC), "changed_by": BY}
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, name).id
        changed, settling = person_accounts.put_in_force(session, workspace_id, changes, **asked)
        in_force = asdict(changed)
    if as_json:
        click.echo(json.dumps(in_force))
        return
    for option, value in in_force.items():
        click.echo(f"{option}: {value}")
    if settling:
        show = f"pql analyses show {settling.id} --workspace {name}"
        click.echo(f"The worker settles the people who are there already: {show}")
