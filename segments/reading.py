"""Reads what accounts are decided on, in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.paths import value_at
from pql.state.bulk import (
    as_columns,
    chunks,
    documents_as_read,
    is_found_to_be,
    is_one_of,
    rows_as_stored,
    table_of,
)
from pql.state.models import Account, Standing
from segments.at_hand import Accounts, Before, Results, Standings, Times

READ_AT_ONCE = 10_000
ACCOUNT, STANDING = table_of(Account).c, table_of(Standing).c
READ = (
    ACCOUNT.id,
    ACCOUNT.status,
    ACCOUNT.traits,
    ACCOUNT.trial_started_at,
    ACCOUNT.trial_ends_at,
    ACCOUNT.last_seen_at,
    ACCOUNT.evaluated_at,
    ACCOUNT.next_evaluation_at,
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
    STANDING.since,
    STANDING.rests_on,
)


def read_accounts(
    session: Session, workspace_id: int, account_ids: Sequence[int], traits: Sequence[str]
) -> Accounts:
    """The workspace's accounts among those, with the values of some of their traits."""
    own = select(*READ).where(is_found_to_be(ACCOUNT.workspace_id, workspace_id))
    parts = []
    for ids in chunks(sorted(account_ids), READ_AT_ONCE):
        some = own.where(is_one_of(session, ACCOUNT.id, ids))
        rows = rows_as_stored(session, some.order_by(ACCOUNT.id))
        parts.append(_accounts(session, rows, traits))
    return _together(parts or [_accounts(session, (), traits)])


def read_standings(session: Session, account_ids: npt.NDArray[np.int64]) -> Standings:
    """The results that the accounts have; ids ascend.

    The accounts are all of one workspace, and so are their results. To say so once more would lead
    SQLite to look through those of the whole workspace.
    """
    own = select(*RESULTS)
    standings: defaultdict[str, Before] = defaultdict(partial(Before.nothing, len(account_ids)))
    for ids in chunks(account_ids.tolist(), READ_AT_ONCE):
        rows = rows_as_stored(session, own.where(is_one_of(session, STANDING.account_id, ids)))
        for name, some in groupby(sorted(rows, key=itemgetter(0)), key=itemgetter(0)):
            _fill(standings[name], list(some), account_ids)
    return standings


def _fill(
    before: Before, rows: Sequence[tuple[Any, ...]], account_ids: npt.NDArray[np.int64]
) -> None:
    """Put what rows of one definition say in the places of their accounts."""
    _, of_accounts, pql, scores, motions, since, rests_on = as_columns(rows, len(RESULTS))
    places = np.searchsorted(account_ids, np.array(of_accounts, dtype=np.int64))
    before.results.put(places, Results.read(pql, scores, motions))
    before.since[places] = since
    before.rests_on[places] = rests_on


def _accounts(session: Session, rows: Sequence[Sequence[Any]], traits: Sequence[str]) -> Accounts:
    columns = as_columns(rows, len(READ))
    started, ends, last_seen, evaluated, next_at = (_times(column) for column in columns[3:8])
    told, untold = _traits(documents_as_read(session, columns[2]), traits)
    return Accounts(
        ids=np.array(columns[0], dtype=np.int64),
        statuses=np.array(columns[1], dtype=np.str_),
        traits=told,
        untold=untold,
        trial_started_at=started,
        trial_ends_at=ends,
        last_seen_at=last_seen,
        evaluated_at=evaluated,
        next_evaluation_at=next_at,
        copies=Results.read(*columns[8:]),
    )


def _traits(
    documents: Sequence[Any], names: Sequence[str]
) -> tuple[dict[str, npt.NDArray[np.object_]], dict[int, Exception]]:
    """The values of these traits, and of whom they cannot be told: nobody else waits for it."""
    columns = {name: np.full(len(documents), None) for name in names}
    untold: dict[int, Exception] = {}
    if names:
        for place, traits in enumerate(documents):
            try:
                for name, column in columns.items():
                    column[place] = value_at(traits, name)
            except Exception as error:  # noqa: BLE001 - whatever it is that was stored
                untold[place] = error
    return columns, untold


def _times(column: Sequence[Any]) -> Times:
    return np.array(column, dtype="datetime64[us]")


def _together(parts: Sequence[Accounts]) -> Accounts:
    return Accounts(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.statuses for part in parts]),
        {name: np.concatenate([part.traits[name] for part in parts]) for name in parts[0].traits},
        _placed(parts),
        np.concatenate([part.trial_started_at for part in parts]),
        np.concatenate([part.trial_ends_at for part in parts]),
        np.concatenate([part.last_seen_at for part in parts]),
        np.concatenate([part.evaluated_at for part in parts]),
        np.concatenate([part.next_evaluation_at for part in parts]),
        Results(
            np.concatenate([part.copies.pql for part in parts]),
            np.concatenate([part.copies.scores for part in parts]),
            np.concatenate([part.copies.motions for part in parts]),
        ),
    )


def _placed(parts: Sequence[Accounts]) -> dict[int, Exception]:
    """What could not be told, by the places among all."""
    begins = accumulate((len(part) for part in parts), initial=0)
    return {
        begin + place: error
        for begin, part in zip(begins, parts, strict=False)
        for place, error in part.untold.items()
    }
