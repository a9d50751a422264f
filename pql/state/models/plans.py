"""Applied versions of a workspace's tracking plan, and what was not as planned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, RowNumber, WorkspaceKey


class PlanVersion(Base):
    """A tracking plan as it was applied. A workspace's highest `number` is in force."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("workspace_id", "number"),)

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    number: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime]
    applied_by: Mapped[str] = mapped_column(String(100))


class PlanViolation(Base):
    """How often an event was not as planned in one way. `property` is "" for the event itself."""

    __tablename__ = "plan_violation"

    workspace_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("workspace.id", ondelete="CASCADE"), primary_key=True
    )
    event: Mapped[str] = mapped_column(String(512), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    property: Mapped[str] = mapped_column(String(100), primary_key=True)
    events: Mapped[int] = mapped_column(RowNumber)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    example: Mapped[dict[str, Any]]
    """`message_id`, `found` and `allowed` of the latest."""
