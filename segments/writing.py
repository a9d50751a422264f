"""Writes what was decided: standings, the history of changes, and the copies that lists sort by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into, table_of
from pql.state.models import Account, Evaluation, Standing
from segments.results import Departure, Outcome, Result

ACCOUNTS = table_of(Account)
STANDINGS = table_of(Standing)


@dataclass(frozen=True, slots=True)
class Before:
    """The result an account had of a definition until now."""

    pql: str
    usage_score: int | None
    motion: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Versions:
    """Whose rows are written, and by which versions they came about."""

    workspace_id: int
    definition_version_id: int
    benchmark_version_id: int | None
    now: datetime


Standings = Mapping[tuple[int, str], Before]
Row = dict[str, Any]


def write_outcomes(
    session: Session, outcomes: Sequence[Outcome], before: Standings, versions: Versions
) -> None:
    """Write all of it. A change of PQL state, score or motion adds to the history, nothing else."""
    results = [result for outcome in outcomes for result in outcome.results]
    departures = [departure for outcome in outcomes for departure in outcome.departures]
    _upsert_standings(session, [_standing(r, before, versions) for r in results])
    _delete_standings(session, departures)
    changed = [result for result in results if _has_changed(result, before)]
    added: list[Result | Departure] = [*changed, *departures]
    rows = [_evaluation(each, before, versions) for each in added]
    if rows:
        session.connection().execute(insert(table_of(Evaluation)), rows)
    _copy_to_accounts(session, outcomes, versions)


def _has_changed(result: Result, before: Standings) -> bool:
    was = before.get((result.account_id, result.definition))
    now = (result.pql, result.usage_score, result.motion)
    return was is None or (was.pql, was.usage_score, was.motion) != now


def _standing(result: Result, before: Standings, versions: Versions) -> Row:
    was = before.get((result.account_id, result.definition))
    is_same_motion = was is not None and was.motion == result.motion
    return {
        "account_id": result.account_id,
        "definition": result.definition,
        "workspace_id": versions.workspace_id,
        "pql": result.pql,
        "usage_score": result.usage_score,
        "motion": result.motion,
        "since": was.since if was is not None and is_same_motion else versions.now,
        "evaluated_at": versions.now,
        "explanation": result.explanation,
    }


def _evaluation(result: Result | Departure, before: Standings, versions: Versions) -> Row:
    was = before.get((result.account_id, result.definition))
    return {
        "workspace_id": versions.workspace_id,
        "account_id": result.account_id,
        "definition": result.definition,
        "definition_version_id": versions.definition_version_id,
        "benchmark_version_id": versions.benchmark_version_id,
        "evaluated_at": versions.now,
        "pql": result.pql,
        "usage_score": result.usage_score,
        "motion": result.motion,
        "previous_motion": None if was is None else was.motion,
        "explanation": result.explanation,
    }


def _upsert_standings(session: Session, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = insert_into(session, Standing)
    key = {"account_id", "definition"}
    replaced = {name: statement.excluded[name] for name in rows[0] if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=sorted(key), set_=replaced)
    session.connection().execute(upsert, list(rows))


def _delete_standings(session: Session, departures: Sequence[Departure]) -> None:
    if not departures:
        return
    statement = delete(STANDINGS).where(
        STANDINGS.c.account_id == bindparam("of_account"),
        STANDINGS.c.definition == bindparam("of_definition"),
    )
    rows = [{"of_account": d.account_id, "of_definition": d.definition} for d in departures]
    session.connection().execute(statement, rows)


def _copy_to_accounts(session: Session, outcomes: Sequence[Outcome], versions: Versions) -> None:
    own = (ACCOUNTS.c.id == bindparam("own_id")) & (
        ACCOUNTS.c.workspace_id == versions.workspace_id
    )
    rows = [_copies(outcome, versions.now) for outcome in outcomes]
    if rows:
        session.connection().execute(update(ACCOUNTS).where(own), rows)


def _copies(outcome: Outcome, now: datetime) -> Row:
    leading = outcome.leading
    return {
        "own_id": outcome.account_id,
        "pql": leading and leading.pql,
        "usage_score": leading and leading.usage_score,
        "motion": leading and leading.motion,
        "evaluated_at": now,
        "next_evaluation_at": outcome.next_evaluation_at,
    }
