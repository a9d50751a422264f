"""Journal entries to events. Whatever a body holds, each of its events gets a fate of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pql.access import COMPANY
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import Circumstances, Dialect
from usage_ingest.dialects.flaws import shown
from usage_ingest.journal import StoredEntry

NO_SOURCE = 0
"""The source of imports, which have no key."""
EVERY_SOURCE_AS_USUAL: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Translated:
    """An event, or why there is none, and the journal entry it came in."""

    entry: StoredEntry
    result: CanonicalEvent | Rejected


def translate_entries(
    entries: Iterable[StoredEntry],
    event_limit: int,
    group_types: Mapping[int, str] = EVERY_SOURCE_AS_USUAL,
) -> list[Translated]:
    """Every event of the entries, in order.

    `event_limit`: bytes of one event as it was sent. `group_types`: which group type is the account
    in events of a source, by its id.
    """
    return [
        Translated(entry, result)
        for entry in entries
        for result in _translate_entry(
            entry, event_limit, group_types.get(entry.source_id or NO_SOURCE, COMPANY)
        )
    ]


def _translate_entry(
    entry: StoredEntry, event_limit: int, group_type: str
) -> list[CanonicalEvent | Rejected]:
    try:
        dialect = DIALECTS[entry.channel]
        taken_apart = dialect.take_apart(entry.call, entry.body)
    except Exception as error:  # noqa: BLE001 - a poisonous request must not stop those behind it
        return [_untranslatable(entry.body, f"the request: {error!r}")] * entry.events
    return [
        _translate_event(
            dialect,
            bytes(raw),
            Circumstances(
                entry.call,
                entry.received_at,
                taken_apart.sent_at,
                taken_apart.place(position),
                f"journal-{entry.id}-{position}",
                group_type,
            ),
            event_limit,
        )
        for position, raw in enumerate(taken_apart.events)
    ]


def _translate_event(
    dialect: Dialect, raw: bytes, circumstances: Circumstances, event_limit: int
) -> CanonicalEvent | Rejected:
    place = circumstances.place or "the event"
    if len(raw) > event_limit:
        detail = f"{place}: found {len(raw)} bytes; allowed: at most {event_limit}"
        return Rejected("event_too_large", detail, None, shown(raw))
    try:
        return dialect.translate(raw, circumstances)
    except Exception as error:  # noqa: BLE001 - nor may a poisonous event stop those beside it
        return _untranslatable(raw, f"{place}: {error!r}")


def _untranslatable(raw: bytes, detail: str) -> Rejected:
    return Rejected("untranslatable", detail[:1000], None, shown(raw))
