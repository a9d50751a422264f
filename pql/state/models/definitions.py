"""Applied versions of a workspace's definition file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, WorkspaceKey


class DefinitionVersion(Base):
    """A definition file as it was applied. A workspace's highest `number` is in force."""

    __tablename__ = "definition_version"
    __table_args__ = (UniqueConstraint("workspace_id", "number"),)

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    number: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime]
    applied_by: Mapped[str] = mapped_column(String(100))
