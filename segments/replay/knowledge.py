"""What was known of each account at each moment, from the facts kept about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.facts import FROM_IMPORT, TRIAL_ENDS, TRIAL_STARTED, Fact
from pql.accounts.lifecycle import TRIAL, Lifecycle, settle, stated_time
from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import LifecycleSettings
from pql.metrics.query import Receipt
from pql.state.models import AccountFact

LEAST_TIME = timedelta(microseconds=1)
TIMES = ("trial_started_at", "trial_ends_at", "converted_at")
COLUMNS = ("account_id", "valid_from", "status", *TIMES)


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact and since when it was known."""

    fact: Fact
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Lives:
    """What was known of accounts, a row for each time it changed, by account and `valid_from`.

    Columns `account_id`, `valid_from`, `status`, `trial_started_at`, `trial_ends_at` and
    `converted_at`. Times are naive UTC, NaT where unknown.
    """

    rows: pd.DataFrame

    def at(self, moment: pd.Timestamp) -> pd.DataFrame:
        """One row for each account of which anything was known."""
        begun = self.rows[self.rows["valid_from"] <= moment]
        return begun.drop_duplicates("account_id", keep="last").reset_index(drop=True)


def read_known_facts(
    session: Session, workspace_id: int, receipt: Receipt, calendar: Calendar
) -> Mapping[int, Sequence[KnownFact]]:
    """Every fact of the workspace's accounts, in the order in which they were kept."""
    columns = (
        AccountFact.account_id,
        AccountFact.recorded_at,
        AccountFact.field,
        AccountFact.value,
        AccountFact.effective_at,
        AccountFact.known_from,
        AccountFact.detail,
    )
    own = select(*columns).where(AccountFact.workspace_id == workspace_id).order_by(AccountFact.id)
    found: defaultdict[int, list[KnownFact]] = defaultdict(list)
    for row in session.execute(own).all():
        fact = Fact(row.field, row.value, row.effective_at, row.known_from, row.detail)
        found[row.account_id].append(
            KnownFact(fact, known_since(fact, row.recorded_at, receipt, calendar))
        )
    return found


def known_since(
    fact: Fact, recorded_at: datetime, receipt: Receipt, calendar: Calendar
) -> datetime:
    """Since when a fact was known: history since it holds, anything else since it was recorded.

    History is what a file told, and what held before the first event came in alive. When a trial
    began was then known when it began, however late the row that tells of it is dated.
    """
    connected_at = receipt.connected_at
    is_history = fact.known_from == FROM_IMPORT or (
        connected_at is not None and fact.effective_at.replace(tzinfo=None) < connected_at
    )
    if not is_history:
        return recorded_at
    if fact.field in {TRIAL_STARTED, TRIAL_ENDS}:
        return min(fact.effective_at, stated_time(fact, calendar) or fact.effective_at)
    return fact.effective_at


def lives_of(
    facts: Mapping[int, Sequence[KnownFact]],
    settings: LifecycleSettings,
    begin: datetime,
    end: datetime,
    calendar: Calendar = UTC_CALENDAR,
) -> Lives:
    """What the facts came to at each moment from `begin` to `end`, by these settings."""
    rows = [
        (
            account_id,
            valid_from,
            life.status,
            life.trial_started_at,
            life.trial_ends_at,
            life.converted_at,
        )
        for account_id, known in sorted(facts.items())
        for valid_from, life in _lives(
            known, partial(settle, settings=settings, calendar=calendar), begin, end
        )
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"account_id": "int64"})
    for name in ("valid_from", *TIMES):
        times = pd.to_datetime(frame[name], utc=True)
        frame[name] = times.dt.tz_localize(None).astype("datetime64[us]")
    return Lives(frame)


def _lives(
    known: Sequence[KnownFact],
    settle_at: Callable[..., Lifecycle],
    begin: datetime,
    end: datetime,
) -> Iterator[tuple[datetime, Lifecycle]]:
    """What was known since when. What becomes known at a moment counts just after it."""
    learnt = sorted({each.known_at for each in known if begin <= each.known_at < end})
    moments = [begin, *(at + LEAST_TIME for at in learnt)]
    for valid_from, until in zip(moments, [*moments[1:], end + LEAST_TIME], strict=True):
        facts = [each.fact for each in known if each.known_at < valid_from]
        if not facts:
            continue
        life = settle_at(facts, now=valid_from)
        yield valid_from, life
        ends = life.trial_ends_at
        if life.status == TRIAL and ends is not None and valid_from < ends < until:
            yield ends, settle_at(facts, now=ends)
