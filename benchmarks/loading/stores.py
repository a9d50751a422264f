"""Stores to load into: empty, or with millions of simulated events already there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.intake.messages import BATCH, PEOPLE_IN_A_TEAM, TEAMS
from pql.definitions import versions
from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from pql.state.migrate import migrate
from pql.state.store import State
from pql.workspaces import create_workspace
from usage_ingest import journal
from usage_ingest.journal import NewEntry
from usage_ingest.loading.loader import load

FILLED_AT_ONCE = 1_000

STORED_EVENTS = """
    INSERT INTO events BY NAME SELECT
        $workspace AS workspace_id,
        1 + i % $teams AS account_id,
        1 + i % $people AS contact_id,
        contact_id AS original_contact_id,
        true AS names_account,
        1 AS source_id,
        'track' AS kind,
        'message_sent' AS name,
        $now - INTERVAL 1 SECOND * ($window * ($events - i) // $events) AS received_at,
        received_at - INTERVAL 1 SECOND AS occurred_at,
        'before-' || i AS message_id,
        (hash(i)::HUGEINT - 9223372036854775808)::BIGINT AS message_digest,
        '{"channel":"email","recipients":12,"seconds":31.25}' AS properties,
        FALSE AS filtered,
        FALSE AS is_copy,
        0 AS batch_id
    FROM range($events) AS numbers(i)
"""
WINDOW = 6 * 24 * 60 * 60
"""Seconds over which they came: all within the time in which repetitions are recognised."""


@dataclass(frozen=True, slots=True)
class Stores:
    """An installation on SQLite and DuckDB without its processes, and a workspace."""

    state: State
    events: DuckDBEventStore
    settings: Settings
    workspace_id: int

    def fill_journal(self, bodies: Sequence[bytes]) -> None:
        """Put Segment batches into the journal, as if just received."""
        now = datetime.now(UTC)
        entries = [
            NewEntry(self.workspace_id, 1, "segment", "batch", now, BATCH, body) for body in bodies
        ]
        for start in range(0, len(entries), FILLED_AT_ONCE):
            journal.append(self.state, entries[start : start + FILLED_AT_ONCE])

    def load_all(self) -> int:
        """Load until the journal is empty; how many events were stored."""
        stored = 0
        while True:
            result = load(self.state, self.events, self.settings, datetime.now(UTC))
            stored += result.stored
            if not result.more:
                return stored


@contextmanager
def empty_stores(folder: Path) -> Iterator[Stores]:
    """New stores in a folder, closed in the end."""
    folder.mkdir(parents=True)
    state = State(_state_url(folder))
    migrate(state)
    with state.writing() as session:
        workspace_id = create_workspace(session, "speed", datetime.now(UTC)).id
    state.close()
    with opened_stores(folder, workspace_id) as stores:
        yield stores


@contextmanager
def opened_stores(folder: Path, workspace_id: int) -> Iterator[Stores]:
    """The stores that are in a folder, closed in the end."""
    settings = Settings(_state_url(folder), f"duckdb:///{folder}/events.duckdb")
    state, store = State(settings.database_url), DuckDBEventStore(folder / "events.duckdb")
    try:
        yield Stores(state, store, settings, workspace_id)
    finally:
        store.close()
        state.close()


def put_in_force(stores: Stores, text: str, now: datetime) -> None:
    """Put a definition file in force. Its benchmarks are not computed."""
    with stores.state.writing() as session:
        versions.apply(
            session,
            stores.workspace_id,
            text,
            "definitions.yaml",
            now=now,
            applied_by="a benchmark",
        )


def add_past(folder: Path, workspace_id: int, events: int) -> None:
    """Add events that were stored in the last days to an event store that nobody has open."""
    now = datetime.now(UTC).replace(tzinfo=None)
    numbers = {"teams": TEAMS, "people": TEAMS * PEOPLE_IN_A_TEAM, "events": events}
    times = {"now": now, "window": WINDOW}
    with duckdb.connect(str(folder / "events.duckdb")) as connection:
        connection.execute(STORED_EVENTS, {"workspace": workspace_id, **times, **numbers})


def _state_url(folder: Path) -> str:
    return f"sqlite:///{folder}/state.db"
