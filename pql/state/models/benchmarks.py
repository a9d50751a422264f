"""Benchmarks by version, so that a score can be explained long after the benchmark moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, RowNumber, WorkspaceKey


class BenchmarkVersion(Base):
    """One computation of every benchmark of a workspace, as of a moment."""

    __tablename__ = "benchmark_version"

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    definition_version_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("definition_version.id", ondelete="CASCADE"), index=True
    )
    as_of: Mapped[datetime]
    customers: Mapped[int]
    """How many accounts had converted by `as_of`; a change calls for a new version."""
    digest: Mapped[str] = mapped_column(String(64))


class BenchmarkRow(Base):
    """What a group of accounts had done by the end of a day of their trial.

    `population` is `later_customers` (before they paid), `customers_now` (`day` 0: no trial day) or
    `non_converters`. Percentiles are `None` where `accounts` is too few to say.
    """

    __tablename__ = "benchmark_row"

    version_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("benchmark_version.id", ondelete="CASCADE"), primary_key=True
    )
    metric: Mapped[str] = mapped_column(String(100), primary_key=True)
    population: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)
    accounts: Mapped[int]
    p10: Mapped[float | None]
    p25: Mapped[float | None]
    p50: Mapped[float | None]
    p75: Mapped[float | None]
    p90: Mapped[float | None]
    median_low: Mapped[float | None]
    median_high: Mapped[float | None]
    p10_low: Mapped[float | None]
    p10_high: Mapped[float | None]
    p25_low: Mapped[float | None]
    p25_high: Mapped[float | None]
    p75_low: Mapped[float | None]
    p75_high: Mapped[float | None]
    p90_low: Mapped[float | None]
    p90_high: Mapped[float | None]


class BenchmarkDocument(Base):
    """Something else that was worked out with a version: read as a whole, so kept as a whole.

    `kind` is one of `pql.benchmarks.documents.KINDS`; `name` a metric or a definition, or empty
    where there is one of the kind.
    """

    __tablename__ = "benchmark_document"

    version_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("benchmark_version.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    content: Mapped[dict[str, Any]]
