"""What is kept of why a result is what it is, and who can tell it in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """Of a result, or of a change: see `pql.state.models.Standing`."""

    definition: str
    definition_version_id: int | None
    benchmark_version_id: int | None
    evaluated_at: datetime
    evidence: str | None
    explanation: Document | None


Explain = Callable[[Session, int, Sequence[Kept]], Sequence[Document]]
"""Tells the explanations of a workspace's results: `segments.retelling.retell`."""

COLUMNS = tuple(field.name for field in fields(Kept))


def is_provisional(explanation: Document) -> bool | None:
    """Whether a result is by rules that hold only until there are enough customers.

    `None` where there is no result; what was explained before there were such rules is by none.
    """
    return bool(explanation.get("provisional", False)) if explanation else None


def kept_of(row: Any) -> Kept:
    """What is kept with a row that has the `COLUMNS`."""
    return Kept(*(getattr(row, name) for name in COLUMNS))
