"""Which result of an account leads: that of the first definition in the file that speaks of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from pql.definitions import versions
from pql.state.models import Standing


def definition_names(session: Session, workspace_id: int) -> tuple[str, ...]:
    """The definitions in force, in the order of the file."""
    return tuple(versions.current(session, workspace_id).file.definitions)


def standings_of(
    session: Session, account_ids: Sequence[int], names: Sequence[str]
) -> dict[int, Row[Any]]:
    """For each account the result of the first definition of `names` that it has one of.

    A row has `account_id`, `definition`, `pql`, `usage_score`, `motion`, `evaluated_at` and
    `reason`, the explanation's first sentence; the explanation itself stays in the database.
    """
    reason = Standing.explanation["sentence"].as_string().label("reason")
    rows = session.execute(
        select(
            Standing.account_id,
            Standing.definition,
            Standing.pql,
            Standing.usage_score,
            Standing.motion,
            Standing.evaluated_at,
            reason,
        ).where(Standing.account_id.in_(account_ids), Standing.definition.in_(names))
    )
    latest_first = sorted(rows, key=lambda row: -names.index(row.definition))
    return {row.account_id: row for row in latest_first}
