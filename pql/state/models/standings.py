"""Where an account stands against a definition now, and every change of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import AccountKey, Base, Identifier, RowNumber, WorkspaceKey


class Standing(Base):
    """The current result of one definition for one account, with what it rests on.

    `pql` is `met`, `not_met` or `unknown`; `motion` is `no_touch`, `low_touch`, `high_touch` or
    `unknown`; `usage_score` is 0 to 100, `None` where it is unknown.

    `evidence` is what was known of the account (see `segments.evidence`): with the definition and
    the benchmark of these versions it says again, word for word, why the result is what it is.
    `explanation` is what a result has instead that no evidence led to.
    """

    __tablename__ = "standing"
    __table_args__ = (
        Index("ix_standing_list", "workspace_id", "definition", "motion", "usage_score"),
    )

    account_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    definition: Mapped[str] = mapped_column(String(100), primary_key=True)
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    pql: Mapped[str] = mapped_column(String(10))
    usage_score: Mapped[int | None]
    motion: Mapped[str] = mapped_column(String(12))
    since: Mapped[datetime]
    """When the motion last changed."""
    evaluated_at: Mapped[datetime]
    """When the result was worked out. It is not again while what it rests on stays the same."""
    rests_on: Mapped[str] = mapped_column(String(32), default="")
    """A digest of what went into it; empty where it must be worked out again."""
    definition_version_id: Mapped[int | None] = mapped_column(
        RowNumber, ForeignKey("definition_version.id", ondelete="CASCADE")
    )
    benchmark_version_id: Mapped[int | None] = mapped_column(
        RowNumber, ForeignKey("benchmark_version.id", ondelete="CASCADE")
    )
    evidence: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[dict[str, Any] | None]


class Evaluation(Base):
    """A change of score, PQL state or motion, with what it rested on. Append-only.

    `motion` is `None` when the account left the definition's population (it pays now, say).
    `evidence` and `explanation` as a standing has them.
    """

    __tablename__ = "evaluation"
    __table_args__ = (Index("ix_evaluation_history", "account_id", "id"),)

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    account_id: Mapped[AccountKey] = mapped_column(index=False)
    definition: Mapped[str] = mapped_column(String(100))
    definition_version_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("definition_version.id", ondelete="CASCADE"), index=True
    )
    benchmark_version_id: Mapped[int | None] = mapped_column(
        RowNumber, ForeignKey("benchmark_version.id", ondelete="SET NULL"), index=True
    )
    evaluated_at: Mapped[datetime]
    pql: Mapped[str | None] = mapped_column(String(10))
    usage_score: Mapped[int | None]
    motion: Mapped[str | None] = mapped_column(String(12))
    previous_motion: Mapped[str | None] = mapped_column(String(12))
    evidence: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[dict[str, Any] | None]
