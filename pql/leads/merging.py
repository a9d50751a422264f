"""A contact that turned out to be another one takes its lead along."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.changes import CONTACT, mark_changed
from pql.leads.stages import rank
from pql.state.models import Contact, Lead, LeadMove


def merge_leads(
    session: Session, workspace_id: int, contact_ids: Collection[int], now: datetime
) -> None:
    """Hand the leads of merged contacts, with their moves, to the contacts they are now.

    The further of two stages stays. The contact that has the lead now is queued.
    """
    merged = (
        select(Lead)
        .join(Contact, Contact.id == Lead.contact_id)
        .where(Lead.workspace_id == workspace_id, Lead.contact_id.in_(contact_ids))
        .where(Contact.merged_into_id.is_not(None))
    )
    for lead in session.scalars(merged).all():
        heir_id = _last_of(session, workspace_id, lead.contact_id)
        _hand_over(session, lead, heir_id)
        mark_changed(session, workspace_id, CONTACT, [heir_id], now)


def _last_of(session: Session, workspace_id: int, contact_id: int) -> int:
    """Whom a contact is in the end: one that was merged may have been merged again."""
    seen = {contact_id}
    while True:
        mine = Contact.workspace_id == workspace_id, Contact.id == contact_id
        into = session.scalar(select(Contact.merged_into_id).where(*mine))
        if into is None or into in seen:
            return contact_id
        seen.add(into)
        contact_id = into


def _hand_over(session: Session, lead: Lead, heir_id: int) -> None:
    moves = update(LeadMove).where(LeadMove.contact_id == lead.contact_id)
    session.execute(moves.values(contact_id=heir_id))
    existing = session.get(Lead, heir_id)
    if existing is None:
        values = {
            column.key: getattr(lead, column.key)
            for column in Lead.__table__.columns
            if column.key != "contact_id"
        }
        session.add(Lead(contact_id=heir_id, **values))
    elif rank(lead.stage) > rank(existing.stage):
        existing.stage, existing.stage_since = lead.stage, lead.stage_since
        existing.rejected_at = lead.rejected_at
    session.delete(lead)
    session.flush()
