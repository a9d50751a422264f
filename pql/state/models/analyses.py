"""Long work that was asked for: how far it is, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, WorkspaceKey


class Analysis(Base):
    """One analysis. Done by a process of its own, one after the other; see `pql.analyses`."""

    __tablename__ = "analysis"
    __table_args__ = (
        Index("ix_analysis_queue", "state", "id"),
        Index("ix_analysis_workspace_requested", "workspace_id", "requested_at"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    kind: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    """`queued`, `running`, `done`, `failed` or `cancelled`."""
    attempt: Mapped[int] = mapped_column(default=0)
    """How often it was begun. What an earlier attempt still reports is refused."""
    progress: Mapped[float] = mapped_column(default=0.0)
    """0 to 1."""
    progress_text: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    """When the process last reported."""
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str] = mapped_column(Text, default="")
