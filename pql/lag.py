"""What waits for the worker, since when, and what is wrong with that, in words.

Ages are by clocks that may have been set, and by those of two machines. A time that is yet to come
is told as such: it is no age.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql import changes
from pql.leases import CLOCK, RELEASED, HeldLease, find_lease
from pql.state.models import Change, JournalEntry
from pql.state.store import State

LONGEST_LOADING = timedelta(minutes=1)
LONGEST_EVALUATION = timedelta(minutes=5)
LONGEST_BACKLOG = timedelta(hours=1)
"""So long an account may wait among very many, whose definitions or benchmarks changed."""
LONGEST_SILENCE = timedelta(seconds=30)
"""Since the worker's lease ran out: more than a restart takes."""
DIFFERENCE_OF_CLOCKS = timedelta(minutes=1)
"""So far ahead a time may be where another machine's clock said it."""
LOOKED_AT = 10_000
"""Of those that wait for an evaluation: to find the oldest of very many takes too long."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Since when the oldest waits (aware UTC, `None`: nothing does), and the worker's lease."""

    in_journal_since: datetime | None
    evaluation_since: datetime | None
    backlog_since: datetime | None
    lease: HeldLease | None


def read_lag(state: State) -> Lag:
    """Look at what waits, of all workspaces together."""
    oldest = select(JournalEntry.received_at).order_by(JournalEntry.id).limit(1)
    with state.journal_engine.connect() as journal:
        in_journal_since = journal.scalar(oldest)
    with state.reading() as session:
        waiting = [_oldest_mark(session, each) for each in (changes.ACCOUNT, changes.CONTACT)]
        return Lag(
            in_journal_since,
            min((each for each in waiting if each), default=None),
            _oldest_mark(session, changes.BACKLOG),
            find_lease(session, CLOCK),
        )


def lag_warnings(lag: Lag, now: datetime, lease_seconds: float) -> list[str]:
    """A sentence for each thing that is wrong; it names no machine, as anybody may read it."""
    journal = "the oldest event that is not loaded came in"
    evaluation = "the account or contact that waits longest for its evaluation was queued"
    backlog = "the account that waits longest in the backlog was queued"
    found = (
        _about_lease(lag.lease, now, timedelta(seconds=lease_seconds)),
        _about(journal, lag.in_journal_since, now, LONGEST_LOADING),
        _about(evaluation, lag.evaluation_since, now, LONGEST_EVALUATION),
        _about(backlog, lag.backlog_since, now, LONGEST_BACKLOG),
    )
    return [sentence for sentence in found if sentence]


def _oldest_mark(session: Session, subject: str) -> datetime | None:
    some = select(Change.marked_at).where(Change.subject == subject).limit(LOOKED_AT).subquery()
    oldest: datetime | None = session.scalar(select(func.min(some.c.marked_at)))
    return oldest


def _about_lease(lease: HeldLease | None, now: datetime, length: timedelta) -> str | None:
    waits = "what comes in is kept and waits; start `pql worker`, or see its log"
    if lease is None:
        return f"no worker has run yet: {waits}"
    if lease.until == RELEASED:
        return f"no worker runs: {waits}"
    if now - lease.until > LONGEST_SILENCE:
        return f"the worker has been silent for {_words(now - lease.until)}: {waits}"
    if lease.until - now > length + DIFFERENCE_OF_CLOCKS:
        return f"the worker's lease ends {_ahead(lease.until, now)}"
    return None


def _about(what: str, since: datetime | None, now: datetime, longest: timedelta) -> str | None:
    if since is None:
        return None
    if since - now > DIFFERENCE_OF_CLOCKS:
        return f"{what} {_ahead(since, now)}"
    if now - since > longest:
        return f"{what} {_words(now - since)} ago: the worker is behind, and its log may say why"
    return None


def _ahead(moment: datetime, now: datetime) -> str:
    at = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"at {at}, which is {_words(moment - now)} ahead: a clock is or was wrong"


def _words(span: timedelta) -> str:
    """`3 hours`: the largest whole unit of which there are two at least."""
    for name, unit in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if span.total_seconds() >= 2 * unit:
            return f"{span.total_seconds() // unit:.0f} {name}"
    return f"{span.total_seconds():.0f} seconds"
