"""The deciding half of a load: from journal entries to a staged batch, whatever they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from pql.events.store import EventStore
from pql.known_time import time_ahead
from pql.settings import Settings
from pql.state.store import State
from usage_ingest.loading.refusals import without_poison
from usage_ingest.loading.staging import Staged, stage
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import Translated, unstorable
from usage_ingest.translating.unwritable import is_for_content, words_of

Fence = Callable[[Session], None]
"""Raises where this process may not write any more; called first in every writing transaction."""


class _Rehearsed(Exception):
    """Ends a transaction that must leave nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The deciding half of a load: from journal entries to a staged batch."""

    state: State
    store: EventStore
    settings: Settings
    now: datetime
    fence: Fence
    reader: Reader

    def stage(self, taken: Taken) -> Staged:
        """Stage the entries, or as many of the first as can be.

        Where the state refuses what they hold, half as many are tried, down to one; its poisonous
        events are quarantined, so that the next load goes on behind it.
        """
        try:
            return self._write(taken)
        except Exception as error:
            if not is_for_content(error):
                raise
            self.reader.forget()  # what is left of these entries comes before what was read
            if len(taken.entries) > 1:
                half = taken.entries[: len(taken.entries) // 2]
                return self.stage(self.reader.translate(half))
            words = words_of(error)
        taken = taken.spelled_out()
        try:
            good = without_poison(taken.messages, partial(self._rehearse, taken))
            return self._write(replace(taken, messages=good))
        except Exception as error:
            if not is_for_content(error):
                raise
        refused = [unstorable(message, words) for message in taken.messages]
        return self._write(replace(taken, messages=refused))

    def _write(self, taken: Taken) -> Staged:
        with self.state.writing() as session:
            return self._stage(session, taken)

    def _rehearse(self, taken: Taken, messages: Sequence[Translated]) -> None:
        with suppress(_Rehearsed), self.state.writing() as session:
            self._stage(session, replace(taken, entries=(), messages=messages))
            raise _Rehearsed

    def _stage(self, session: Session, taken: Taken) -> Staged:
        self.fence(session)
        # Were the clock ahead, what was stored a minute ago would seem to be out of the window.
        window = timedelta(days=self.settings.deduplication_days) + time_ahead(session, self.now)
        return stage(session, self.store, taken, deduplication=window, now=self.now)
