"""Leads: a contact seen through marketing's and sales' eyes, and every move between stages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, ContactKey, Identifier, RowNumber, WorkspaceKey


class Lead(Base):
    """A contact's lead score (0 to 100), grade (1 best to 4), life-cycle stage, and why."""

    __tablename__ = "lead"
    __table_args__ = (Index("ix_lead_list", "workspace_id", "stage", "score"),)

    contact_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    score: Mapped[int]
    grade: Mapped[int]
    stage: Mapped[str] = mapped_column(String(12))
    stage_since: Mapped[datetime]
    evaluated_at: Mapped[datetime]
    next_evaluation_at: Mapped[datetime | None] = mapped_column(index=True)
    """When decay alone changes the score again."""
    rejected_at: Mapped[datetime | None]
    """When sales sent it back to nurture; only activity after that qualifies it again."""
    explanation: Mapped[dict[str, Any]]


class LeadMove(Base):
    """A move between stages. Append-only.

    `moved_by` is `rule`, `import`, `merge` or the name of a key.
    """

    __tablename__ = "lead_move"

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    contact_id: Mapped[ContactKey]
    from_stage: Mapped[str | None] = mapped_column(String(12))
    to_stage: Mapped[str] = mapped_column(String(12))
    moved_at: Mapped[datetime]
    moved_by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
