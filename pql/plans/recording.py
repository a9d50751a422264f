"""Violations of a workspace's plan, counted by event, kind and property."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from pql.plans.checking import Violation
from pql.state.bulk import insert_into
from pql.state.models import PlanViolation

MOST_ROWS = 2_000
"""Rows of a workspace: a program that makes up names must not fill the store."""
OTHERS = "(others)"
"""The event under which violations are counted once there are so many rows."""
LONGEST_EVENT, LONGEST_PROPERTY = 512, 100

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A violation in an event of this name."""

    event: str
    violation: Violation
    message_id: str
    received_at: datetime


def record_violations(session: Session, workspace_id: int, seen: Iterable[Seen]) -> None:
    """Add to the counts; the last of each kind is its example."""
    rows: dict[Key, dict[str, Any]] = {}
    for each in seen:
        _add(rows, _row(workspace_id, each))
    if not rows:
        return
    rows = _within_bounds(rows, _known_keys(session, workspace_id))
    statement = insert_into(session, PlanViolation)
    new = statement.excluded
    is_later = new.last_seen_at > PlanViolation.last_seen_at
    added = statement.on_conflict_do_update(
        index_elements=["workspace_id", "event", "kind", "property"],
        set_={
            "events": PlanViolation.events + new.events,
            "last_seen_at": case((is_later, new.last_seen_at), else_=PlanViolation.last_seen_at),
            "example": new.example,
        },
    )
    session.connection().execute(added, [rows[key] for key in sorted(rows)])


def list_violations(
    session: Session, workspace_id: int, event: str | None = None
) -> Sequence[PlanViolation]:
    """The violations of a workspace, the most frequent first; those of one event if it is given."""
    own = select(PlanViolation).where(PlanViolation.workspace_id == workspace_id)
    if event is not None:
        own = own.where(PlanViolation.event == event)
    order = (PlanViolation.events.desc(), PlanViolation.event, PlanViolation.kind)
    return session.scalars(own.order_by(*order, PlanViolation.property)).all()


def _row(workspace_id: int, seen: Seen) -> dict[str, Any]:
    violation = seen.violation
    return {
        "workspace_id": workspace_id,
        "event": seen.event[:LONGEST_EVENT],
        "kind": violation.kind,
        "property": violation.property[:LONGEST_PROPERTY],
        "events": 1,
        "first_seen_at": seen.received_at,
        "last_seen_at": seen.received_at,
        "example": {
            "message_id": seen.message_id,
            "found": violation.found,
            "allowed": violation.allowed,
        },
    }


def _add(rows: dict[Key, dict[str, Any]], row: dict[str, Any]) -> None:
    key = (row["event"], row["kind"], row["property"])
    before = rows.get(key)
    if before is not None:
        row |= {
            "events": before["events"] + row["events"],
            "first_seen_at": min(before["first_seen_at"], row["first_seen_at"]),
            "last_seen_at": max(before["last_seen_at"], row["last_seen_at"]),
        }
    rows[key] = row


def _known_keys(session: Session, workspace_id: int) -> set[Key]:
    columns = select(PlanViolation.event, PlanViolation.kind, PlanViolation.property)
    own = session.execute(columns.where(PlanViolation.workspace_id == workspace_id))
    return {(event, kind, name) for event, kind, name in own}


def _within_bounds(
    rows: Mapping[Key, dict[str, Any]], known: set[Key]
) -> dict[Key, dict[str, Any]]:
    bounded: dict[Key, dict[str, Any]] = {}
    free = MOST_ROWS - len(known)
    for key, row in rows.items():
        if key in known or free > 0:
            free -= key not in known
            _add(bounded, row)
        else:
            _add(bounded, row | {"event": OTHERS, "property": ""})
    return bounded
