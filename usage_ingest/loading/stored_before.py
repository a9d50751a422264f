"""Which messages of a load were stored before, and which come twice in it.

The event store remembers the messages itself. An id counts as known for the deduplication window,
by the times at which both messages were received; imports and replays, which may be repeated any
time, look back for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress

import numpy as np
import numpy.typing as npt

from pql.events.digests import Digests, message_digests
from pql.events.store import EventStore
from pql.events.stored_messages import stored_messages
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import NO_ROW, Translated


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the ids of a load.

    `stored`: those that the event store holds. `again`: for each of the load's `alike`, whether it
    or the event that it is like may be one of these, or one of several in the load with one id.
    """

    stored: set[str | None]
    again: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Messages, or events like them: their ids with digests, and when each was received."""

    ids: Sequence[str]
    digests: Digests
    received_at: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class StoredBefore:
    """Knows which messages the event store holds."""

    store: EventStore
    workspace_id: int
    deduplication: timedelta

    def look_up(self, taken: Taken) -> Known:
        """What is known of the messages and the events like them."""
        named = [message for message in taken.messages if message.result.message_id]
        looks_back = [each.entry.is_import or each.entry.is_replay for each in named]
        messages = _of_messages(taken, named)
        alike = _of_alike(taken)
        stored = self._ever(compress(messages.ids, looks_back))
        stored |= self._recent(_without(messages, looks_back), alike)
        return Known(stored, _again(taken, named, messages.digests, alike.digests, stored))

    def _ever(self, ids: Iterable[str]) -> set[str | None]:
        asked = list(ids)
        return {*stored_messages(self.store, self.workspace_id, asked)} if asked else set()

    def _recent(self, *arrivals: _Arrivals) -> set[str | None]:
        """Those stored within the window before the first of the same id came now."""
        received_at = [at for each in arrivals for at in each.received_at]
        if not received_at:
            return set()
        ids = [message_id for each in arrivals for message_id in each.ids]
        digests = np.concatenate([each.digests for each in arrivals])
        since = (min(received_at) - self.deduplication).replace(tzinfo=None)
        found = self.store.recent_messages(self.workspace_id, ids, digests, since)
        came: dict[str, datetime] = {}
        for message_id, at in zip(ids, received_at, strict=True) if found else ():
            came[message_id] = min(at, came.get(message_id, at))
        return {
            message_id
            for message_id, at in found.items()
            if at.replace(tzinfo=UTC) > came[message_id] - self.deduplication
        }


def _of_messages(taken: Taken, messages: Sequence[Translated]) -> _Arrivals:
    ids = [message.result.message_id or "" for message in messages]
    rows = np.fromiter((message.row for message in messages), np.int64, len(messages))
    is_event = rows != NO_ROW
    digests = np.empty(len(rows), np.int64)
    digests[is_event] = taken.digests[rows[is_event]]
    digests[~is_event] = message_digests(list(compress(ids, ~is_event)))
    return _Arrivals(ids, digests, [message.entry.received_at for message in messages])


def _of_alike(taken: Taken) -> _Arrivals:
    rows = taken.alike.rows
    ids: list[str] = taken.columns["message_id"].take(rows).to_pylist()
    received_at = [taken.entries[place].received_at for place in taken.alike.entries.tolist()]
    return _Arrivals(ids, taken.digests[rows], received_at)


def _without(arrivals: _Arrivals, left_out: Sequence[bool]) -> _Arrivals:
    if not any(left_out):
        return arrivals
    kept = ~np.array(left_out)
    return _Arrivals(
        list(compress(arrivals.ids, kept)),
        arrivals.digests[kept],
        list(compress(arrivals.received_at, kept)),
    )


def _again(
    taken: Taken,
    named: Sequence[Translated],
    digests: Digests,
    alike: Digests,
    stored: Iterable[str | None],
) -> npt.NDArray[np.bool_]:
    ordered = np.sort(np.concatenate([digests, alike]))
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    known = np.concatenate([twice, message_digests(each for each in stored if each)])
    rows = [message.row for message in compress(named, np.isin(digests, known))]
    return np.isin(alike, known) | taken.alike.like(rows)
