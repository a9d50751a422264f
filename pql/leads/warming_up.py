"""Takes back that leads went cold by a clock that was ahead: those days have not passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.leads.stages import rank
from pql.state.models import Lead, LeadMove

RULE = "rule"
"""Who made a move that the rules called for."""
NOT_YET = "the clock was ahead: it has not gone cold yet"


def warm_up(session: Session, now: datetime) -> int:
    """Give leads back the stage that they only lost by a time that is yet to come; how many.

    Only time lets the rules move someone back. Who is in a stage for another reason since such a
    time is in it since now.
    """
    is_ahead = Lead.stage_since > now
    warmed = 0
    for lead in session.scalars(select(Lead).where(is_ahead)):
        moves = select(LeadMove).where(LeadMove.contact_id == lead.contact_id)
        latest = session.scalars(moves.order_by(LeadMove.id.desc()).limit(2)).all()
        if latest and _went_cold(latest[0]):
            _take_back(session, lead, latest[0], latest[1:], now)
            warmed += 1
    session.flush()
    session.execute(update(Lead).where(is_ahead).values(stage_since=now))
    return warmed


def _went_cold(move: LeadMove) -> bool:
    was, became = move.from_stage, move.to_stage
    return move.moved_by == RULE and was is not None and rank(became) < rank(was)


def _take_back(
    session: Session, lead: Lead, move: LeadMove, before: Sequence[LeadMove], now: datetime
) -> None:
    stage = str(move.from_stage)
    session.add(
        LeadMove(
            workspace_id=lead.workspace_id,
            contact_id=lead.contact_id,
            from_stage=lead.stage,
            to_stage=stage,
            moved_at=now,
            moved_by=RULE,
            reason=NOT_YET,
        )
    )
    lead.stage, lead.stage_since = stage, before[0].moved_at if before else now
