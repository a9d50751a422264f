"""Fitted scores: every model with how it was judged, and what those in use give accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, RowNumber, WorkspaceKey


class FittedModel(Base):
    """One fit for a definition. The latest of a definition's version is the one that counts.

    `reason` says in a sentence why it is used or not. A model in use is checked on the trials that
    began after `confirmed_until`; where it fails, `is_used` ends and `reason` says so.
    """

    __tablename__ = "fitted_model"
    __table_args__ = (
        Index("ix_fitted_model_latest", "workspace_id", "definition_version_id", "definition"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    definition: Mapped[str] = mapped_column(String(100))
    definition_version_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("definition_version.id", ondelete="CASCADE"), index=True
    )
    fitted_at: Mapped[datetime]
    window_days: Mapped[int]
    horizon_days: Mapped[int]
    confirmed_until: Mapped[datetime | None]
    """When the last of the trials began that it was judged on; `None` where there were none."""
    is_used: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    model: Mapped[dict[str, Any] | None]
    """Coefficients, means, scales and calibration; `None` where nothing could be fitted."""
    evaluation: Mapped[dict[str, Any]]
    checked_at: Mapped[datetime | None]
    check: Mapped[dict[str, Any] | None]
    """The calibration on the trials that began since; `None` before the first check."""


class FittedScore(Base):
    """What a model in use gives an account, with its parts. Written when the window has closed.

    `score` is 0 to 100; all numbers are `None` where the model cannot say.
    """

    __tablename__ = "fitted_score"
    __table_args__ = (Index("ix_fitted_score_rank", "model_id", "probability"),)

    account_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    definition: Mapped[str] = mapped_column(String(100), primary_key=True)
    workspace_id: Mapped[WorkspaceKey]
    model_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("fitted_model.id", ondelete="CASCADE")
    )
    scored_at: Mapped[datetime]
    score: Mapped[int | None]
    probability: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    explanation: Mapped[dict[str, Any]]
