"""A journal entry's events as they were sent, with what it takes to translate them again."""

from __future__ import annotations

from dataclasses import dataclass

from usage_ingest.dialects import replayed
from usage_ingest.dialects.dialect import RawEvents
from usage_ingest.dialects.flaws import is_storable, shown
from usage_ingest.dialects.times import read_sent_at
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.taking_apart import take_apart
from usage_ingest.translating.translation import Translated


@dataclass(frozen=True, slots=True)
class Original:
    """The columns of `QuarantinedEvent` that say where an event was first, and what it was."""

    channel: str
    call: str
    entry_id: int
    position: int
    sent_at: str | None
    content: str
    is_event: bool = True
    replayed_from: int | None = None


class Originals:
    """Takes each request apart once, however many of its events are asked for."""

    def __init__(self) -> None:
        self._taken_apart: dict[int, RawEvents | None] = {}

    def of(self, message: Translated) -> Original:
        """The event of a message; where its request cannot be read, the beginning of that."""
        entry, position = message.entry, message.position
        if entry.is_replay:
            return _of_replay(entry)
        taken_apart = self._take_apart(entry)
        first = entry.channel, entry.call, entry.request_id, entry.first_position + position
        if taken_apart is None:
            beginning = shown(entry.body)
            return Original(*first, None, beginning, is_event=False)
        sent_at = _kept(taken_apart.sent_at)
        return Original(*first, sent_at, _text(bytes(taken_apart.events[position])))

    def _take_apart(self, entry: StoredEntry) -> RawEvents | None:
        if entry.id not in self._taken_apart:
            try:
                taken_apart = take_apart(entry)
            except Exception:  # noqa: BLE001 - whatever a body holds, the load goes on
                taken_apart = None
            self._taken_apart[entry.id] = taken_apart
        return self._taken_apart[entry.id]


def _kept(sent_at: object) -> str | None:
    """The request's time as it was written. One that nobody can read or store is of no use."""
    if isinstance(sent_at, str) and is_storable(sent_at) and read_sent_at(sent_at):
        return sent_at
    return None


def _of_replay(entry: StoredEntry) -> Original:
    origin, content = replayed.read(entry.body)
    return Original(
        origin.channel,
        entry.call,
        origin.entry_id,
        origin.position,
        origin.sent_at,
        _text(content),
        replayed_from=origin.quarantined_id,
    )


def _text(raw: bytes) -> str:
    return shown(raw, len(raw))
