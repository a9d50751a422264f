"""The stage that evaluates changed accounts, and the sweep that finds those that time changed.

Read, decide, write: what was read is decided on without a session, and everything that came of it
is written in one transaction. Killed anywhere before its end, the changes are still queued, and
running again decides the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.accounts.settling import end_trials
from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.refreshing import refresh
from pql.benchmarks.repository import latest_version, load_current
from pql.changes import ACCOUNT, finish_changes, mark_changed, take_changes
from pql.definitions import versions
from pql.definitions.versions import AppliedDefinitions
from pql.events.store import EventStore
from pql.metrics.measuring import measure
from pql.state.bulk import chunks
from pql.state.models import Account, Standing
from pql.state.store import State
from pql.trials import naive
from segments.explanation import Basis
from segments.resting import traits_asked
from segments.results import (
    AccountAtHand,
    Before,
    Copies,
    Outcome,
    evaluate_account,
    is_spoken_of,
)
from segments.writing import Standings, Versions, write_outcomes

ACCOUNTS_AT_ONCE = 2_000
LEAST_TIME = timedelta(microseconds=1)

Fence = Callable[[Session], None]
Metrics = Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Failure:
    """An account that a definition could not judge. Its result is unknown and says why."""

    account_id: int
    definition: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many accounts were evaluated, and what went wrong."""

    accounts: int
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What the accounts of one workspace are decided on."""

    workspace_id: int
    definitions: AppliedDefinitions
    benchmarks: Benchmarks
    accounts: Sequence[AccountAtHand]
    standings: Standings


def evaluate_changed(
    state: State,
    store: EventStore,
    now: datetime,
    fence: Fence,
    limit: int = ACCOUNTS_AT_ONCE,
) -> Evaluated:
    """Evaluate accounts that wait, at most `limit`, in a transaction of their own.

    An account that cannot be judged holds up no other: it is told in `failures`, and tried again
    when it changes or when the sweep finds it due.
    """
    with state.reading() as session:
        changes = take_changes(session, ACCOUNT, limit)
        if not changes:
            return Evaluated(0)
        unprepared = _without_benchmarks(session, {change.workspace_id for change in changes})
    for workspace_id in unprepared:
        refresh(state, store, workspace_id, now, fence)
    waiting = defaultdict(list)
    for change in changes:
        waiting[change.workspace_id].append(change.subject_id)
    with state.reading() as session:
        read = [_read(session, workspace_id, ids) for workspace_id, ids in waiting.items()]
    decided = [(part, _decide(part, _measure(store, part, now), now)) for part in read]
    with state.writing() as session:
        fence(session)
        for part, outcomes in decided:
            write_outcomes(session, outcomes, part.standings, _versions(part, now))
        finish_changes(session, changes)
    failures = (failure for _, outcomes in decided for failure in _failures(outcomes))
    return Evaluated(len(changes), tuple(failures))


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
        mark_changed(session, workspace_id, ACCOUNT, account_ids, now)
    # Queued once: the evaluation sets the next time.
    session.execute(update(Account).where(is_due).values(next_evaluation_at=None))
    return ended + sum(map(len, due.values()))


def _without_benchmarks(session: Session, workspace_ids: set[int]) -> list[int]:
    """Workspaces whose definitions are new: judged without benchmarks all would look unknown."""
    version_ids = {each: versions.current(session, each).version_id for each in workspace_ids}
    return [
        workspace_id
        for workspace_id, version_id in sorted(version_ids.items())
        if version_id and latest_version(session, workspace_id, version_id) is None
    ]


def _read(session: Session, workspace_id: int, account_ids: Sequence[int]) -> Read:
    definitions = versions.current(session, workspace_id)
    version_id = definitions.version_id
    return Read(
        workspace_id,
        definitions,
        load_current(session, workspace_id, version_id, definitions.file),
        _accounts(session, workspace_id, account_ids) if version_id else (),
        _standings(session, workspace_id, account_ids),
    )


def _accounts(
    session: Session, workspace_id: int, account_ids: Sequence[int]
) -> list[AccountAtHand]:
    columns = (
        Account.pql,
        Account.usage_score,
        Account.motion,
        Account.next_evaluation_at,
        Account.id,
        Account.status,
        Account.traits,
        Account.trial_started_at,
        Account.trial_ends_at,
        Account.last_seen_at,
    )
    own = select(*columns).where(Account.workspace_id == workspace_id).order_by(Account.id)
    return [
        AccountAtHand(Copies(*row[:4]), *row[4:])
        for ids in chunks(sorted(account_ids))
        for row in session.execute(own.where(Account.id.in_(ids)))
    ]


def _standings(session: Session, workspace_id: int, account_ids: Sequence[int]) -> Standings:
    columns = (
        Standing.account_id,
        Standing.definition,
        Standing.pql,
        Standing.usage_score,
        Standing.motion,
        Standing.since,
        Standing.rests_on,
    )
    own = select(*columns).where(Standing.workspace_id == workspace_id)
    standings: defaultdict[int, dict[str, Before]] = defaultdict(dict)
    for ids in chunks(account_ids):
        for row in session.execute(own.where(Standing.account_id.in_(ids))):
            standings[row[0]][row[1]] = Before(*row[2:])
    return standings


def _measure(store: EventStore, read: Read, now: datetime) -> Metrics:
    """The metrics of the accounts that some definition speaks of, by account."""
    file = read.definitions.file
    spoken_of = [account for account in read.accounts if is_spoken_of(account, file)]
    if not spoken_of or not file.metrics:
        return {}
    metrics = list(file.metrics.values())
    values = measure(store, read.workspace_id, metrics, _moments(spoken_of, now))
    names = [metric.name for metric in metrics]
    rows = values[names].to_numpy().tolist()
    return {
        account.id: dict(zip(names, row, strict=True))
        for account, row in zip(spoken_of, rows, strict=True)
    }


def _moments(accounts: Sequence[AccountAtHand], now: datetime) -> pd.DataFrame:
    """One moment for each account: now, or just after the last that was heard of it.

    The clock was read before the events were loaded; what came in between must not be missed.
    """
    times = ("as_of", "trial_started_at", "trial_ends_at")
    moments = pd.DataFrame(
        [
            (
                number,
                account.id,
                naive(max(now, account.last_seen_at + LEAST_TIME)),
                account.trial_started_at and naive(account.trial_started_at),
                account.trial_ends_at and naive(account.trial_ends_at),
            )
            for number, account in enumerate(accounts)
        ],
        columns=["moment_id", "account_id", *times],
    )
    return moments.astype(dict.fromkeys(times, "datetime64[us]"))


def _decide(read: Read, metrics: Metrics, now: datetime) -> list[Outcome]:
    applied = read.definitions
    traits = traits_asked(applied.file)
    basis = Basis(applied.number, read.benchmarks, now, traits)
    return [
        evaluate_account(
            account,
            metrics.get(account.id, {}),
            read.standings.get(account.id, {}),
            applied.file,
            basis,
        )
        for account in read.accounts
    ]


def _failures(outcomes: Sequence[Outcome]) -> Iterator[Failure]:
    for outcome in outcomes:
        for result in outcome.results:
            if result.error is not None:
                yield Failure(outcome.account_id, result.definition, result.error)


def _versions(read: Read, now: datetime) -> Versions:
    definition_version_id = read.definitions.version_id
    return Versions(read.workspace_id, definition_version_id, read.benchmarks.version_id, now)
