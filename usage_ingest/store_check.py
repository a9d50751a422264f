"""Whether the event store that was opened is the one that the state knows, with all it must hold.

The state counts what it has stored and remembers which file it was stored in. A file that was
deleted, swapped or restored from another time is told by that, before anything is added to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.events import opening
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.opening import OwnedEventStore, open_event_store
from pql.events.schema import events, loaded_batches
from pql.events.store import EventStore
from pql.settings import Settings
from pql.state.models import IntakeCount
from pql.state.store import State
from pql.state.store_record import last_batch_known, read_record, write_record
from usage_ingest.loading.judging import STORED
from usage_ingest.loading.staging import read_staged
from usage_ingest.translating.translation import NO_SOURCE

Counts = Counter[tuple[int, int]]
"""Events by workspace and source."""

GO_ON = (
    "stop the service and restore it from the backup, or go on with what is left: "
    "`pql stores accept-loss` shows what would be lost"
)


class EventStoreMismatch(Exception):
    """The event store is not the state's, or lacks events that the state has stored.

    The text names the file, what is missing and what to do.
    """


@dataclass(frozen=True, slots=True)
class Comparison:
    """An event store beside what the state knows of it.

    `last_batch` is the highest number there, `stored_batch` the one that must be there, and up to
    `known_batch` one may be. `missing` events are stored by the state's counts and not there;
    `unknown` ones came by batches of which the state knows nothing. `since` is when the last event
    that is there was received or, where none is, the day on which the first was stored.
    """

    file: Path
    identity: str
    known_identity: str | None
    last_batch: int
    stored_batch: int
    known_batch: int
    present: int
    expected: int
    missing: Counts
    unknown: int
    since: datetime | date | None

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever stored in it."""
        return self.last_batch == 0

    @property
    def is_foreign(self) -> bool:
        """Whether it holds what another state stored."""
        if self.known_identity is None:
            return not self.is_new and self.expected == 0
        return not self.is_new and self.identity != self.known_identity

    @property
    def is_behind(self) -> bool:
        """Whether it lacks anything that the state has stored in it."""
        return bool(self.missing) or self.last_batch < self.stored_batch

    @property
    def is_ahead(self) -> bool:
        """Whether it holds batches that the state did not make, or has forgotten."""
        return self.known_identity is not None and self.last_batch > self.known_batch

    @property
    def problem(self) -> str:
        """What is wrong and what to do, in one line; empty where nothing is."""
        if self.is_foreign:
            return (
                f"{self.file} holds {self.present:,} events of another state than the one that is "
                "open: put the right file there, or move it away to begin with an empty one"
            )
        if self.is_behind:
            return f"{self.file} lacks {self._what_is_missing()}: {GO_ON}"
        if self.is_ahead:
            return (
                f"the state is older than {self.file}, which has {self.unknown:,} events that the "
                "state knows nothing of: stop the service and restore both from one backup, or go "
                "on without these: `pql stores accept-loss` shows what would be lost"
            )
        return ""

    def _what_is_missing(self) -> str:
        number = self.missing.total()
        if not number:
            return "what was decided last about who is who"
        if isinstance(self.since, datetime):
            since = f"those received after {self.since:%Y-%m-%d %H:%M} UTC"
        else:
            since = f"those stored since {self.since:%Y-%m-%d}"
        return f"{number:,} of the {self.expected:,} events that are stored, {since}"


def own_event_store(settings: Settings, state: State) -> OwnedEventStore:
    """The event store as its owner, where it is the state's. The first one is remembered.

    Raises:
        EventStoreMismatch: it is another's, or lacks events that are stored.
        What `open_event_store` raises.
    """
    store = open_event_store(settings)
    _claim(state, store)
    return store


def check_event_store(settings: Settings, state: State) -> None:
    """Raise what `own_event_store` would; where the store has an owner, that has looked.

    Raises:
        What `own_event_store` raises. A process that has the file is waited for, but not for long.
    """
    store = opening.reach_event_store(settings)
    if isinstance(store, OwnedEventStore):
        _claim(state, store)
    store.close()


def reach_event_store(settings: Settings, state: State) -> EventStore:
    """The event store for reading: through its owner, who has checked it, or as the owner.

    Raises:
        EventStoreMismatch: it is not the one that the state remembers, or lacks events.
        What `opening.reach_event_store` raises.
    """
    store = opening.reach_event_store(settings)
    if isinstance(store, OwnedEventStore):
        found = compare(state, store)
        # One that no worker has opened yet has nothing to be compared with.
        if found.problem and not (found.known_identity is None and found.is_foreign):
            store.close()
            raise EventStoreMismatch(found.problem)
    return store


def compare(state: State, store: DuckDBEventStore) -> Comparison:
    """Look at the whole event store: what takes longer, the more events it has."""
    present, last_received = _present(store)
    with state.reading() as session:
        record, known_batch = read_record(session), last_batch_known(session)
        expected = expected_events(session, store)
        first_day = session.scalar(
            select(func.min(IntakeCount.day)).where(IntakeCount.fate == STORED)
        )
        return Comparison(
            file=store.path,
            identity=store.identity,
            known_identity=record.event_store,
            last_batch=store.last_batch(),
            stored_batch=record.last_batch,
            known_batch=known_batch,
            present=present.total(),
            expected=expected.total(),
            missing=missing_events(expected, present),
            unknown=_count_after(store, known_batch),
            since=last_received or first_day,
        )


def missing_events(expected: Mapping[tuple[int, int], int], present: Counts) -> Counts:
    """What is expected and not present, in workspaces that have fewer events than expected."""
    lacking: Counter[int] = Counter()
    for key in expected.keys() | present.keys():
        lacking[key[0]] += expected.get(key, 0) - present[key]
    return Counter(
        {
            key: number - present[key]
            for key, number in expected.items()
            if lacking[key[0]] > 0 and number > present[key]
        }
    )


def expected_events(session: Session, store: DuckDBEventStore) -> Counts:
    """The events that the state has stored, but those that are staged and not there yet."""
    stored = (
        select(IntakeCount.workspace_id, IntakeCount.source_id, func.sum(IntakeCount.events))
        .where(IntakeCount.fate == STORED)
        .group_by(IntakeCount.workspace_id, IntakeCount.source_id)
    )
    counts: Counts = Counter()
    for workspace_id, source_id, number in session.execute(stored):
        counts[workspace_id, source_id] = int(number)
    loaded = set(store.frame(select(loaded_batches.c.batch_id))["batch_id"])
    for staged in read_staged(session):
        if staged.number not in loaded:
            counts -= _counted(staged.content.events)
    return +counts


def _claim(state: State, store: OwnedEventStore) -> None:
    try:
        found = compare(state, store)
        if found.problem:
            raise EventStoreMismatch(found.problem)
        if found.identity != found.known_identity:
            _remember(state, found)
    except BaseException:
        store.close()
        raise


def _counted(rows: pa.Table) -> Counts:
    rows = rows.filter(pa.compute.invert(rows["is_copy"]))
    sources = pa.compute.fill_null(rows["source_id"], NO_SOURCE).to_pylist()
    return Counter(zip(rows["workspace_id"].to_pylist(), sources, strict=True))


def _present(store: DuckDBEventStore) -> tuple[Counts, datetime | None]:
    """How many events are there, and when the last was received (UTC)."""
    source = func.coalesce(events.c.source_id, NO_SOURCE).label("source")
    found = store.frame(
        select(
            events.c.workspace_id,
            source,
            func.count().label("number"),
            func.max(events.c.received_at).label("last"),
        )
        .where(events.c.is_copy.is_(False))
        .group_by(events.c.workspace_id, source)
    )
    keys = zip(found["workspace_id"].tolist(), found["source"].tolist(), strict=True)
    counts = Counter(dict(zip(keys, found["number"].tolist(), strict=True)))
    last = found["last"].max()
    return counts, None if pd.isna(last) else pd.Timestamp(last).to_pydatetime()


def _count_after(store: DuckDBEventStore, batch: int) -> int:
    later = select(func.count().label("number")).where(
        events.c.batch_id > batch, events.c.is_copy.is_(False)
    )
    return int(store.frame(later)["number"].iloc[0])


def _remember(state: State, found: Comparison) -> None:
    with state.writing() as session:
        write_record(session, event_store=found.identity, last_batch=found.last_batch)
