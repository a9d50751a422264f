"""Requests with more events than one load takes become parts, which are entries of their own.

It is one transaction of the journal: it has the request, or its parts. What follows does not know
that there was one request, but for the number of it and the places of events in it, by which an
event without an id of its own is recognised, and a quarantined one told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from sqlalchemy import delete, insert

from pql.state.store import State
from usage_ingest import journal
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.admission import unwrapped, without
from usage_ingest.dialects.dialect import UnreadableBody
from usage_ingest.dialects.event_lists import EventList, long_lists, slices
from usage_ingest.journal import JOURNAL, MOST_EVENTS_IN_PARTS, StoredEntry, id_of_part
from usage_ingest.journal_line import EVENTS_IN_A_PART, LARGEST_BYTES, LARGEST_EVENTS

BYTES_IN_A_PART = 4 * 1024 * 1024
LARGEST_ENVELOPE = 64 * 1024
"""Bytes of what a request says of all its events, which every part repeats."""


class Uncuttable(Exception):
    """A request that is too large to be loaded as a whole and cannot be cut. The text says why."""


def cut(state: State, entry_id: int) -> None:
    """Put the parts of an entry in its place. One that is not there any more is no error.

    Raises:
        Uncuttable: nothing changed.
    """
    for entry in journal.read(state, [entry_id]):
        parts = _cut(entry)
        with state.journal_engine.execution_options(
            sqlite_begin="BEGIN IMMEDIATE"
        ).begin() as connection:
            gone = connection.execute(delete(JOURNAL).where(JOURNAL.c.id == entry_id))
            if gone.rowcount == 1:  # else somebody else has cut it
                for part in parts:
                    connection.execute(insert(JOURNAL), asdict(part))


def _cut(entry: StoredEntry) -> list[StoredEntry]:
    """The parts; of what a load can take whole and cannot be cut, one that is all of it."""
    try:
        body = _json_of(entry)
        return list(_parts(entry, body, _events_of(entry, body)))
    except Uncuttable:
        if entry.events > LARGEST_EVENTS or len(entry.body) > LARGEST_BYTES:
            raise
        return [replace(entry, id=id_of_part(entry.id, 0))]


def _json_of(entry: StoredEntry) -> bytes:
    try:
        return unwrapped(entry.channel, entry.body)
    except UnreadableBody as error:
        raise Uncuttable(f"the request cannot be read: {error}") from error


def _events_of(entry: StoredEntry, body: bytes) -> EventList:
    """Where the events are.

    Raises:
        Uncuttable: it is not clear, or there is more beside them than parts should repeat.
    """
    lists = long_lists(body, entry.events - 1)
    envelope = without(body, lists)
    if len(envelope) > LARGEST_ENVELOPE:
        raise Uncuttable(
            f"beside its events the request has {len(envelope):,} bytes; allowed: at most "
            f"{LARGEST_ENVELOPE:,}"
        )
    try:
        path = DIALECTS[entry.channel].take_apart(entry.call, envelope).path
    except (KeyError, UnreadableBody) as error:
        raise Uncuttable(f"the request cannot be read: {error}") from error
    named = [each for each in lists if each.name in {None, path}]
    if len(named) != 1 or named[0].elements != entry.events:
        raise Uncuttable(f"its {entry.events:,} events are not found where they should be")
    if entry.events > MOST_EVENTS_IN_PARTS:
        raise Uncuttable(
            f"found {entry.events:,} events; allowed: at most {MOST_EVENTS_IN_PARTS:,}"
        )
    return named[0]


def _parts(entry: StoredEntry, body: bytes, found: EventList) -> Iterator[StoredEntry]:
    before, after = body[: found.start], body[found.end :]
    for each in slices(body, found, EVENTS_IN_A_PART, BYTES_IN_A_PART):
        yield replace(
            entry,
            id=id_of_part(entry.id, each.first),
            events=each.elements,
            body=before + body[each.start : each.end] + after,
        )
