"""What the worker keeps about its own work: what changed, its runs, who holds the lease."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, RowNumber, WorkspaceKey


class Change(Base):
    """That an account or a contact must be evaluated again.

    Deleted only if `version` is still what was read: what changed meanwhile stays in the queue.
    """

    __tablename__ = "change"

    subject: Mapped[str] = mapped_column(String(10), primary_key=True)
    """`account`, `contact`, or `backlog`: an account that waits among very many."""
    subject_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    workspace_id: Mapped[WorkspaceKey]
    version: Mapped[int] = mapped_column(default=1)
    marked_at: Mapped[datetime]
    since: Mapped[datetime | None]
    """No event before it came, went or changed; `None` where anything may have."""


class JobRun(Base):
    """One run of a job in its time slot. Slots are unique: no run twice."""

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[Identifier]
    job: Mapped[str] = mapped_column(String(50))
    slot: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(10))
    """`running`, `done` or `failed`."""
    detail: Mapped[str] = mapped_column(Text, default="")


class Lease(Base):
    """Who may run the clock. Each new holder has a higher `epoch`; an older one may not write."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(RowNumber)
    expires_at: Mapped[datetime]
