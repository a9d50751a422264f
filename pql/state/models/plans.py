"""Applied versions of a workspace's tracking plan, and what was not as planned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, RowNumber
from pql.state.models.texts import TextVersion


class PlanVersion(TextVersion):
    """A tracking plan as it was applied. A version without text took the plan out of force."""

    __tablename__ = "plan_version"


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
