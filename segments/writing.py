"""Writes what was decided: standings, the history of changes, and the copies that lists sort by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into, is_one_of, table_of
from pql.state.models import Account, Evaluation, Standing
from segments.at_hand import Before
from segments.results import Departure, Outcomes, Result, Update

ACCOUNTS = table_of(Account)
STANDINGS = table_of(Standing)


@dataclass(frozen=True, slots=True)
class Versions:
    """Whose rows are written, and by which versions they came about."""

    workspace_id: int
    definition_version_id: int
    benchmark_version_id: int | None
    now: datetime


Row = dict[str, Any]


def write_outcomes(session: Session, outcomes: Outcomes, versions: Versions) -> None:
    """Write all of it. A change of PQL state, score or motion adds to the history, nothing else."""
    _upsert_standings(session, [_standing(result, versions) for result in outcomes.results])
    _delete_standings(session, outcomes.departures)
    changed = [result for result in outcomes.results if _has_changed(result)]
    added: list[Result | Departure] = [*changed, *outcomes.departures]
    if added:
        rows = [_evaluation(each, versions) for each in added]
        session.connection().execute(insert(table_of(Evaluation)), rows)
    _update_accounts(session, outcomes, versions)


def _has_changed(result: Result) -> bool:
    now = (result.pql, result.usage_score, result.motion)
    return result.was is None or now != result.was[:3]


def _standing(result: Result, versions: Versions) -> Row:
    was = result.was
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
        "rests_on": result.rests_on,
        "explanation": result.explanation,
    }


def _evaluation(result: Result | Departure, versions: Versions) -> Row:
    was: Before | None = result.was
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


def _update_accounts(session: Session, outcomes: Outcomes, versions: Versions) -> None:
    own = ACCOUNTS.c.workspace_id == versions.workspace_id
    if outcomes.updates:
        rows = [_update(each) for each in outcomes.updates]
        copy = update(ACCOUNTS).where(own, ACCOUNTS.c.id == bindparam("own_id"))
        session.connection().execute(copy, rows)
    looked_at = update(ACCOUNTS).values(evaluated_at=versions.now)
    chosen = is_one_of(session, ACCOUNTS.c.id, outcomes.account_ids)
    session.connection().execute(looked_at.where(own, chosen))


def _update(change: Update) -> Row:
    next_at: datetime | None = change.next_evaluation_at.astype("datetime64[us]").item()
    return {
        "own_id": change.account_id,
        **change.copies._asdict(),
        "next_evaluation_at": None if next_at is None else next_at.replace(tzinfo=UTC),
    }
