"""Applied versions of a workspace's definition file."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.models.texts import TextVersion


class DefinitionVersion(TextVersion):
    """A definition file as it was applied."""

    __tablename__ = "definition_version"

    changes: Mapped[str] = mapped_column(Text, default="")
    """A line that sums up what it said otherwise than the version before; empty for the first."""
