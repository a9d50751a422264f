"""Reads what accounts are decided on, in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.state.bulk import as_stored, chunks, is_one_of, table_of
from pql.state.models import Account, Standing
from segments.at_hand import Accounts, Before, Copies, Standings, Times, TraitsAsked

READ_AT_ONCE = 10_000
ACCOUNT, STANDING = table_of(Account).c, table_of(Standing).c
READ = (
    ACCOUNT.id,
    ACCOUNT.status,
    ACCOUNT.traits,
    as_stored(ACCOUNT.trial_started_at),
    as_stored(ACCOUNT.trial_ends_at),
    as_stored(ACCOUNT.last_seen_at),
    as_stored(ACCOUNT.next_evaluation_at),
    ACCOUNT.pql,
    ACCOUNT.usage_score,
    ACCOUNT.motion,
)
RESULTS = (
    STANDING.definition,
    STANDING.account_id,
    STANDING.pql,
    STANDING.usage_score,
    STANDING.motion,
    as_stored(STANDING.since),
    STANDING.rests_on,
)


def read_accounts(
    session: Session, workspace_id: int, account_ids: Sequence[int], traits: Sequence[str]
) -> Accounts:
    """The workspace's accounts among those, with the values of some of their traits."""
    own = select(*READ).where(ACCOUNT.workspace_id == workspace_id).order_by(ACCOUNT.id)
    parts = []
    for ids in chunks(sorted(account_ids), READ_AT_ONCE):
        found = session.connection().execute(own.where(is_one_of(session, ACCOUNT.id, ids)))
        parts.append(_accounts(found.all(), traits))
    return _together(parts or [_accounts((), traits)])


def read_standings(session: Session, workspace_id: int, account_ids: Sequence[int]) -> Standings:
    """The results that the accounts have."""
    own = select(*RESULTS).where(STANDING.workspace_id == workspace_id)
    standings: defaultdict[str, dict[int, Before]] = defaultdict(dict)
    for ids in chunks(sorted(account_ids), READ_AT_ONCE):
        chosen = is_one_of(session, STANDING.account_id, ids)
        for row in session.connection().execute(own.where(chosen)).all():
            standings[row[0]][row[1]] = Before._make(row[2:])
    return standings


def _accounts(rows: Sequence[Any], traits: Sequence[str]) -> Accounts:
    columns = list(zip(*rows, strict=True)) or [()] * len(READ)
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
