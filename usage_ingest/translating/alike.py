"""Events that say once more what one before them said: the same person, in the same account.

Most events are such. They are kept as numbers beside the messages, so that who did it and for whom
is found out once for all of them; what is their own (time, id, name, properties) the columns have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from msgspec.structs import replace

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.translation import Results, Translated

Numbers = npt.NDArray[np.int64]
Sender = tuple[int, int | None]
"""A workspace and a source of it."""
Firsts = dict[tuple[str | None, ...], int]
"""The row of the first event by whose it is."""

OWN_COLUMNS = ("kind", "name", "message_id", "occurred_at", "received_at", "clamped_from")
TIMES = OWN_COLUMNS[3:]
"""They are UTC, and the columns say nothing of it."""


def _none() -> Numbers:
    return np.empty((0, 4), np.int64)


@dataclass(frozen=True, slots=True)
class Alike:
    """Events like an earlier one, in the order they came.

    `numbers` has a line each: the place of its entry among the entries, its position in that, its
    row in the columns, and the row of the first event like it, which is a message.
    """

    numbers: Numbers = field(default_factory=_none)

    @classmethod
    def of(cls, parts: Iterable[Alike]) -> Alike:
        """One or more parts together."""
        return cls(np.concatenate([part.numbers for part in parts]))

    @classmethod
    def read(cls, written: bytes) -> Alike:
        """What `written` wrote."""
        return cls(np.frombuffer(written, np.int64).reshape(-1, 4))

    def written(self) -> bytes:
        """The numbers as bytes."""
        return self.numbers.tobytes()

    def behind(self, entries: int, rows: int) -> Alike:
        """The same where parts with so many entries and rows come before them."""
        return Alike(self.numbers + np.array([entries, 0, rows, 0]))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def entries(self) -> Numbers:
        return self.numbers[:, 0]

    @property
    def rows(self) -> Numbers:
        return self.numbers[:, 2]

    @property
    def firsts(self) -> Numbers:
        return self.numbers[:, 3]

    def where(self, chosen: npt.NDArray[np.bool_]) -> Alike:
        """Those that are chosen: true or false for each."""
        return Alike(self.numbers[chosen])

    def like(self, rows: Iterable[int]) -> npt.NDArray[np.bool_]:
        """For each, whether its first is one of these rows."""
        return np.isin(self.firsts, np.fromiter(rows, np.int64))


class Kinds:
    """Tells events that are like one before them, over the parts in which a load is read."""

    def __init__(self) -> None:
        self._firsts: defaultdict[Sender, Firsts] = defaultdict(dict)
        self._rows = 0

    def set_apart(
        self, entries: Sequence[StoredEntry], translated: Iterable[Results]
    ) -> tuple[list[Translated], Alike]:
        """The messages of the next part without those like one before them, and these.

        Events get the numbers of their rows in this part; the firsts of `Alike` are counted from
        the first part on. Imports and replays are looked at one by one: they may bring again what
        is stored.
        """
        others: list[Translated] = []
        numbers: list[int] = []
        row = 0
        for place, (entry, results) in enumerate(zip(entries, translated, strict=True)):
            firsts = self._firsts_of(entry)
            for position, event in enumerate(results):
                if isinstance(event, Rejected):
                    others.append(Translated(entry, position, event))
                    continue
                own = first = self._rows + row
                if firsts is not None and event.is_routine:
                    who = event.user_id, event.anonymous_id, event.account_key, event.user_agent
                    first = firsts.setdefault(who, own)
                if first == own:
                    others.append(Translated(entry, position, event, row))
                else:
                    numbers += (place, position, row, first)
                row += 1
        self._rows += row
        return others, Alike(np.array(numbers, np.int64).reshape(-1, 4))

    def _firsts_of(self, entry: StoredEntry) -> Firsts | None:
        is_live = not (entry.is_import or entry.is_replay)
        return self._firsts[entry.workspace_id, entry.source_id] if is_live else None


def spelled_out(
    alike: Alike,
    messages: Iterable[Translated],
    entries: Sequence[StoredEntry],
    columns: pa.RecordBatch,
) -> list[Translated]:
    """Each of them as a message of its own; those that they are like are among `messages`."""
    if not len(alike):
        return []
    firsts = {each.row: each.result for each in messages}
    own = columns.select(list(OWN_COLUMNS)).take(pa.array(alike.rows)).to_pylist()
    return [
        Translated(entries[place], position, _event(firsts[first], values), row)
        for (place, position, row, first), values in zip(alike.numbers.tolist(), own, strict=True)
    ]


def in_order(messages: Iterable[Translated]) -> list[Translated]:
    """The messages in the order they came."""
    return sorted(messages, key=lambda message: (message.entry.id, message.position))


def _event(first: CanonicalEvent | Rejected, own: dict[str, Any]) -> CanonicalEvent:
    if isinstance(first, Rejected):
        raise TypeError("nothing is like an event that cannot be used")
    times = {name: own[name] and own[name].replace(tzinfo=UTC) for name in TIMES}
    return replace(first, **own | times, properties={})
