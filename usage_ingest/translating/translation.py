"""Journal entries to events. Whatever a body holds, each of its events gets a fate of its own.

The last word on whether an event can be used is here, whatever channel it came by: no event is
larger than allowed, none holds what a store cannot keep, and no live one is older than allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from types import MappingProxyType

import msgspec

from pql.access import COMPANY
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import BodyDialect, Circumstances, Dialect, RawEvents
from usage_ingest.dialects.flaws import NUL, Unusable, refuse_nul
from usage_ingest.dialects.times import EARLIEST
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.taking_apart import take_apart

NO_ROW = -1
NO_SOURCE = 0
"""The source of imports, which have no key."""
EVERY_SOURCE_AS_USUAL: Mapping[int, str] = MappingProxyType({})

BODY_DIALECTS: Mapping[str, BodyDialect] = {
    channel: dialect for channel, dialect in DIALECTS.items() if isinstance(dialect, BodyDialect)
}

_OCCURRED_AT = attrgetter("occurred_at")

TOO_LATE = "too_late"
UNSTORABLE = "unstorable"


Results = Sequence[CanonicalEvent | Rejected]
"""The events of an entry, or why there is none, by their position in it."""


class Translated(msgspec.Struct, frozen=True, gc=False):
    """An event, or why there is none, and where it came from: an entry, and its place in that.

    `row` is that of an event in the columns of its load (see `Taken`).
    """

    entry: StoredEntry
    position: int
    result: CanonicalEvent | Rejected
    row: int = NO_ROW


@dataclass(frozen=True, slots=True)
class Limits:
    """What an event may be (see `translate_entries`)."""

    event_bytes: int
    late: timedelta | None

    def oldest(self, entry: StoredEntry) -> datetime:
        """The earliest time an event of the entry may have happened.

        Imports bring the past. Who sends a quarantined event through again lets it in.
        """
        if self.late is None or entry.is_import or entry.is_replay:
            return EARLIEST
        return max(EARLIEST, entry.received_at - self.late)


def translate_entries(
    entries: Iterable[StoredEntry],
    event_limit: int,
    group_types: Mapping[int, str] = EVERY_SOURCE_AS_USUAL,
    late: timedelta | None = None,
) -> list[Results]:
    """Every event of each entry, in order.

    `event_limit`: bytes of one event as it was sent. `group_types`: which group type is the account
    in events of a source, by its id. `late`: how old a live event may be when it is received.
    """
    limits = Limits(event_limit, late)
    return [
        _translate_entry(entry, limits, group_types.get(entry.source_id or NO_SOURCE, COMPANY))
        for entry in entries
    ]


def unstorable(message: Translated, words: str) -> Translated:
    """The same message, as one that a store refused; `words` say why."""
    rejected = Rejected(UNSTORABLE, words, message.result.message_id)
    return Translated(message.entry, message.position, rejected)


def _translate_entry(entry: StoredEntry, limits: Limits, group_type: str) -> Results:
    try:
        dialect = DIALECTS[entry.channel]
        together = _translate_together(entry, limits, group_type)
        if together is not None:
            return together
        taken_apart = take_apart(entry)
    except Exception as error:  # noqa: BLE001 - a poisonous request must not stop those behind it
        return [_untranslatable(f"the request: {error!r}")] * entry.events
    oldest = limits.oldest(entry)
    return [
        _in_time(_translate_event(dialect, raw, circumstances, limits.event_bytes), oldest, limits)
        for raw, circumstances in _each(entry, taken_apart, group_type)
    ]


def _translate_together(
    entry: StoredEntry, limits: Limits, group_type: str
) -> list[CanonicalEvent] | None:
    """All events of a body at once, where none of them could be refused."""
    dialect = BODY_DIALECTS.get(entry.channel)
    if dialect is None or len(entry.body) > limits.event_bytes:
        return None
    if NUL in entry.body:
        return None
    place = entry.first_position, entry.request_id
    first = Circumstances(entry.call, entry.received_at, None, "", *place, group_type)
    events = dialect.translate_body(entry.body, first)
    if not events or min(map(_OCCURRED_AT, events)) < limits.oldest(entry):
        return None
    return events


def _each(
    entry: StoredEntry, taken_apart: RawEvents, group_type: str
) -> Iterable[tuple[bytes, Circumstances]]:
    common = (entry.call, entry.received_at, taken_apart.sent_at, taken_apart.path)
    for position, raw in enumerate(taken_apart.events, entry.first_position):
        yield bytes(raw), Circumstances(*common, position, entry.request_id, group_type)


def _translate_event(
    dialect: Dialect, raw: bytes, circumstances: Circumstances, event_limit: int
) -> CanonicalEvent | Rejected:
    place = circumstances.place or "the event"
    if len(raw) > event_limit:
        detail = f"{place}: found {len(raw)} bytes; allowed: at most {event_limit}"
        return Rejected("event_too_large", detail, None)
    try:
        result = dialect.translate(raw, circumstances)
        if NUL in raw and isinstance(result, CanonicalEvent):
            refuse_nul(msgspec.to_builtins(result), circumstances.place)
        return result
    except Unusable as error:
        return Rejected(error.reason, error.detail, None)
    except Exception as error:  # noqa: BLE001 - nor may a poisonous event stop those beside it
        return _untranslatable(f"{place}: {error!r}")


def _in_time(
    result: CanonicalEvent | Rejected, oldest: datetime, limits: Limits
) -> CanonicalEvent | Rejected:
    """A live event that comes too late is refused; it may be let in after all."""
    if isinstance(result, Rejected) or result.occurred_at >= oldest or limits.late is None:
        return result
    happened, days = result.occurred_at.isoformat(), limits.late.days
    detail = f"found an event of {happened}; allowed: at most {days} days before it is received"
    return Rejected(TOO_LATE, detail, result.message_id)


def _untranslatable(detail: str) -> Rejected:
    return Rejected("untranslatable", detail[:1000], None)
