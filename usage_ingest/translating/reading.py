"""The reading half of a load: journal entries and the events in them, if need be ahead of time.

While a batch is decided and the event store takes it in, another process can read and translate
the next entries. Nobody else takes entries out of the journal while this process may write, which
the fence of the load that uses them makes sure of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from pql.access import account_group_types
from pql.settings import Settings
from pql.state.store import State
from usage_ingest import journal
from usage_ingest.journal import StoredEntry
from usage_ingest.journal_line import ALL, Choice, LoadLimits, Scope, choose
from usage_ingest.translating.alike import Kinds
from usage_ingest.translating.taken import Taken, taken
from usage_ingest.translating.translation import translate_entries

# What one load takes: about a second's work, and a bounded memory.
MOST_ENTRIES = 10_000
MOST_EVENTS = 75_000
MOST_BYTES = 32 * 1024 * 1024

READ_AHEAD_ENTRIES, READ_AHEAD_EVENTS = 5_000, 25_000
"""Who takes so much has a backlog: what comes next is more than a few events."""

FULL = 0.9
"""Of what one load takes: with so much it may have ended because the next entry was too large."""

EVENTS_IN_A_PARCEL = 10_000

LONGEST_LOAD, SHORTEST_LOAD = 2.5, 1.0
"""Seconds: after a longer load the next ones take half as much, after a shorter one twice."""
LONGEST_SHARED_LOAD, SHORTEST_SHARED_LOAD = 0.8, 0.3
"""The same while others send beside those who have a backlog: they wait for each load of it."""
SMALLEST_PART = 1 / 15
"""Of what one load takes, at least."""
FIRST_PART = 1 / 8
"""Of what one load takes, the first of a backlog: nobody knows yet what its events cost."""
LOADS_SHARED = 10
"""After a load of others, so many loads of a backlog are taken for shared."""


class ReadsAhead(Protocol):
    """Reads the journal elsewhere, while this interpreter does something else."""

    def begin(self, part: float, scope: Scope) -> None:
        """Begin to read what `Reader.read` would."""

    def end(self) -> Taken | None:
        """What was read; None where that was not possible."""


class Reader:
    """Reads for the loads of one process, which follow one another.

    Args:
        elsewhere: who reads ahead; without one nothing is.
        part: of what a load takes at most, until `keep_pace` says otherwise.
    """

    def __init__(
        self,
        state: State,
        settings: Settings,
        elsewhere: ReadsAhead | None = None,
        *,
        part: float = 1.0,
    ) -> None:
        self._state = state
        self._settings = settings
        self._elsewhere = elsewhere
        self._is_ahead = False
        self._ahead_of: Sequence[int] = ()
        self._part = part
        self._shared_loads = 0
        self._has_backlog = False
        self.is_beside = False
        """Whether what was taken last came from others than those who have a backlog."""
        self.is_behind = False
        """Whether what was taken last had a backlog behind it."""
        self.is_full = False
        """Whether more could not be taken: what is behind it would fill the next load, too."""

    def take(self) -> Taken:
        """What the next load is about; no entries where none wait.

        Behind a backlog, what comes after it begins to be read. Only workspaces that have one are
        read ahead: what others sent meanwhile is a load of its own before that.
        """
        beside = self._beside()
        if beside is not None:
            return beside
        ahead = self._ahead()
        now = self.read(self._part) if ahead is None else ahead
        self._note(now)
        self.is_behind, self.is_full = _is_much(now), _is_full(now, _limits(self._part))
        if self._elsewhere and self.is_behind:
            staged = [entry.id for entry in now.entries]
            self._ahead_of = now.behind
            self._elsewhere.begin(self._part, Scope(staged, only=self._ahead_of or None))
            self._is_ahead = True
        return now

    def _note(self, now: Taken) -> None:
        """Who has a backlog, and whether others send as well."""
        self._has_backlog = bool(now.behind)
        if now.behind and any(each.workspace_id not in now.behind for each in now.entries):
            self._shared_loads = LOADS_SHARED

    def _beside(self) -> Taken | None:
        """What others sent while the backlog was read ahead; None after a load of such."""
        if self.is_beside or not (self._is_ahead and self._ahead_of):
            self.is_beside = False
            self._shared_loads = max(0, self._shared_loads - 1)
            return None
        found = self.read(self._part, Scope(without=self._ahead_of))
        self.is_beside = bool(found.entries or found.too_large)
        if not self.is_beside:
            return None
        self._shared_loads = LOADS_SHARED
        return found

    def keep_pace(self, seconds: float) -> None:
        """Have the next loads take less where one took so long, and more where it was short.

        Others wait while a load goes on, and what it costs depends on what the events are.
        """
        if self.is_beside:
            return
        if not self._has_backlog:
            self._part = FIRST_PART
            return
        longest, shortest = LONGEST_LOAD, SHORTEST_LOAD
        if self._shared_loads:
            longest, shortest = LONGEST_SHARED_LOAD, SHORTEST_SHARED_LOAD
        if seconds > longest:
            self._part = max(SMALLEST_PART, self._part / 2)
        elif seconds < shortest:
            self._part = min(1.0, self._part * 2)

    def forget(self) -> None:
        """Take nothing that was read ahead: a load failed, and who knows what happened since."""
        self._ahead()

    def translate(self, entries: Sequence[StoredEntry], kinds: Kinds | None = None) -> Taken:
        """The entries with every event of theirs, as their sources are set up now.

        `kinds`: where they are a part, those of the parts before it.
        """
        with self._state.reading() as session:
            sources = {entry.source_id for entry in entries if entry.source_id is not None}
            group_types = account_group_types(session, sources)
        late = timedelta(days=self._settings.late_days)
        translated = translate_entries(entries, self._settings.event_limit, group_types, late)
        return taken(entries, translated, kinds)

    def choose(self, limits: LoadLimits, scope: Scope = ALL) -> Choice:
        """Which entries a load within these limits would take."""
        return choose(self._state, limits, scope)

    def read_these(self, ids: Sequence[int]) -> Taken:
        """These entries, and their events."""
        return self.translate(journal.read(self._state, ids))

    def read(self, part: float = 1.0, scope: Scope = ALL) -> Taken:
        """The entries of the next load, and their events.

        `part`: of what one load takes at most.
        """
        choice = self.choose(_limits(part), scope)
        entries = self.read_these(choice.ids) if choice.ids else Taken()
        return replace(entries, too_large=choice.too_large, behind=choice.behind)

    def read_in_parts(self, part: float = 1.0, scope: Scope = ALL) -> Iterator[Taken]:
        """The same in parts: who hands each on at once never holds all of the events."""
        choice = self.choose(_limits(part), scope)
        kinds = Kinds()
        for some in _parts(journal.read(self._state, choice.ids)):
            taken_now = self.translate(some, kinds)
            yield replace(taken_now, too_large=choice.too_large, behind=choice.behind)

    def _ahead(self) -> Taken | None:
        was_ahead, self._is_ahead = self._is_ahead, False
        found = self._elsewhere.end() if self._elsewhere and was_ahead else None
        return found if found is not None and found.entries else None


def _limits(part: float) -> LoadLimits:
    return LoadLimits(MOST_ENTRIES, int(MOST_EVENTS * part), MOST_BYTES)


def _parts(entries: Iterable[StoredEntry]) -> Iterator[list[StoredEntry]]:
    part: list[StoredEntry] = []
    events = 0
    for entry in entries:
        part.append(entry)
        events += entry.events
        if events >= EVENTS_IN_A_PARCEL:
            yield part
            part, events = [], 0
    if part:
        yield part


def _is_full(now: Taken, limits: LoadLimits) -> bool:
    size = sum(len(entry.body) for entry in now.entries)
    taken = len(now) / limits.events, len(now.entries) / limits.entries, size / limits.size
    return max(taken) >= FULL


def _is_much(now: Taken) -> bool:
    return len(now) >= READ_AHEAD_EVENTS or len(now.entries) >= READ_AHEAD_ENTRIES
