"""What a store refuses for what it holds: found by halving, quarantined, and the rest goes on.

A store that is down, full or busy refuses everything; nothing is quarantined for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from pql.events.store import EventsRefused, EventStore
from usage_ingest.translation import Translated, unstorable

LONGEST_WORDS = 300
CONTENT_CLASSES = ("22", "23", "54")
"""SQLSTATE: data exception, integrity constraint violation, program limit exceeded.

Source: PostgreSQL, appendix "Error Codes". The last comes as an OperationalError.
"""
OF_VALUES = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""What our own code and the drivers raise for a value they cannot take."""


def is_for_content(error: Exception) -> bool:
    """Whether the same would happen again whenever the same is written."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return isinstance(error, DataError | IntegrityError) or state.startswith(CONTENT_CLASSES)
    if isinstance(error, StatementError):  # a value that could not be handed to the driver
        return isinstance(error.orig, OF_VALUES)
    return isinstance(error, OF_VALUES)


def words_of(error: Exception) -> str:
    """What the database said, without the statement and its values."""
    said = error.orig if isinstance(error, StatementError) and error.orig else error
    first_line = (str(said).splitlines() or [""])[0]
    return f"{type(said).__name__}: {first_line}"[:LONGEST_WORDS]


def without_poison(
    messages: Sequence[Translated], rehearse: Callable[[Sequence[Translated]], None]
) -> list[Translated]:
    """The messages, those that cannot be written as rejected ones.

    `rehearse` raises what writing would raise, and writes nothing.
    """
    try:
        rehearse(messages)
    except Exception as error:
        if not is_for_content(error):
            raise
        if len(messages) == 1:
            return [unstorable(messages[0], words_of(error))]
        half = len(messages) // 2
        return [
            *without_poison(messages[:half], rehearse),
            *without_poison(messages[half:], rehearse),
        ]
    return list(messages)


def refused_rows(store: EventStore, events: pa.Table, first: int = 0) -> list[tuple[int, str]]:
    """Numbers of the rows that the event store refuses, and why."""
    try:
        store.rehearse(events)
    except EventsRefused as error:
        if events.num_rows == 1:
            return [(first, words_of(error))]
        half = events.num_rows // 2
        return [
            *refused_rows(store, events[:half], first),
            *refused_rows(store, events[half:], first + half),
        ]
    return []
