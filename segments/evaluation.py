"""The stage that evaluates changed accounts.

Read, decide, write: what was read is decided on without a session and all at once. It is written
some accounts at a time, each with the removal of their changes in one transaction: the state is
never locked for long, and killed anywhere before the end, what is not written is still queued.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

import numpy as np
from sqlalchemy.orm import Session

from pql.benchmarks.refreshing import refresh
from pql.benchmarks.repository import latest_version, load_current
from pql.changes import (
    ACCOUNT,
    BACKLOG,
    TakenChange,
    finish_changes,
    overfull,
    set_aside,
    set_aside_all,
    take_changes,
)
from pql.collector import collector_paused
from pql.definitions import versions
from pql.definitions.model import DefinitionFile
from pql.definitions.versions import AppliedDefinitions, DefinitionsTooLarge
from pql.events.store import EventStore
from pql.rules import number_of_tests
from pql.setbacks import TOO_LARGE, Setbacks
from pql.state.bulk import chunks
from pql.state.store import State
from pql.turns import in_turns
from pql.workspace_settings import settings_of
from segments.at_hand import Accounts, Standings, Times, moment
from segments.explanation import Basis
from segments.judging import Case
from segments.measuring import ByMetric, measure_accounts, numbers_that_hold
from segments.reading import read_accounts, read_standings
from segments.resting import rules_about_accounts, traits_asked
from segments.results import Evaluation
from segments.writing import Versions, write_outcomes

ACCOUNTS_AT_ONCE = 2_000
BACKLOG_AT_ONCE = 100_000
"""Accounts that are measured and decided together: what bounds the memory."""
MANY_METRICS = 100
"""Metrics of a definition file above which its accounts are evaluated apart, as the backlog is."""
NUMBERS_AT_ONCE = 10_000_000
"""Of the accounts that are decided together, with a number for each metric and each test."""
WRITTEN_AT_ONCE = 2_500
"""Accounts of one transaction: who else writes waits no longer than that takes."""

Fence = Callable[[Session], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """An account that a definition could not judge. Its result is unknown and says why."""

    account_id: int
    definition: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many accounts were evaluated, and what went wrong.

    `errors` are what held for a whole workspace, by workspace: why its accounts still wait, or that
    to measure them was too large. In the latter case their results are unknown and say so.
    """

    accounts: int
    failures: tuple[Failure, ...] = ()
    errors: Mapping[int, Exception] = field(default_factory=dict)


def evaluate_changed(
    state: State,
    store: EventStore,
    now: datetime,
    fence: Fence,
    limit: int = ACCOUNTS_AT_ONCE,
    *,
    setbacks: Setbacks | None = None,
) -> Evaluated:
    """Evaluate accounts that wait, at most `limit`, each workspace its share.

    Where very many of a workspace wait, they become the backlog. An account that cannot be judged
    holds up no other: it is told in `failures`, and tried again when it changes or when the sweep
    finds it due.
    """
    with state.reading() as session:
        are_many = bool(overfull(session))
    if are_many:
        with state.writing() as session:
            fence(session)
            set_aside(session)
    with collector_paused():
        evaluating = _Evaluating(state, store, now, fence, setbacks or Setbacks())
        return evaluating.run(ACCOUNT, limit)


def evaluate_backlog(
    state: State,
    store: EventStore,
    now: datetime,
    fence: Fence,
    limit: int = BACKLOG_AT_ONCE,
    *,
    setbacks: Setbacks | None = None,
) -> Evaluated:
    """Evaluate accounts of the backlog, at most `limit`, each workspace its share.

    All of a workspace's are measured and decided at once.

    Meant to run beside `evaluate_changed`: whichever is later writes nothing older than is there.
    """
    with collector_paused():
        evaluating = _Evaluating(state, store, now, fence, setbacks or Setbacks())
        return evaluating.run(BACKLOG, limit)


@dataclass(frozen=True, slots=True)
class _Evaluating:
    state: State
    store: EventStore
    now: datetime
    fence: Fence
    setbacks: Setbacks
    failures: list[Failure] = field(default_factory=list)
    too_large: dict[int, Exception] = field(default_factory=dict)

    def run(self, subject: str, limit: int) -> Evaluated:
        """Evaluate what waits of a subject, at most so many accounts.

        Workspace by workspace, those with few accounts first; one that fails holds up no other.
        """
        waiting, unprepared = self._take(subject, limit)
        failed = {**unprepared, **in_turns(waiting, self._evaluate_workspace)}
        done = [changes for workspace_id, changes in waiting.items() if workspace_id not in failed]
        accounts = sum(len({change.subject_id for change in changes}) for changes in done)
        return Evaluated(accounts, tuple(self.failures), {**self.too_large, **failed})

    def _take(
        self, subject: str, limit: int
    ) -> tuple[Mapping[int, Sequence[TakenChange]], Mapping[int, Exception]]:
        """The changes to work off, by workspace, and the workspaces that have failed already.

        Judged without benchmarks, all would look unknown: they come first. Computing them queues
        whom they speak of, so the changes are then read once more. What takes long for however few
        accounts is left to the backlog.
        """

        def prepare(workspace_id: int, _changes: Sequence[TakenChange]) -> None:
            with self.state.reading() as session:
                applied = versions.current(session, workspace_id)
                has_benchmarks = _has_benchmarks(session, workspace_id, applied)
            if subject == ACCOUNT and len(applied.file.metrics) > MANY_METRICS:
                costly.append(workspace_id)
            elif not has_benchmarks:
                prepared.append(workspace_id)
                self._refresh(workspace_id, applied)

        prepared: list[int] = []
        costly: list[int] = []
        with self.state.reading() as session:
            waiting = _by_workspace(take_changes(session, subject, limit))
        errors = in_turns(waiting, prepare)
        if prepared or costly:
            with self.state.writing() as session:
                self.fence(session)
                set_aside(session)
                for workspace_id in costly:
                    set_aside_all(session, workspace_id)
                waiting = _by_workspace(take_changes(session, subject, limit))
        return {each: waiting[each] for each in waiting if each not in errors}, errors

    def _refresh(self, workspace_id: int, applied: AppliedDefinitions) -> None:
        if self.setbacks.find(workspace_id, applied, self.now) is None:
            try:
                refresh(self.state, self.store, workspace_id, self.now, self.fence)
            except TOO_LARGE as error:
                self._note(workspace_id, applied, error)

    def _evaluate_workspace(self, workspace_id: int, changes: Sequence[TakenChange]) -> None:
        """Some accounts after the other, each by the definitions that are in force by then."""
        of_accounts = defaultdict(list)
        for change in sorted(changes, key=attrgetter("subject_id")):
            of_accounts[change.subject_id].append(change)
        waiting = list(of_accounts)
        while waiting:
            with self.state.reading() as session:
                applied = versions.current(session, workspace_id)
            together = accounts_together(applied.file)
            some, waiting = waiting[:together], waiting[together:]
            changes_of_some = {each: of_accounts[each] for each in some}
            self._evaluate(workspace_id, applied, changes_of_some)

    def _evaluate(
        self,
        workspace_id: int,
        applied: AppliedDefinitions,
        changes: Mapping[int, Sequence[TakenChange]],
    ) -> None:
        state, now = self.state, self.now
        error = self.setbacks.find(workspace_id, applied, now)
        error = error or self._excess(workspace_id, applied)
        with state.reading() as session:
            benchmarks = load_current(session, workspace_id, applied.version_id, applied.file)
            ids = list(changes) if applied.version_id else []
            accounts = read_accounts(session, workspace_id, ids, traits_asked(applied.file))
            basis = Basis(applied.number, benchmarks)
            calendar = settings_of(session, workspace_id).calendar
            known = (session, accounts, _since(accounts, changes), applied.file)
            held = {} if error else numbers_that_hold(*known, basis, now, calendar)
        metrics: ByMetric = {}
        with ThreadPoolExecutor(1) as beside:
            # While the event store works, this interpreter has nothing to do.
            read = beside.submit(_read_standings, state, accounts)
            try:
                if error is None:
                    asked = (workspace_id, accounts, applied.file, now, held, calendar)
                    metrics = measure_accounts(self.store, *asked)
            except TOO_LARGE as caught:
                error = self._note(workspace_id, applied, caught)
        if error is not None:
            accounts = replace(accounts, untold=dict.fromkeys(range(len(accounts)), error))
        standings = read.result()
        days = calendar.trial_days(accounts.trial_started_at, moment(now))
        evaluation = Evaluation(
            Case(accounts, days, metrics, standings, applied.file, basis, now, calendar)
        )
        made_by = Versions(workspace_id, applied.version_id, benchmarks.version_id, now)
        self._write(evaluation, changes, made_by)
        if error is None:
            self.failures.extend(_failures(evaluation))

    def _write(
        self,
        evaluation: Evaluation,
        changes: Mapping[int, Sequence[TakenChange]],
        made_by: Versions,
    ) -> None:
        """What came of it, but nothing by definitions that are not in force any more."""
        ids = np.array(evaluation.ids, dtype=np.int64)
        for some in chunks(changes, WRITTEN_AT_ONCE):
            among = slice(*np.searchsorted(ids, [some[0], some[-1] + 1]).tolist())
            with self.state.writing() as session:
                self.fence(session)
                if (
                    versions.newest_id(session, made_by.workspace_id)
                    != made_by.definition_version_id
                ):
                    return
                finished = finish_changes(session, [c for each in some for c in changes[each]])
                write_outcomes(session, evaluation, among, finished, made_by)

    def _excess(self, workspace_id: int, applied: AppliedDefinitions) -> Exception | None:
        try:
            applied.check_size()
        except DefinitionsTooLarge as error:
            return self._note(workspace_id, applied, error)
        return None

    def _note(self, workspace_id: int, applied: AppliedDefinitions, error: Exception) -> Exception:
        self.setbacks.note(workspace_id, applied, error, self.now)
        self.too_large[workspace_id] = error
        return error


def _by_workspace(changes: Sequence[TakenChange]) -> Mapping[int, Sequence[TakenChange]]:
    waiting = defaultdict(list)
    for change in changes:
        waiting[change.workspace_id].append(change)
    return waiting


def _has_benchmarks(session: Session, workspace_id: int, applied: AppliedDefinitions) -> bool:
    """Whether there is anything to compare with, as soon as there are definitions."""
    version_id = applied.version_id
    return not version_id or latest_version(session, workspace_id, version_id) is not None


def accounts_together(file: DefinitionFile) -> int:
    """How many accounts are measured and decided at once: fewer, the more is asked of each."""
    tests = sum(map(number_of_tests, rules_about_accounts(file)))
    weights = sum(len(each.weights) for each in file.definitions.values())
    return max(1, NUMBERS_AT_ONCE // max(1, len(file.metrics) + weights + tests))


def _since(accounts: Accounts, changes: Mapping[int, Sequence[TakenChange]]) -> Times:
    """The time before which nothing of each account has changed; NaT where that is not known."""
    times = [[change.since for change in changes[each]] for each in accounts.ids.tolist()]
    known = [None if None in each else min(each) for each in times]
    return np.array(known, dtype="datetime64[us]")


def _read_standings(state: State, accounts: Accounts) -> Standings:
    with state.reading() as session:
        return read_standings(session, accounts.ids)


def _failures(evaluation: Evaluation) -> Iterator[Failure]:
    for news in evaluation.news:
        for place, error in news.errors.items():
            yield Failure(evaluation.ids[place], news.definition, error)
