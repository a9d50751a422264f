"""The sweep: accounts that time alone changed, with no event that says so, are queued."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.accounts.settling import end_trials
from pql.changes import ACCOUNT, mark_changed
from pql.state.models import Account


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
