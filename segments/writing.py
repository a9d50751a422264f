"""Writes what was decided: standings, the history of changes, and the copies that lists sort by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from pql.state.bulk import (
    execute_many,
    insert_into,
    is_one_of,
    table_of,
    times_as_stored,
)
from pql.state.models import Account, Evaluation, Standing
from segments.at_hand import Before, moment
from segments.results import Departure, Outcomes, Result

ACCOUNTS = table_of(Account)
STANDINGS = table_of(Standing)


@dataclass(frozen=True, slots=True)
class Versions:
    """Whose rows are written, and by which versions they came about."""

    workspace_id: int
    definition_version_id: int
    benchmark_version_id: int | None
    now: datetime


Row = tuple[Any, ...]
STANDING_COLUMNS = (
    "account_id",
    "definition",
    "pql",
    "usage_score",
    "motion",
    "rests_on",
    "explanation",
    "since",
    "evaluated_at",
    "workspace_id",
)
EVALUATION_COLUMNS = (
    "account_id",
    "definition",
    "pql",
    "usage_score",
    "motion",
    "previous_motion",
    "explanation",
    "evaluated_at",
    "workspace_id",
    "definition_version_id",
    "benchmark_version_id",
)
UPDATED_COLUMNS = ("own_id", "pql", "usage_score", "motion", "next_evaluation_at")


def write_outcomes(session: Session, outcomes: Outcomes, versions: Versions) -> None:
    """Write all of it. A change of PQL state, score or motion adds to the history, nothing else."""
    (now,) = times_as_stored(session, np.array([moment(versions.now)]))
    _upsert_standings(session, outcomes.results, versions, now)
    _delete_standings(session, outcomes.departures)
    changed = [result for result in outcomes.results if _has_changed(result)]
    added: list[Result | Departure] = [*changed, *outcomes.departures]
    rows = [_evaluation(each, versions, now) for each in added]
    execute_many(session, insert(table_of(Evaluation)), rows, EVALUATION_COLUMNS)
    _update_accounts(session, outcomes, versions)


def _has_changed(result: Result) -> bool:
    now = (result.pql, result.usage_score, result.motion)
    return result.was is None or now != result.was[:3]


def _upsert_standings(
    session: Session, results: Sequence[Result], versions: Versions, now: object
) -> None:
    statement = insert_into(session, Standing)
    key = {"account_id", "definition"}
    replaced = {name: statement.excluded[name] for name in STANDING_COLUMNS if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=sorted(key), set_=replaced)
    rows = [_standing(result, versions, now) for result in results]
    execute_many(session, upsert, rows, STANDING_COLUMNS)


def _standing(result: Result, versions: Versions, now: object) -> Row:
    was = result.was
    is_same_motion = was is not None and was.motion == result.motion
    return (
        result.account_id,
        result.definition,
        result.pql,
        result.usage_score,
        result.motion,
        result.rests_on,
        result.explanation,
        was.since if was is not None and is_same_motion else now,
        now,
        versions.workspace_id,
    )


def _evaluation(result: Result | Departure, versions: Versions, now: object) -> Row:
    was: Before | None = result.was
    return (
        result.account_id,
        result.definition,
        result.pql,
        result.usage_score,
        result.motion,
        None if was is None else was.motion,
        result.explanation,
        now,
        versions.workspace_id,
        versions.definition_version_id,
        versions.benchmark_version_id,
    )


def _delete_standings(session: Session, departures: Sequence[Departure]) -> None:
    if not departures:
        return
    statement = delete(STANDINGS).where(
        STANDINGS.c.account_id == bindparam("of_account"),
        STANDINGS.c.definition == bindparam("of_definition"),
    )
    rows = [{"of_account": d.account_id, "of_definition": d.definition} for d in departures]
    session.connection().execute(statement, rows)


def _update_accounts(session: Session, outcomes: Outcomes, versions: Versions) -> None:
    own = ACCOUNTS.c.workspace_id == versions.workspace_id
    updates = outcomes.updates
    looks = np.array([each.next_evaluation_at for each in updates], dtype="datetime64[us]")
    rows = [
        (each.account_id, *each.copies, look)
        for each, look in zip(updates, times_as_stored(session, looks), strict=True)
    ]
    # Only accounts of the workspace were read.
    copy = update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("own_id"))
    execute_many(session, copy, rows, UPDATED_COLUMNS)
    looked_at = update(ACCOUNTS).values(evaluated_at=versions.now)
    chosen = is_one_of(session, ACCOUNTS.c.id, outcomes.account_ids)
    session.connection().execute(looked_at.where(own, chosen))
