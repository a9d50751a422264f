"""`pql keys create`, `pql keys list` and `pql keys revoke`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from pql.access import COMPANY, SCOPES, create_key, list_keys, revoke_key
from pql.settings import Settings
from pql.state.models import ApiKey
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal


@click.group()
def keys() -> None:
    """API keys: write keys send events, read keys read, admin keys do all."""


@keys.command()
@workspace_option
@click.option("--scope", type=click.Choice(SCOPES), required=True, help="What the key may do.")
@click.option("--name", help="What the key is for.  [default: the scope]")
@click.option(
    "--account-group-type",
    default=COMPANY,
    show_default=True,
    help="Which group of PostHog's or Amplitude's SDKs is the account.",
)
@json_option
@click.pass_obj
def create(
    settings: Settings,
    *,
    workspace_name: str,
    scope: str,
    name: str | None,
    account_group_type: str,
    as_json: bool,
) -> None:
    """Create a key. It is shown this once: only its digest is kept."""
    with opened_state(settings) as state, state.writing() as session:
        owner = find_workspace(session, workspace_name)
        _, key = create_key(
            session,
            owner.id,
            name or scope,
            scope,
            datetime.now(UTC),
            account_group_type=account_group_type,
        )
    click.echo(json.dumps({"key": key}) if as_json else key)
    if not as_json:
        click.echo("Keep it: it is not shown again.", err=True)


@keys.command(name="list")
@workspace_option
@click.pass_obj
def list_all(settings: Settings, workspace_name: str) -> None:
    """List the keys of a workspace, revoked ones too."""
    with opened_state(settings) as state, state.reading() as session:
        found = list_keys(session, find_workspace(session, workspace_name).id)
    table = Listing("id", "name", "scope", "key", "created", "revoked")
    for key in found:
        table.add_row(*_row(key))
    Terminal().print(table)


@keys.command()
@click.argument("key_id", type=int)
@workspace_option
@click.pass_obj
def revoke(settings: Settings, key_id: int, workspace_name: str) -> None:
    """Revoke the key with this id (see `pql keys list`). It stops working at once."""
    with opened_state(settings) as state, state.writing() as session:
        owner = find_workspace(session, workspace_name)
        revoke_key(session, owner.id, key_id, datetime.now(UTC))
    click.echo(f"Revoked key {key_id}.")


def _row(key: ApiKey) -> tuple[str, ...]:
    revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
    return (str(key.id), key.name, key.scope, key.hint, f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
