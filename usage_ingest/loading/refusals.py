"""What a store refuses for what it holds: found by halving, quarantined, and the rest goes on.

A store that is down, full or busy refuses everything; nothing is quarantined for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from pql.events.store import EventsRefused, EventStore
from usage_ingest.translating.translation import Translated, unstorable
from usage_ingest.translating.unwritable import is_for_content, words_of


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
