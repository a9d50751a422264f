"""What a picture shows, as values: the same chart is drawn, tabulated and tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Numbers = Sequence[float | None]
"""Heights or ends of intervals, `None` where unknown: the line has a gap there."""


Cell = str | float | None
"""A cell of a table, `None` where nothing is known."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis; `is_share` for values from 0 to 1 that are read as per cent."""

    label: str
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Heights over `x`. `shape` is `line`, `steps` or `points`; `is_main` stands out."""

    name: str
    x: Sequence[float]
    y: Numbers
    shape: str = "line"
    is_main: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """What lies between two heights over `x`: an interval, or the middle of a group."""

    name: str
    x: Sequence[float]
    low: Numbers
    high: Numbers
    shape: str = "line"


@dataclass(frozen=True, slots=True)
class Mark:
    """One point that the picture is about: an account, a cut-off."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ChartTable:
    """The figures behind a picture."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture before it is drawn. Without lines and bands it says that nothing is known yet."""

    title: str
    note: str
    x: Axis
    y: Axis
    table: ChartTable
    lines: Sequence[Line] = ()
    bands: Sequence[Band] = ()
    marks: Sequence[Mark] = ()
    diagonal: bool = False
    """Whether x = y is drawn, which a perfect prediction would follow."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        heights = [line.y for line in self.lines] + [band.low for band in self.bands]
        return not any(height is not None for each in heights for height in each)


def percent(share: float | None) -> str | None:
    """A share as a cell of a table says it."""
    return None if share is None else f"{share:.1%}"
