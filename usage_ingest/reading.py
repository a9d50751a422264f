"""The reading half of a load: journal entries and the events in them, if need be ahead of time.

While the event store takes in a batch, the interpreter has nothing to do: the next entries can be
read and translated meanwhile. Nobody else takes entries out of the journal while this process may
write, which the fence of the load that uses them makes sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import timedelta

from pql.access import account_group_types
from pql.settings import Settings
from pql.state.store import State
from usage_ingest import journal
from usage_ingest.journal import StoredEntry
from usage_ingest.translation import Translated, translate_entries

# What one load takes: about a second's work, and a bounded memory.
MOST_ENTRIES = 10_000
MOST_EVENTS = 50_000
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """Entries, the oldest first, and every event of theirs in order."""

    entries: Sequence[StoredEntry] = ()
    messages: Sequence[Translated] = ()


class Reader:
    """Reads for the loads of one process, which follow one another.

    Args:
        beside: a thread of its own to read ahead in; without one nothing is read ahead.
        goes_on: whether another load will follow the one that asks for it.
    """

    def __init__(
        self,
        state: State,
        settings: Settings,
        beside: Executor | None = None,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._state = state
        self._settings = settings
        self._beside = beside
        self._goes_on = goes_on
        self._ahead: Future[Taken] | None = None

    @property
    def is_ahead(self) -> bool:
        """Whether something was read, or is being read, that no load has taken."""
        return self._ahead is not None

    def take(self) -> Taken:
        """What the next load is about; no entries where none wait."""
        ahead, self._ahead = self._ahead, None
        taken = ahead.result() if ahead else Taken()
        return taken if taken.entries else self._read(())

    def read_ahead(self, staged: Collection[int]) -> None:
        """Begin to read what comes after the entries that are staged."""
        if self._beside and self._goes_on():
            self._ahead = self._beside.submit(self._read, staged)

    def forget(self) -> None:
        """Take nothing that was read ahead: a load failed, and who knows what happened since."""
        ahead, self._ahead = self._ahead, None
        if ahead:
            ahead.exception()

    def translate(self, entries: Sequence[StoredEntry]) -> list[Translated]:
        """Every event of the entries, as their sources are set up now."""
        with self._state.reading() as session:
            sources = {entry.source_id for entry in entries if entry.source_id is not None}
            group_types = account_group_types(session, sources)
        late = timedelta(days=self._settings.late_days)
        return translate_entries(entries, self._settings.event_limit, group_types, late)

    def _read(self, except_ids: Collection[int]) -> Taken:
        entries = journal.read_oldest(
            self._state, MOST_ENTRIES, MOST_EVENTS, MOST_BYTES, except_ids
        )
        return Taken(entries, self.translate(entries) if entries else ())
