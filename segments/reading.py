"""Reads what accounts are decided on, in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import DateTime, select, type_coerce
from sqlalchemy.orm import Session

from pql.state.bulk import chunks, is_one_of
from pql.state.models import Account, Standing
from segments.at_hand import Accounts, Before, Copies, Standings, Times, TraitsAsked

READ_AT_ONCE = 10_000
TIMES = (
    Account.trial_started_at,
    Account.trial_ends_at,
    Account.last_seen_at,
    Account.next_evaluation_at,
)


def read_accounts(
    session: Session, workspace_id: int, account_ids: Sequence[int], traits: Sequence[str]
) -> Accounts:
    """The workspace's accounts among those, with the values of some of their traits."""
    columns = (
        Account.id,
        Account.status,
        Account.traits,
        *(type_coerce(each, DateTime) for each in TIMES),  # naive, as they are stored
        Account.pql,
        Account.usage_score,
        Account.motion,
    )
    own = select(*columns).where(Account.workspace_id == workspace_id).order_by(Account.id)
    parts = [
        _accounts(session.execute(own.where(is_one_of(session, Account.id, ids))).all(), traits)
        for ids in chunks(sorted(account_ids), READ_AT_ONCE)
    ]
    return _together(parts or [_accounts((), traits)])


def read_standings(session: Session, workspace_id: int, account_ids: Sequence[int]) -> Standings:
    """The results that the accounts have."""
    columns = (
        Standing.definition,
        Standing.account_id,
        Standing.pql,
        Standing.usage_score,
        Standing.motion,
        Standing.since,
        Standing.rests_on,
    )
    own = select(*columns).where(Standing.workspace_id == workspace_id)
    standings: defaultdict[str, dict[int, Before]] = defaultdict(dict)
    for ids in chunks(sorted(account_ids), READ_AT_ONCE):
        for row in session.execute(own.where(is_one_of(session, Standing.account_id, ids))):
            standings[row[0]][row[1]] = Before(*row[2:])
    return standings


def _accounts(rows: Sequence[Any], traits: Sequence[str]) -> Accounts:
    columns = list(zip(*rows, strict=True)) or [()] * 10
    started, ends, last_seen, next_at = (_times(column) for column in columns[3:7])
    return Accounts(
        ids=np.array(columns[0], dtype=np.int64),
        statuses=list(columns[1]),
        traits=[_asked(each, traits) for each in columns[2]],
        trial_started_at=started,
        trial_ends_at=ends,
        last_seen_at=last_seen,
        next_evaluation_at=next_at,
        copies=list(map(Copies, *columns[7:])),
    )


def _asked(traits: Any, names: Sequence[str]) -> TraitsAsked:
    try:
        return tuple(traits.get(name) for name in names)
    except Exception as error:  # noqa: BLE001 - told of this account, and no other waits for it
        return error


def _times(column: Sequence[Any]) -> Times:
    return np.array(column, dtype="datetime64[us]")


def _together(parts: Sequence[Accounts]) -> Accounts:
    return Accounts(
        np.concatenate([part.ids for part in parts]),
        [status for part in parts for status in part.statuses],
        [traits for part in parts for traits in part.traits],
        np.concatenate([part.trial_started_at for part in parts]),
        np.concatenate([part.trial_ends_at for part in parts]),
        np.concatenate([part.last_seen_at for part in parts]),
        np.concatenate([part.next_evaluation_at for part in parts]),
        [copies for part in parts for copies in part.copies],
    )
