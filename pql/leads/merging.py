"""A contact that turned out to be another one lends it its stage, until the merge is undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.changes import CONTACT, mark_changed
from pql.leads.stages import rank
from pql.state.models import Contact, Lead, LeadMove

MERGE = "merge"
"""Who made a move that a merge brought about, or its end."""
SAME_PERSON = "turned out to be the same person as one further on"
NOT_THE_SAME = "is not the person further on: the merge was undone"


def merge_leads(
    session: Session, workspace_id: int, contact_ids: Collection[int], now: datetime
) -> None:
    """Bring the contacts that merged ones are now to the further of two stages, and queue them.

    A merged contact keeps its lead and its moves; no list shows them meanwhile.
    """
    merged = (
        select(Lead, func.coalesce(Contact.merged_into_id, Contact.id))
        .join(Contact, Contact.id == Lead.contact_id)
        .where(Lead.workspace_id == workspace_id, Lead.contact_id.in_(contact_ids))
        .where(Contact.merged_into_id.is_not(None))
        .order_by(Lead.contact_id)
    )
    for lead, heir_id in session.execute(merged).all():
        _lend(session, lead, heir_id, now)
        mark_changed(session, workspace_id, CONTACT, [heir_id], now)


def part_leads(session: Session, workspace_id: int, contact_id: int, now: datetime) -> None:
    """Take back the stage that a contact had only by a merge that was undone.

    What people moved since stays. Others that are still merged into the contact lend it theirs.
    """
    lead = session.get(Lead, contact_id)
    moves = session.scalars(
        select(LeadMove)
        .where(LeadMove.workspace_id == workspace_id, LeadMove.contact_id == contact_id)
        .order_by(LeadMove.id.desc())
        .limit(2)
    ).all()
    if lead is None or not moves or moves[0].moved_by != MERGE or moves[0].to_stage != lead.stage:
        return
    if moves[0].from_stage is None:
        session.delete(lead)
    else:
        since = moves[1].moved_at if len(moves) > 1 else now
        session.add(_move(lead, moves[0].from_stage, NOT_THE_SAME, now))
        lead.stage, lead.stage_since = moves[0].from_stage, since
    session.flush()
    still = select(Contact.id).where(
        Contact.workspace_id == workspace_id, Contact.merged_into_id == contact_id
    )
    merge_leads(session, workspace_id, session.scalars(still).all(), now)


def _lend(session: Session, lead: Lead, heir_id: int, now: datetime) -> None:
    heir = session.get(Lead, heir_id)
    if heir is None:
        values = {column.key: getattr(lead, column.key) for column in Lead.__table__.columns}
        heir = Lead(**{**values, "contact_id": heir_id})
        session.add(heir)
        session.add(_move(heir, lead.stage, SAME_PERSON, now, is_first=True))
    elif rank(lead.stage) > rank(heir.stage):
        session.add(_move(heir, lead.stage, SAME_PERSON, now))
        heir.stage, heir.stage_since = lead.stage, lead.stage_since
        heir.rejected_at = lead.rejected_at
    session.flush()


def _move(
    lead: Lead, to_stage: str, reason: str, now: datetime, *, is_first: bool = False
) -> LeadMove:
    return LeadMove(
        workspace_id=lead.workspace_id,
        contact_id=lead.contact_id,
        from_stage=None if is_first else lead.stage,
        to_stage=to_stage,
        moved_at=now,
        moved_by=MERGE,
        reason=reason,
    )
