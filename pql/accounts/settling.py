"""Keeps facts about accounts and writes what they come to into the accounts' columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from pql.accounts.facts import Fact
from pql.accounts.lifecycle import FROM_TIME, TRIAL, Lifecycle, columns, settle
from pql.changes import ACCOUNT, mark_changed
from pql.definitions import versions
from pql.definitions.model import LifecycleSettings
from pql.state.bulk import chunks, insert_missing, table_of
from pql.state.models import Account, AccountFact

ACCOUNTS = table_of(Account)
FACTS = table_of(AccountFact)


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


def settle_accounts(
    session: Session,
    workspace_id: int,
    account_ids: Collection[int],
    settings: LifecycleSettings,
    now: datetime,
) -> dict[int, Lifecycle]:
    """Work out the life cycle of these accounts from all their facts and write it."""
    facts = _facts(session, workspace_id, account_ids)
    settled = {
        account_id: settle(facts.get(account_id, ()), settings, now) for account_id in account_ids
    }
    rows = [
        {"settled_id": account_id, **columns(lifecycle)}
        for account_id, lifecycle in settled.items()
    ]
    if rows:
        own = (ACCOUNTS.c.id == bindparam("settled_id")) & (ACCOUNTS.c.workspace_id == workspace_id)
        session.connection().execute(update(ACCOUNTS).where(own), rows)
    return settled


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
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for ids in chunks(account_ids):
        mine = (FACTS.c.workspace_id == workspace_id) & FACTS.c.account_id.in_(ids)
        rows = select(
            FACTS.c.account_id,
            FACTS.c.field,
            FACTS.c.value,
            FACTS.c.effective_at,
            FACTS.c.known_from,
            FACTS.c.detail,
        ).where(mine)
        for account_id, *fact in session.execute(rows.order_by(FACTS.c.id)):
            found[account_id].append(Fact(*fact))
    return found
