"""What a load is about: journal entries, their events, and what those say themselves as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pql.events.digests import Digests
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.alike import Alike, Kinds, Numbers, in_order, spelled_out
from usage_ingest.translating.columns import columns_of
from usage_ingest.translating.translation import UNSTORABLE, Results, Translated
from usage_ingest.translating.unwritable import is_for_content, words_of


@dataclass(frozen=True)
class Taken:
    """Entries, the oldest first, and every event of theirs; a row of columns an event.

    `messages` are in the order they came, and `alike` is what else came: events like one of these.
    `too_large` are ids of entries that are to be cut first (see `cutting.py`), and `behind` the
    workspaces of which more waits (see `journal_line.Choice`).
    """

    entries: Sequence[StoredEntry] = ()
    messages: Sequence[Translated] = ()
    columns: pa.RecordBatch = field(default_factory=lambda: columns_of([]))
    alike: Alike = field(default_factory=Alike)
    too_large: Sequence[int] = ()
    behind: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.messages) + len(self.alike)

    @property
    def events(self) -> list[CanonicalEvent]:
        """Those of the messages."""
        results = (message.result for message in self.messages)
        return [result for result in results if isinstance(result, CanonicalEvent)]

    @property
    def digests(self) -> Digests:
        """Of the events' ids, a row each."""
        digests: Digests = self.columns["message_digest"].to_numpy()
        return digests

    @cached_property
    def places_of_firsts(self) -> Numbers:
        """For each of `alike`, the place among the messages of the event that it is like."""
        rows = np.fromiter((message.row for message in self.messages), np.int64)
        return np.searchsorted(rows, self.alike.firsts)

    def of(self, workspace_id: int) -> Taken:
        """What came for one workspace."""
        own = [each for each in self.messages if each.entry.workspace_id == workspace_id]
        alike = self.alike.where(self.alike.like(each.row for each in own))
        return replace(self, messages=own, alike=alike)

    def spelled_out(self, chosen: npt.NDArray[np.bool_] | None = None) -> Taken:
        """The same with those of `alike` that are chosen, or all, among the messages."""
        if chosen is None:
            chosen = np.ones(len(self.alike), np.bool_)
        more = spelled_out(self.alike.where(chosen), self.messages, self.entries, self.columns)
        messages = in_order([*self.messages, *more]) if more else self.messages
        return replace(self, messages=messages, alike=self.alike.where(~chosen))


def taken(
    entries: Sequence[StoredEntry], translated: Sequence[Results], kinds: Kinds | None = None
) -> Taken:
    """Entries with the events of each, and their columns. One that cannot be stored is rejected.

    `kinds`: where this is a part, those of the parts before it. `unpack` puts parts together.
    """
    kinds = kinds or Kinds()
    try:
        return _with_columns(entries, translated, kinds)
    except Exception as error:
        if not is_for_content(error):
            raise
    storable = [[_storable(result) for result in results] for results in translated]
    return _with_columns(entries, storable, kinds)


def _with_columns(
    entries: Sequence[StoredEntry], translated: Sequence[Results], kinds: Kinds
) -> Taken:
    results = chain.from_iterable(translated)
    columns = columns_of([each for each in results if isinstance(each, CanonicalEvent)])
    others, alike = kinds.set_apart(entries, translated)
    return Taken(entries, others, columns, alike)


def _storable(result: CanonicalEvent | Rejected) -> CanonicalEvent | Rejected:
    if isinstance(result, CanonicalEvent):
        try:
            columns_of([result])
        except Exception as error:
            if not is_for_content(error):
                raise
            return Rejected(UNSTORABLE, words_of(error), result.message_id)
    return result
