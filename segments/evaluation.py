"""The stage that evaluates changed accounts, and the sweep that finds those that time changed.

Read, decide, write: what was read is decided on without a session and all at once. It is written
some accounts at a time, each with the removal of their changes in one transaction: the state is
never locked for long, and killed anywhere before the end, what is not written is still queued.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.accounts.settling import end_trials
from pql.benchmarks.refreshing import refresh
from pql.benchmarks.repository import latest_version, load_current
from pql.changes import (
    ACCOUNT,
    BACKLOG,
    TakenChange,
    finish_changes,
    mark_changed,
    overfull,
    set_aside,
    set_aside_all,
    take_changes,
)
from pql.collector import collector_paused
from pql.definitions import versions
from pql.definitions.versions import AppliedDefinitions
from pql.events.store import EventStore
from pql.state.bulk import chunks
from pql.state.models import Account
from pql.state.store import State
from pql.turns import in_turns
from segments.at_hand import Accounts, Standings, Times, moment, trial_days
from segments.explanation import Basis
from segments.judging import Case
from segments.measuring import measure_accounts, numbers_that_hold
from segments.reading import read_accounts, read_standings
from segments.resting import traits_asked
from segments.results import Evaluation
from segments.writing import Versions, write_outcomes

ACCOUNTS_AT_ONCE = 2_000
BACKLOG_AT_ONCE = 100_000
"""Accounts that are measured and decided together: what bounds the memory."""
MANY_METRICS = 100
"""Metrics of a definition file above which its accounts are evaluated apart, as the backlog is."""
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

    `errors` are why no account of a workspace could be evaluated, by workspace: these still wait.
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
    return _evaluate_waiting(state, store, ACCOUNT, limit, now, fence)


def evaluate_backlog(
    state: State,
    store: EventStore,
    now: datetime,
    fence: Fence,
    limit: int = BACKLOG_AT_ONCE,
) -> Evaluated:
    """Evaluate accounts of the backlog, at most `limit`, each workspace its share.

    All of a workspace's are measured and decided at once.

    Meant to run beside `evaluate_changed`: whichever is later writes nothing older than is there.
    """
    return _evaluate_waiting(state, store, BACKLOG, limit, now, fence)


def mark_due(session: Session, now: datetime) -> int:
    """Queue the accounts whose trial ended or whose next day began; how often one was queued."""
    ended = end_trials(session, now)
    is_due = Account.next_evaluation_at <= now
    due = defaultdict(list)
    for workspace_id, account_id in session.execute(
        select(Account.workspace_id, Account.id).where(is_due)
    ):
        due[workspace_id].append(account_id)
    for workspace_id, account_ids in due.items():
        # Nothing came: what lies behind is as it was.
        since = dict.fromkeys(account_ids, now)
        mark_changed(session, workspace_id, ACCOUNT, account_ids, now, since)
    # Queued once: the evaluation sets the next time.
    session.execute(update(Account).where(is_due).values(next_evaluation_at=None))
    return ended + sum(map(len, due.values()))


def _evaluate_waiting(  # noqa: PLR0917 - the two stores, of which queue how many, and how written
    state: State, store: EventStore, subject: str, limit: int, now: datetime, fence: Fence
) -> Evaluated:
    """Workspace by workspace, those with few accounts first; one that fails holds up no other."""
    failures: list[Failure] = []

    def evaluate(workspace_id: int, changes: Sequence[TakenChange]) -> None:
        failures.extend(_evaluate(state, store, workspace_id, changes, now, fence))

    with collector_paused():
        waiting, unprepared = _take(state, store, subject, limit, now, fence)
        errors = {**unprepared, **in_turns(waiting, evaluate)}
    done = [changes for workspace_id, changes in waiting.items() if workspace_id not in errors]
    accounts = sum(len({change.subject_id for change in changes}) for changes in done)
    return Evaluated(accounts, tuple(failures), errors)


def mark_evaluated_ahead(session: Session, now: datetime) -> int:
    """Queue the accounts evaluated at a time that is yet to come; how many.

    The clock was ahead. Nothing that it said holds: neither the day of a trial nor what was over.
    """
    is_ahead = Account.evaluated_at > now
    ahead = defaultdict(list)
    for workspace_id, account_id in session.execute(
        select(Account.workspace_id, Account.id).where(is_ahead)
    ):
        ahead[workspace_id].append(account_id)
    for workspace_id, account_ids in ahead.items():
        mark_changed(session, workspace_id, ACCOUNT, account_ids, now)
    # Queued once, as above.
    unknown = {"evaluated_at": None, "next_evaluation_at": None}
    session.execute(update(Account).where(is_ahead).values(unknown))
    return sum(map(len, ahead.values()))


def _take(  # noqa: PLR0917 - the two stores, of which queue how many, and how it is written
    state: State, store: EventStore, subject: str, limit: int, now: datetime, fence: Fence
) -> tuple[Mapping[int, Sequence[TakenChange]], Mapping[int, Exception]]:
    """The changes to work off, by workspace, and the workspaces that have failed already.

    Judged without benchmarks, all would look unknown: they come first. Computing them queues whom
    they speak of, so the changes are then read once more. What takes long for however few accounts
    is left to the backlog.
    """

    def prepare(workspace_id: int, _changes: Sequence[TakenChange]) -> None:
        with state.reading() as session:
            applied = versions.current(session, workspace_id)
            has_benchmarks = _has_benchmarks(session, workspace_id, applied)
        if subject == ACCOUNT and len(applied.file.metrics) > MANY_METRICS:
            costly.append(workspace_id)
        elif not has_benchmarks:
            refresh(state, store, workspace_id, now, fence)
            prepared.append(workspace_id)

    prepared: list[int] = []
    costly: list[int] = []
    with state.reading() as session:
        waiting = _by_workspace(take_changes(session, subject, limit))
    errors = in_turns(waiting, prepare)
    if prepared or costly:
        with state.writing() as session:
            fence(session)
            set_aside(session)
            for workspace_id in costly:
                set_aside_all(session, workspace_id)
            waiting = _by_workspace(take_changes(session, subject, limit))
    return {each: waiting[each] for each in waiting if each not in errors}, errors


def _by_workspace(changes: Sequence[TakenChange]) -> Mapping[int, Sequence[TakenChange]]:
    waiting = defaultdict(list)
    for change in changes:
        waiting[change.workspace_id].append(change)
    return waiting


def _has_benchmarks(session: Session, workspace_id: int, applied: AppliedDefinitions) -> bool:
    """Whether there is anything to compare with, as soon as there are definitions."""
    version_id = applied.version_id
    return not version_id or latest_version(session, workspace_id, version_id) is not None


def _evaluate(  # noqa: PLR0917 - the two stores, whose accounts, and how they are written
    state: State,
    store: EventStore,
    workspace_id: int,
    changes: Sequence[TakenChange],
    now: datetime,
    fence: Fence,
) -> Iterator[Failure]:
    of_accounts = defaultdict(list)
    for change in sorted(changes, key=attrgetter("subject_id")):
        of_accounts[change.subject_id].append(change)
    with state.reading() as session:
        applied = versions.current(session, workspace_id)
        benchmarks = load_current(session, workspace_id, applied.version_id, applied.file)
        ids = list(of_accounts) if applied.version_id else []
        accounts = read_accounts(session, workspace_id, ids, traits_asked(applied.file))
        basis = Basis(applied.number, benchmarks)
        since = _since(accounts, of_accounts)
        held = numbers_that_hold(session, accounts, since, applied.file, basis, now)
    days = trial_days(accounts.trial_started_at, moment(now))
    with ThreadPoolExecutor(1) as beside:
        # While the event store works, this interpreter has nothing to do.
        read = beside.submit(_read_standings, state, accounts)
        metrics = measure_accounts(store, workspace_id, accounts, applied.file, now, held)
    standings = read.result()
    evaluation = Evaluation(Case(accounts, days, metrics, standings, applied.file, basis, now))
    made_by = Versions(workspace_id, applied.version_id, benchmarks.version_id, now)
    for some in chunks(of_accounts, WRITTEN_AT_ONCE):
        among = slice(*np.searchsorted(accounts.ids, [some[0], some[-1] + 1]).tolist())
        with state.writing() as session:
            fence(session)
            finished = finish_changes(session, [c for each in some for c in of_accounts[each]])
            write_outcomes(session, evaluation, among, finished, made_by)
    yield from _failures(evaluation)


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
