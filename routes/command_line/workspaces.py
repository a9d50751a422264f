"""`pql workspace create` and `pql workspace list`."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from sqlalchemy import select

from pql.settings import Settings
from pql.state.models import Workspace
from pql.state.opening import opened_state
from pql.workspaces import create_workspace


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
