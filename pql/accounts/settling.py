"""Keeps facts about accounts and writes what they come to into the accounts' columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from pql.accounts.conflicts import with_conflicts
from pql.accounts.facts import FROM_STRIPE, STATUS, TRIAL_ENDS, TRIAL_STARTED, Fact
from pql.accounts.lifecycle import FROM_TIME, LENGTH_OF_DATE, TRIAL, Lifecycle, columns, settle
from pql.calendars import Calendar
from pql.changes import ACCOUNT, mark_changed
from pql.definitions import versions
from pql.definitions.model import LifecycleSettings
from pql.state.bulk import chunks, insert_missing, table_of
from pql.state.models import Account, AccountFact
from pql.workspace_settings import settings_of

ACCOUNTS = table_of(Account)
FACTS = table_of(AccountFact)
KEPT_AT_EACH_END = 250
"""Facts of one field of an account that are kept at most: so many of the first and of the last. A
product that says something else at each login must not make every later load read all of it."""


def add_facts(
    session: Session, workspace_id: int, facts: Mapping[int, Iterable[Fact]], now: datetime
) -> None:
    """Keep facts by account id; one that is there already is not kept twice."""
    rows = [
        {
            **asdict(fact),
            "workspace_id": workspace_id,
            "account_id": account_id,
            "recorded_at": now,
        }
        for account_id, learnt in facts.items()
        for fact in learnt
    ]
    insert_missing(session, AccountFact, rows)


def withdraw_facts(
    session: Session, account_ids: Collection[int], following: Mapping[int, Collection[Fact]]
) -> None:
    """Take out what the provider's events told and, with those that came since, follows no more.

    `following`: the facts that follow now, by account id.
    """
    for ids in chunks(account_ids):
        own = FACTS.c.account_id.in_(ids) & (FACTS.c.known_from == FROM_STRIPE)
        columns = (FACTS.c.field, FACTS.c.value, FACTS.c.effective_at)
        kept = {
            (account_id, fact.field, fact.value, fact.effective_at)
            for account_id in ids
            for fact in following.get(account_id, ())
        }
        rows = session.execute(select(FACTS.c.id, FACTS.c.account_id, *columns).where(own))
        gone = [row[0] for row in rows if tuple(row[1:]) not in kept]
        for some in chunks(gone):
            session.execute(delete(FACTS).where(FACTS.c.id.in_(some)))


def settle_accounts(
    session: Session,
    workspace_id: int,
    account_ids: Collection[int],
    settings: LifecycleSettings,
    now: datetime,
) -> dict[int, Lifecycle]:
    """Work out the life cycle of these accounts from all their facts and write it."""
    calendar = settings_of(session, workspace_id).calendar
    facts = _facts(session, workspace_id, account_ids)
    settled = {
        account_id: _settled(facts.get(account_id, ()), settings, now, calendar)
        for account_id in account_ids
    }
    rows = [
        {"settled_id": account_id, **columns(lifecycle)}
        for account_id, lifecycle in settled.items()
    ]
    if rows:
        own = (ACCOUNTS.c.id == bindparam("settled_id")) & (ACCOUNTS.c.workspace_id == workspace_id)
        session.connection().execute(update(ACCOUNTS).where(own), rows)
    return settled


def settle_known(session: Session, workspace_id: int, now: datetime) -> None:
    """Work out again the life cycle of every account of which facts are known."""
    lifecycle = versions.current(session, workspace_id).file.lifecycle
    asked = select(FACTS.c.account_id).where(FACTS.c.workspace_id == workspace_id)
    for account_ids in chunks(session.scalars(asked.distinct()).all()):
        settle_accounts(session, workspace_id, account_ids, lifecycle, now)


def settle_dates(session: Session, workspace_id: int, now: datetime) -> None:
    """Work out again the life cycle of accounts that rests on when dates begin.

    Those are trials that start or end on a date without a time, and, where the definitions say how
    long a trial is, all that have a start: their last day may end an hour earlier or later.
    """
    lifecycle = versions.current(session, workspace_id).file.lifecycle
    dated = select(FACTS.c.account_id).where(
        FACTS.c.workspace_id == workspace_id,
        FACTS.c.field.in_([TRIAL_STARTED, TRIAL_ENDS]),
        func.length(FACTS.c.value) == LENGTH_OF_DATE,
    )
    started = select(ACCOUNTS.c.id).where(
        ACCOUNTS.c.workspace_id == workspace_id, ACCOUNTS.c.trial_started_at.is_not(None)
    )
    asked = dated.distinct() if lifecycle.trial_days is None else dated.union(started)
    for account_ids in chunks(session.scalars(asked).all()):
        settle_accounts(session, workspace_id, account_ids, lifecycle, now)


def _settled(
    facts: Sequence[Fact], settings: LifecycleSettings, now: datetime, calendar: Calendar
) -> Lifecycle:
    settled = settle(facts, settings, now, calendar)
    return with_conflicts(facts, settled, settings, now, calendar)


def end_trials(session: Session, now: datetime) -> int:
    """Settle the accounts whose trial ended by time alone, and mark them as changed.

    Returns how many. Nothing but the clock tells of such an end: no event has to come. Where it is
    yet to come and was settled before, the clock was ahead, and the trial goes on.
    """
    known_from = Account.lifecycle["status"]["known_from"].as_string()
    has_ended = and_(
        Account.status == TRIAL,
        Account.trial_ends_at <= now,
        known_from != FROM_TIME,  # where trials go on after their end, that was settled before
    )
    goes_on = and_(Account.trial_ends_at > now, known_from == FROM_TIME)
    ended = select(Account.workspace_id, Account.id).where(or_(has_ended, goes_on))
    by_workspace: defaultdict[int, list[int]] = defaultdict(list)
    for workspace_id, account_id in session.execute(ended):
        by_workspace[workspace_id].append(account_id)
    for workspace_id, account_ids in by_workspace.items():
        lifecycle = versions.current(session, workspace_id).file.lifecycle
        settle_accounts(session, workspace_id, account_ids, lifecycle, now)
        mark_changed(session, workspace_id, ACCOUNT, account_ids, now)
    return sum(map(len, by_workspace.values()))


def _facts(
    session: Session, workspace_id: int, account_ids: Collection[int]
) -> dict[int, list[Fact]]:
    """The facts by account, in the order they became known; what is one too many is forgotten."""
    found: defaultdict[int, dict[int, Fact]] = defaultdict(dict)
    for ids in chunks(account_ids):
        mine = (FACTS.c.workspace_id == workspace_id) & FACTS.c.account_id.in_(ids)
        rows = select(
            FACTS.c.account_id,
            FACTS.c.id,
            FACTS.c.field,
            FACTS.c.value,
            FACTS.c.effective_at,
            FACTS.c.known_from,
            FACTS.c.detail,
        ).where(mine)
        for account_id, fact_id, *fact in session.execute(rows.order_by(FACTS.c.id)):
            found[account_id][fact_id] = Fact(*fact)
    for facts in found.values():
        _forget(session, facts, _in_the_middle(facts))
    return {account_id: list(facts.values()) for account_id, facts in found.items()}


def _in_the_middle(facts: Mapping[int, Fact]) -> list[int]:
    """The ids of facts that are neither among the first of their field nor among the last.

    When an account first paid, and when it last left, are the first and last of a status.
    """
    if len(facts) <= 2 * KEPT_AT_EACH_END:
        return []
    by_field: defaultdict[str, list[int]] = defaultdict(list)
    by_status: defaultdict[str, list[int]] = defaultdict(list)
    for fact_id in sorted(facts, key=lambda each: (facts[each].effective_at, each)):
        fact = facts[fact_id]
        by_field[fact.field].append(fact_id)
        if fact.field == STATUS:
            by_status[fact.value].append(fact_id)
    kept = {fact_id for ids in by_status.values() for fact_id in (ids[0], ids[-1])}
    middle = (ids[KEPT_AT_EACH_END:-KEPT_AT_EACH_END] for ids in by_field.values())
    return [fact_id for ids in middle for fact_id in ids if fact_id not in kept]


def _forget(session: Session, facts: dict[int, Fact], fact_ids: Sequence[int]) -> None:
    for ids in chunks(fact_ids):
        session.execute(delete(FACTS).where(FACTS.c.id.in_(ids)))
    for fact_id in fact_ids:
        del facts[fact_id]
