"""What the versions of every text that a workspace applies have in common."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from pql.state.base import Base, Identifier, WorkspaceKey


class TextVersion(Base):
    """A text as it was applied. A workspace's highest `number`, from 1, is in force."""

    __abstract__ = True

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    number: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime]
    applied_by: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text, default="")
    """Why, in the words of whoever applied it; empty where nothing was said."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[UniqueConstraint, ...]:
        return (UniqueConstraint("workspace_id", "number"),)
