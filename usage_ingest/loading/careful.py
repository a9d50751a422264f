"""Loads after a process died in one: with ever fewer entries, until it is known with which it dies.

Normal loads write down nothing of this. After an unclean end each load first writes down what it is
about: a few hundred entries, then, where it died once more, each of these alone. An entry with
which loads died three times is set aside, and all others are loaded. A batch that is staged already
is appended in pieces in the same way, and of these only the row goes with which it died.

What raises an exception in every load is the same, but for errors of a store that is down.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import duckdb
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from pql.events.schema import loaded_batches
from pql.events.store import EventStoreDamaged
from pql.leases import LeaseLost
from pql.state.models import StagedBatch
from usage_ingest import journal
from usage_ingest.journal_line import LoadLimits
from usage_ingest.loading import attempts
from usage_ingest.loading.deciding import Decision
from usage_ingest.loading.publishing import finish_staged, publish
from usage_ingest.loading.setting_aside import (
    LOAD_DIED,
    TOO_LARGE,
    SetAside,
    read_head,
    set_aside,
)
from usage_ingest.loading.staging import Staged, quarantine_rows, read_staged, split
from usage_ingest.translating.cutting import Uncuttable, cut

MOST_DEATHS = 3
"""So often loads die with an entry before it is set aside, the first one included."""
FEW = LoadLimits(entries=500, events=10_000, size=8 * 1024 * 1024)
"""What a careful load takes."""
FEW_ROWS = 1_000
"""What is appended of a staged batch at once."""

DIED = f"loads died or failed with it {MOST_DEATHS} times; the worker's log may say why"


@dataclass(slots=True)
class Care:
    """Whether loads are careful: while there are entries that waited when a process died."""

    is_on: bool = False
    _until: int | None = None

    def note_failure(self, decision: Decision) -> None:
        """Be careful after a load that raised what was no outage, and hold it against its entries.

        Where the state cannot be reached either, it is held against them by the next process.
        """
        self.is_on, self._until = True, None
        with suppress(SQLAlchemyError, LeaseLost), decision.state.writing() as session:
            decision.fence(session)
            attempts.count_deaths(session)

    def go_on(self, decision: Decision) -> None:
        """Be careful as long as it is needed."""
        if self._until is None:
            self._until = journal.newest_id(decision.state)
        self.is_on = journal.has_entries(decision.state, self._until)
        if not self.is_on:
            with decision.state.writing() as session:
                decision.fence(session)
                attempts.forget(session)


@dataclass(frozen=True, slots=True)
class Done:
    """What a load did: a batch, unless there was none, and requests that were set aside."""

    staged: Staged | None = None
    set_aside: Sequence[SetAside] = field(default=())


def is_outage(error: Exception) -> bool:
    """Whether an error is for the state of a store: down, full, busy or taken over."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return False
    outages = SQLAlchemyError | OSError | LeaseLost | EventStoreDamaged | duckdb.OperationalError
    return isinstance(error, outages)


def load_carefully(decision: Decision, care: Care) -> Done:
    """Load a few of the oldest entries of every source; see `loader.load`."""
    _append_staged(decision)
    choice = decision.reader.choose(FEW)
    group = choice.too_large[:1] or _before_suspects(decision, choice.ids)
    if not group:
        care.go_on(decision)
        return Done()
    if _deaths(decision, group)[0] >= MOST_DEATHS:
        done = _guilty(decision, group[0])
    else:
        with decision.state.writing() as session:
            decision.fence(session)
            attempts.begin_attempt(session, group)
        done = _load_these(decision, group, is_cut=bool(choice.too_large))
        with decision.state.writing() as session:
            decision.fence(session)
            attempts.end_attempts(session, group)
    care.go_on(decision)
    return done


def cut_entry(decision: Decision, entry_id: int) -> SetAside | None:
    """Put parts in the place of an entry that is too large; or set it aside, where that cannot be.

    The batches that are staged must be finished.
    """
    with decision.state.reading() as session:
        decision.fence(session)
    try:
        cut(decision.state, entry_id)
    except Uncuttable as error:
        return _aside(decision, entry_id, (TOO_LARGE, str(error)))
    return None


def _load_these(decision: Decision, group: Sequence[int], *, is_cut: bool) -> Done:
    if is_cut:
        aside = cut_entry(decision, group[0])
        return Done(None, (aside,) if aside else ())
    taken = decision.reader.read_these(group)
    if not taken.entries:
        return Done()
    staged = decision.stage(taken)
    _append_staged(decision)
    return Done(staged)


def _before_suspects(decision: Decision, ids: Sequence[int]) -> Sequence[int]:
    """The first of the entries, up to one with which a load died; where that is the first, it."""
    known = _deaths(decision, ids)
    suspects = [place for place, deaths in enumerate(known) if deaths > attempts.FIRST_DEATH]
    return ids[: max(1, suspects[0])] if suspects else ids


def _deaths(decision: Decision, ids: Sequence[int]) -> list[int]:
    with decision.state.reading() as session:
        known = attempts.deaths_of(session, ids)
    return [known.get(each, 0) for each in ids]


def _guilty(decision: Decision, entry_id: int) -> Done:
    aside = _aside(decision, entry_id, (LOAD_DIED, DIED))
    return Done(None, (aside,) if aside else ())


def _aside(decision: Decision, entry_id: int, why: tuple[str, str]) -> SetAside | None:
    found = read_head(decision.state, entry_id)
    if found is None:
        return None
    with decision.state.writing() as session:
        decision.fence(session)
        done = set_aside(session, *found, why, decision.now)
    finish_staged(decision.state, decision.store, decision.now, decision.fence)
    return done


def _append_staged(decision: Decision) -> None:
    while True:
        with decision.state.reading() as session:
            staged = next(iter(read_staged(session)), None)
        if staged is None:
            return
        _append_carefully(decision, staged)


def _append_carefully(decision: Decision, staged: Staged) -> None:
    """Bring a staged batch, or a piece of it, a step nearer to its end."""
    rows = staged.content.events.num_rows
    most = FEW_ROWS if staged.attempts == 0 else 1
    if _is_appended(decision, staged.number):
        publish(decision.state, decision.store, staged, decision.now, decision.fence)
        return
    with decision.state.writing() as session:
        decision.fence(session)
        if rows > most:
            split(session, staged, most, decision.now)
            return
        if rows and staged.attempts + 1 >= MOST_DEATHS:
            refused = dict.fromkeys(range(rows), DIED)
            quarantine_rows(session, staged, refused, LOAD_DIED)
            return
        begun = update(StagedBatch).where(StagedBatch.id == staged.number)
        session.execute(begun.values(attempts=StagedBatch.attempts + 1))
    publish(decision.state, decision.store, staged, decision.now, decision.fence)


def _is_appended(decision: Decision, number: int) -> bool:
    known = select(loaded_batches).where(loaded_batches.c.batch_id == number)
    return not decision.store.frame(known).empty
