"""A program that loads until nothing waits, and dies where it meets a poisonous event.

Usage: python -m tests.loader.dying_load DATABASE_URL EVENTS_FILE PLACE. `PLACE` is where it dies:
in the event store's `append`, or already in its `recent_messages`, before anything is decided.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pql.events.digests import Digests
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.store import Batch
from pql.settings import Settings
from pql.state.store import State
from tests.fixtures.loading import RECEIVED_AT
from usage_ingest.loading.attempts import count_deaths
from usage_ingest.loading.careful import Care
from usage_ingest.loading.loader import load

POISON = "poison"
DIED = 66


class DeadlyStore(DuckDBEventStore):
    """As when memory runs out, or a library crashes: nothing is put in order before the end."""

    place = "append"

    def append(self, batch: Batch) -> bool:
        if self.place == "append" and POISON in batch.events["message_id"].to_pylist():
            os._exit(DIED)
        return super().append(batch)

    def recent_messages(
        self, workspace_id: int, message_ids: Sequence[str], digests: Digests, since: datetime
    ) -> dict[str, datetime]:
        if self.place == "recent_messages" and POISON in message_ids:
            os._exit(DIED)
        return super().recent_messages(workspace_id, message_ids, digests, since)


def main(database_url: str, events_file: str, place: str) -> None:
    """Begin carefully, as a worker does after an unclean end."""
    state, store = State(database_url), DeadlyStore(Path(events_file))
    store.place = place
    with state.writing() as session:
        count_deaths(session)
    care = Care(is_on=True)
    while load(state, store, Settings(database_url, ""), RECEIVED_AT, care=care).more:
        pass
    store.close()
    state.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
