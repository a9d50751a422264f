"""What people decide about a lead: sales accepts or rejects it, someone moves it by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pql.changes import CONTACT, mark_changed
from pql.leads.stages import LEAD, MQL, SQL, STAGES, rank
from pql.state.models import Lead, LeadMove

LONGEST_REASON = 2_000


class DecisionRefused(ValueError):
    """The lead is not where this can be decided, or a reason is missing; the message says which."""


def accept(session: Session, lead: Lead, by: str, now: datetime) -> LeadMove:
    """Sales takes the lead: MQL becomes SQL.

    Raises:
        DecisionRefused: the lead is no MQL.
    """
    _check_stage(lead, (MQL,), "accepted")
    return move(session, lead, SQL, reason="accepted by sales", by=by, now=now)


def reject(session: Session, lead: Lead, reason: str, by: str, now: datetime) -> LeadMove:
    """Sales sends the lead back to nurture: MQL or SQL becomes lead, until there is new activity.

    Raises:
        DecisionRefused: the lead is neither MQL nor SQL, or there is no reason.
    """
    _check_stage(lead, (MQL, SQL), "rejected")
    if not reason.strip():
        raise DecisionRefused("a rejection needs a reason: marketing learns from it")
    said = f"rejected by sales: {reason.strip()}"
    return move(session, lead, LEAD, reason=said, by=by, now=now)


def move(
    session: Session, lead: Lead, stage: str, *, reason: str, by: str, now: datetime
) -> LeadMove:
    """Move a lead to any stage, with a reason. Backwards, it needs new activity to come again.

    Raises:
        DecisionRefused: there is no such stage, or the lead is there already.
    """
    if stage not in STAGES or stage == lead.stage:
        raise DecisionRefused(
            f"cannot move from {lead.stage} to {stage}; stages: {', '.join(STAGES)}"
        )
    if rank(stage) < rank(lead.stage):
        lead.rejected_at = now
    moved = LeadMove(
        workspace_id=lead.workspace_id,
        contact_id=lead.contact_id,
        from_stage=lead.stage,
        to_stage=stage,
        moved_at=now,
        moved_by=by,
        reason=reason[:LONGEST_REASON],
    )
    session.add(moved)
    lead.stage, lead.stage_since = stage, now
    mark_changed(session, lead.workspace_id, CONTACT, [lead.contact_id], now)
    session.flush()
    return moved


def _check_stage(lead: Lead, stages: tuple[str, ...], decision: str) -> None:
    if lead.stage not in stages:
        needed = " or ".join(stages)
        raise DecisionRefused(f"only {needed} can be {decision}; this lead is {lead.stage}")
