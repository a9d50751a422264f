"""Bring the state store to the schema of this release, and tell whether it is there already."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
from pql.state.damage import RESTORE, StateDamaged
from pql.state.journal_file import is_in_use
from pql.state.store import State, state_url


def migrate(state: State, revision: str = "head") -> None:
    """Run the migrations up to `revision`. Safe to run again, and while the service runs.

    Raises:
        StateDamaged: the state is gone: nothing is there, but the journal beside it was used.
    """
    if state.is_sqlite and current_revision(state) is None and is_in_use(state):
        file = state_url(state.database_url).database
        raise StateDamaged(
            f"{file} holds nothing, but the journal beside it was used: the state is gone; "
            f"{RESTORE}, or move all the files of its folder away to begin with nothing"
        )
    config = _configuration()
    config.attributes["state"] = state
    command.upgrade(config, revision)


def current_revision(state: State) -> str | None:
    """The revision the store is at, `None` where it has never been migrated."""
    with state.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def latest_revision() -> str | None:
    """The newest revision this release brings."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def _configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config
