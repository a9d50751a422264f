"""Requests taken apart once more, by the loader: what could be read at intake can be read again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import RawEvents
from usage_ingest.journal import StoredEntry


def take_apart(entry: StoredEntry) -> RawEvents:
    """The events of an entry's body.

    How deeply a body may be nested depends on how deep the reader stands itself. A body at the edge
    that intake could just read is read in a thread of its own, whose stack is empty: its good
    events must not be refused for one that is nested too deeply.

    Raises:
        UnreadableBody: it cannot be taken apart, which intake would have told the sender.
    """
    try:
        return DIALECTS[entry.channel].take_apart(entry.call, entry.body)
    except Exception:  # noqa: BLE001 - for whatever reason: it is tried again with more room
        with ThreadPoolExecutor(1) as elsewhere:
            again = elsewhere.submit(DIALECTS[entry.channel].take_apart, entry.call, entry.body)
            return again.result()
