"""Writes what was decided: standings, the history of changes, and the copies that lists sort by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from pql.state.bulk import chunks, insert_into, table_of
from pql.state.models import Account, Evaluation, Standing
from segments.results import Before, Departure, Outcome, Result

ACCOUNTS = table_of(Account)
STANDINGS = table_of(Standing)


@dataclass(frozen=True, slots=True)
class Versions:
    """Whose rows are written, and by which versions they came about."""

    workspace_id: int
    definition_version_id: int
    benchmark_version_id: int | None
    now: datetime


Standings = Mapping[int, Mapping[str, Before]]
"""The results that accounts have, by account and definition."""

Row = dict[str, Any]


def write_outcomes(
    session: Session, outcomes: Sequence[Outcome], before: Standings, versions: Versions
) -> None:
    """Write all of it. A change of PQL state, score or motion adds to the history, nothing else.

    What rests on the same as before is not written again.
    """
    results = [
        result
        for outcome in outcomes
        for result in outcome.results
        if result.explanation is not None
    ]
    departures = [departure for outcome in outcomes for departure in outcome.departures]
    _upsert_standings(session, [_standing(r, before, versions) for r in results])
    _delete_standings(session, departures)
    changed = [result for result in results if _has_changed(result, before)]
    added: list[Result | Departure] = [*changed, *departures]
    rows = [_evaluation(each, before, versions) for each in added]
    if rows:
        session.connection().execute(insert(table_of(Evaluation)), rows)
    _copy_to_accounts(session, outcomes, versions)


def _before(result: Result | Departure, before: Standings) -> Before | None:
    return before.get(result.account_id, {}).get(result.definition)


def _has_changed(result: Result, before: Standings) -> bool:
    was = _before(result, before)
    now = (result.pql, result.usage_score, result.motion)
    return was is None or (was.pql, was.usage_score, was.motion) != now


def _standing(result: Result, before: Standings, versions: Versions) -> Row:
    was = _before(result, before)
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


def _evaluation(result: Result | Departure, before: Standings, versions: Versions) -> Row:
    was = _before(result, before)
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
    own = ACCOUNTS.c.workspace_id == versions.workspace_id
    changed = [outcome for outcome in outcomes if outcome.copies != outcome.copies_before]
    if changed:
        rows = [_copies(outcome) for outcome in changed]
        copy = update(ACCOUNTS).where(own, ACCOUNTS.c.id == bindparam("own_id"))
        session.connection().execute(copy, rows)
    looked_at = update(ACCOUNTS).values(evaluated_at=versions.now)
    for ids in chunks([outcome.account_id for outcome in outcomes]):
        session.connection().execute(looked_at.where(own, ACCOUNTS.c.id.in_(ids)))


def _copies(outcome: Outcome) -> Row:
    copies = outcome.copies
    return {
        "own_id": outcome.account_id,
        "pql": copies.pql,
        "usage_score": copies.usage_score,
        "motion": copies.motion,
        "next_evaluation_at": copies.next_evaluation_at,
    }
