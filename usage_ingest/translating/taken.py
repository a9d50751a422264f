"""What a load is about: journal entries, their events, and what those say themselves as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from usage_ingest.canonical import CanonicalEvent
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.columns import columns_of
from usage_ingest.translating.translation import Translated, unstorable
from usage_ingest.translating.unwritable import is_for_content, words_of


@dataclass(frozen=True, slots=True)
class Taken:
    """Entries, the oldest first, and every event of theirs in order; a row of columns an event."""

    entries: Sequence[StoredEntry] = ()
    messages: Sequence[Translated] = ()
    columns: pa.RecordBatch = field(default_factory=lambda: columns_of([]))


def taken(entries: Sequence[StoredEntry], messages: Sequence[Translated]) -> Taken:
    """The messages with their columns. An event that cannot be stored becomes a rejected one."""
    try:
        return _with_columns(entries, messages)
    except Exception as error:
        if not is_for_content(error):
            raise
    return _with_columns(entries, [_storable(message) for message in messages])


def _with_columns(entries: Sequence[StoredEntry], messages: Sequence[Translated]) -> Taken:
    events = [each.result for each in messages if isinstance(each.result, CanonicalEvent)]
    return Taken(entries, _numbered(messages), columns_of(events))


def _storable(message: Translated) -> Translated:
    if isinstance(message.result, CanonicalEvent):
        try:
            columns_of([message.result])
        except Exception as error:
            if not is_for_content(error):
                raise
            return unstorable(message, words_of(error))
    return message


def _numbered(messages: Sequence[Translated]) -> list[Translated]:
    rows = iter(range(len(messages)))
    return [
        Translated(each.entry, each.position, each.result, next(rows))
        if isinstance(each.result, CanonicalEvent)
        else each
        for each in messages
    ]
