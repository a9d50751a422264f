"""The interface of the event store. An engine is a file that implements it: `duckdb_store.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
from sqlalchemy import Select

from pql.events.digests import Digests
from pql.events.schema import MOVE_SCHEMA, RESTORATION_SCHEMA
from pql.faults import PlainError

AnySelect = Select[*tuple[Any, ...]]
"""A select of whatever columns."""


class EventStoreBusy(PlainError):
    """Another process owns the event store and does not answer."""


class EventStoreDamaged(Exception):
    """The event store's file cannot be opened, read or written: it is damaged or not accessible.

    The text names the file, what is wrong and what to do.
    """


class EventsTooLarge(PlainError):
    """What is asked for needs more memory than the event store may take; the text is for users."""

    def __init__(self) -> None:
        super().__init__(
            "too large: the event store needs more memory for it than EVENTS_MEMORY allows; "
            "have fewer or simpler metrics, or set EVENTS_MEMORY higher"
        )


class EventsRefused(Exception):
    """The event store cannot keep what a batch holds, now or later; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one loader run adds.

    `events` follows `schema.ARROW_SCHEMA`, or `schema.DIGESTED_SCHEMA`. `attributions` follows
    `schema.ATTRIBUTION_SCHEMA` and is applied after the events were appended, row by row: every
    stored event of `from_contact_id` becomes one of `to_contact_id`, and those without an account
    get `account_id` where it is given.
    `restorations` follows `schema.RESTORATION_SCHEMA` and is applied after that, `moves` follows
    `schema.MOVE_SCHEMA` and is applied last.
    """

    number: int
    events: pa.Table
    attributions: pa.Table
    restorations: pa.Table = field(default_factory=RESTORATION_SCHEMA.empty_table)
    moves: pa.Table = field(default_factory=MOVE_SCHEMA.empty_table)


class FrameSource(Protocol):
    """What answers selects."""

    def frame(
        self,
        statement: AnySelect,
        uploads: Mapping[str, pd.DataFrame] | None = None,
    ) -> pd.DataFrame:
        """See `EventStore.frame`."""
        ...


class EventStore(Protocol):
    """Appends batches exactly once, answers Core selects with frames. Shared freely by threads."""

    def append(self, batch: Batch) -> bool:
        """Append in one transaction; it is on disk when this returns.

        False, and nothing done, where the batch's number is already there.

        Raises:
            EventsRefused: the store cannot keep what the batch holds.
        """
        ...

    def rehearse(self, events: pa.Table) -> None:
        """Raise what appending these events would raise, and keep nothing."""
        ...

    def frame(
        self,
        statement: AnySelect,
        uploads: Mapping[str, pd.DataFrame] | None = None,
    ) -> pd.DataFrame:
        """The rows of a Core select. `uploads` are frames the statement may join, by table name.

        Times go in and come out as naive UTC. Columns of whole numbers with NULLs are `Int64`.
        """
        ...

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        """The rows of each of some selects, as `frame` gives them, all of the same moment."""
        ...

    def recent_messages(
        self, workspace_id: int, message_ids: Sequence[str], digests: Digests, since: datetime
    ) -> dict[str, datetime]:
        """Which of the messages were stored and received after `since`, and when last (naive UTC).

        `digests` are those of the ids, in their order (see `digests.message_digests`).

        Meant to be asked for every batch with a `since` that moves on: takes as long however many
        events are stored. `stored_messages` asks about any time.
        """
        ...

    def close(self) -> None:
        """Give the store back, so that another process can own it."""
        ...
