"""Which of two numbers is the day in the dates of a column: decided over all of its cells."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable
from dataclasses import dataclass

from pql.delimited.formats import AUTO, DAY_FIRST, MONTH_FIRST
from pql.delimited.times import MONTHS, NUMBERS, TimeForm

HOW_TO_SAY = "Say time_format: day_first or month_first (--time-format)"


@dataclass(frozen=True, slots=True)
class TimesFound:
    """How a column's times are written. `told` says it where it goes without saying in no country;
    `problem` says why it cannot be told.
    """

    form: TimeForm
    told: str = ""
    problem: str = ""


class TimeEvidence:
    """Dates of a column, such as 20.11.2026 or 1/31/2024, by what they show."""

    def __init__(self) -> None:
        self._day_first = ""
        self._month_first = ""
        self._either = ""
        self._dotted = ""

    def add(self, cells: Iterable[str]) -> None:
        """Look at some cells."""
        for cell in cells:
            if cell[2:3].isdigit() and cell[1:2].isdigit():
                continue  # four digits, a year: the usual case
            found = NUMBERS.fullmatch(cell)
            if found is not None:
                self._note(cell, int(found["first"]), int(found["month_or_day"]), found["sign"])

    def _note(self, cell: str, first: int, second: int, sign: str) -> None:
        if first > MONTHS:
            self._day_first = self._day_first or cell
        elif second > MONTHS:
            self._month_first = self._month_first or cell
        elif sign == ".":
            self._dotted = self._dotted or cell
        elif first != second:
            self._either = self._either or cell

    def decide(self) -> TimesFound:
        """What the cells come to. Between points the day comes first wherever points are written,
        unless the column shows the contrary.
        """
        if self._day_first and self._month_first:
            problem = (
                f"{self._day_first} and {self._month_first} are written in two ways. "
                f"{HOW_TO_SAY}; the others are then rejected"
            )
            return TimesFound(TimeForm(), problem=problem)
        if self._month_first:
            return TimesFound(TimeForm(MONTH_FIRST), f"month first, as in {self._month_first}")
        if self._day_first or (self._dotted and not self._either):
            example = self._day_first or self._dotted
            return TimesFound(TimeForm(DAY_FIRST), f"day first, as in {example}")
        if self._either:
            return TimesFound(TimeForm(), problem=_either(self._either))
        return TimesFound(TimeForm(AUTO))


def _either(cell: str) -> str:
    found = NUMBERS.fullmatch(cell)
    if found is None:
        return ""
    first, second = int(found["first"]), int(found["month_or_day"])
    day_first = f"{first} {month_name[second]}"
    month_first = f"{second} {month_name[first]}"
    return f"{cell} may be {day_first} or {month_first}, and no cell of it tells. {HOW_TO_SAY}"
