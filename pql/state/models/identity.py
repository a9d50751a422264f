"""Contacts that turned out to be one: who was merged into whom, and what waits for a decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, ContactKey, Identifier, RowNumber, WorkspaceKey


class ContactMerge(Base):
    """One contact that became another. Undone, it stays, with when and by whom.

    `why` is `identify`, `alias` or `device` where an event linked them, `review` where a person
    approved it. `moved` is what the target got by it (see `usage_ingest.identity.holdings`).
    """

    __tablename__ = "contact_merge"
    __table_args__ = (Index("ix_contact_merge_workspace", "workspace_id", "id"),)

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    origin_id: Mapped[ContactKey]
    target_id: Mapped[ContactKey]
    merged_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str | None] = mapped_column(Text)
    merged_by: Mapped[str] = mapped_column(String(100))
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(100))


class IdentityReview(Base):
    """Two contacts that events say are one person, where a person has to decide.

    The pair is kept once, the lower row id first; `target_id` is the one of the two that would
    stay. `times` is how often events asked; `kind`, `message_id` and `source_id` are of the last
    that did. `state` is open, merged or kept_apart.
    """

    __tablename__ = "identity_review"
    __table_args__ = (
        UniqueConstraint("workspace_id", "lower_id", "higher_id"),
        Index("ix_identity_review_workspace_state", "workspace_id", "state", "id"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    lower_id: Mapped[ContactKey]
    higher_id: Mapped[ContactKey]
    target_id: Mapped[int] = mapped_column(RowNumber)
    state: Mapped[str] = mapped_column(String(10))
    times: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str | None] = mapped_column(Text)
    source_id: Mapped[int | None] = mapped_column(RowNumber)
    first_asked_at: Mapped[datetime]
    last_asked_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
