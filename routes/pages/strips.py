"""Where a value stands among what customers had done: the strips on the account page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PERCENTILES = ("p10", "p25", "p50", "p75", "p90")
WIDTH = 200.0
MARGIN = 6.0


@dataclass(frozen=True, slots=True)
class Strip:
    """Horizontal positions in a drawing that is `WIDTH` wide.

    The band runs from p10 to p90, the box from p25 to p75. `value` is `None` where it is unknown or
    never happened.
    """

    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    value: float | None = None


def place(value: object, benchmark: Mapping[str, Any] | None) -> Strip | None:
    """The strip for a value; `None` where the benchmark is unknown and there is nothing to show."""
    points = [_number((benchmark or {}).get(name)) for name in PERCENTILES]
    known = [point for point in points if point is not None]
    if len(known) < len(PERCENTILES):
        return None
    shown = _number(value)
    seen = known if shown is None else [*known, shown]
    low, high = min(seen), max(seen)
    span = (high - low) or 1

    def across(point: float) -> float:
        # Divided first: a tiny span would make the scale itself infinite.
        return round(MARGIN + (point - low) / span * (WIDTH - 2 * MARGIN), 1)

    return Strip(*map(across, seen))


def _number(value: object) -> float | None:
    """The value, unless it is unknown or "never"."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
