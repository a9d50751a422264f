"""A fitted score as it is stored: every part, and a sentence a person can read."""

from __future__ import annotations

from datetime import datetime
from math import isinf, isnan
from typing import Any

from pql.fitted.model import Fitted, FittedPart


def explain(fitted: Fitted, horizon_days: int, as_of: datetime) -> dict[str, Any]:
    """The score with its parts, as JSON can hold it. `as_of` is when the window closed."""
    return {
        "as_of": as_of.isoformat(),
        "score": fitted.score,
        "base": fitted.base,
        "parts": [_part(part) for part in fitted.parts],
        "probability": fitted.probability,
        "low": fitted.low,
        "high": fitted.high,
        "unknown": list(fitted.unknown),
        "sentence": _sentence(fitted, horizon_days),
    }


def _part(part: FittedPart) -> dict[str, Any]:
    value: float | str | None = part.value
    if isnan(part.value):
        value = None
    elif isinf(part.value):
        value = "never"
    return {
        "metric": part.metric,
        "points": part.points,
        "value": value,
        "contribution": part.contribution,
    }


def _sentence(fitted: Fitted, horizon_days: int) -> str:
    if fitted.score is None:
        names = ", ".join(name.replace("_", " ") for name in fitted.unknown)
        return f"No fitted score: unknown here, and always known when it was fitted: {names}."
    ends = ""
    if fitted.low is not None and fitted.high is not None:
        ends = f" ({100 * fitted.low:.0f} to {100 * fitted.high:.0f})"
    return (
        f"Of 100 trials like this one about {fitted.score} convert within {horizon_days} days"
        f"{ends}; of average ones, {fitted.base}."
    )
