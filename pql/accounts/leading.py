"""Which result of an account leads where several definitions speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from pql.accounts.reasons import COLUMNS
from pql.definitions import versions
from pql.definitions.model import Motion
from pql.state.models import Standing

MOTION_RANKS = {Motion.HIGH_TOUCH: 3, Motion.LOW_TOUCH: 2, Motion.UNKNOWN: 1, Motion.NO_TOUCH: 0}
"""Unknown is above the lowest motion: it may turn out higher."""


def rank(motion: str, usage_score: int | None) -> tuple[int, int]:
    """What results are ordered by: the highest motion leads, then the highest score."""
    return MOTION_RANKS[Motion(motion)], -1 if usage_score is None else usage_score


def definition_names(session: Session, workspace_id: int) -> tuple[str, ...]:
    """The definitions in force, in the order of the file."""
    return tuple(versions.current(session, workspace_id).file.definitions)


def standings_of(
    session: Session, account_ids: Sequence[int], names: Sequence[str]
) -> dict[int, Row[Any]]:
    """For each account the leading one of its results of the definitions `names`.

    Of equal ones, that of the earlier definition.

    A row has `account_id`, `pql`, `usage_score`, `motion` and what is kept of why (`Kept`).
    """
    rows = session.execute(
        select(
            Standing.account_id,
            Standing.pql,
            Standing.usage_score,
            Standing.motion,
            *(getattr(Standing, name) for name in COLUMNS),
        ).where(Standing.account_id.in_(account_ids), Standing.definition.in_(names))
    )
    in_file_order = sorted(rows, key=lambda row: names.index(row.definition), reverse=True)
    leading_last = sorted(in_file_order, key=lambda row: rank(row.motion, row.usage_score))
    return {row.account_id: row for row in leading_last}
