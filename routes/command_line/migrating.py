"""`pql migrate`."""

from __future__ import annotations

import click

from pql.settings import Settings
from pql.state.migrate import current_revision
from pql.state.migrate import migrate as migrate_state
from pql.state.patience import MIGRATION
from pql.state.store import State


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the state store to the schema of this release. Running it again changes nothing."""
    state = State(settings.database_url, MIGRATION)
    try:
        before = current_revision(state)
        migrate_state(state)
        after = current_revision(state)
    finally:
        state.close()
    click.echo(f"Already at {after}." if before == after else f"Migrated to {after}.")
