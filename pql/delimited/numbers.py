"""Numbers as people write them. What a point or a comma means is decided over a whole column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pql.delimited.words import is_missing

SPACES = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\u2009": " "})
SIGNS = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{MINUS SIGN}": "-"})
TYPOGRAPHY = SPACES | SIGNS
COUNT = re.compile(r"0|-?[1-9]\d{0,17}")
PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
"""As JSON and programs write them. `007` and `+1` are codes more often than amounts."""
GROUPED = re.compile(
    r"-?[1-9]\d{0,2}(?P<thousands>[ .,'])\d{3}(?P<more>(?:(?P=thousands)\d{3})*)"
    r"(?:(?P<decimal>[.,])\d+)?"
)
"""1.234,50, 1 234,50, 1,234.50, 1'234.50, and 1.234, which may be another number."""
WITH_COMMA = re.compile(r"-?(?:0|[1-9]\d*),\d+(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True, slots=True)
class NumberForm:
    """The sign before decimals, and that between thousands: empty where there is none."""

    decimal: str = "."
    thousands: str = ""

    def plain(self, text: str) -> str:
        """The number as programs write it; empty where it is none in this form."""
        if self.decimal == "." and not self.thousands:
            return text
        text = text.translate(TYPOGRAPHY)
        grouped = GROUPED.fullmatch(text)
        if grouped is not None and self.thousands == grouped["thousands"]:
            text = text.replace(self.thousands, "")
        if self.decimal != ".":
            return "" if "." in text else text.replace(self.decimal, ".", 1)
        return text


PROGRAMS = NumberForm()


class NumberEvidence:
    """Cells of a column by what they show of the signs in their numbers.

    `missing` are texts that mean missing, beside those that always do. `decimals`, `thousands` and
    `unclear` have an example for each sign; `words` are those of `words.MISSING` that are there.
    """

    def __init__(self, missing: Collection[str] = ()) -> None:
        self._missing = missing
        self._numbers = 0
        self._others = 0
        self.words: set[str] = set()
        self.decimals: dict[str, str] = {}
        self.thousands: dict[str, str] = {}
        self.unclear: dict[str, str] = {}

    def add(self, cells: Iterable[str]) -> None:
        """Look at some cells."""
        for cell in cells:
            if COUNT.fullmatch(cell):
                self._numbers += 1
            elif not is_missing(cell, self._missing):
                self._look(cell)
            elif cell and cell not in self._missing:
                self.words.add(cell)

    @property
    def is_number(self) -> bool:
        """Whether every cell is a number or missing."""
        return self._numbers > 0 and not self._others

    def _look(self, cell: str) -> None:
        text = cell.translate(TYPOGRAPHY)
        grouped = GROUPED.fullmatch(text)
        if grouped is not None:
            self._look_at_groups(cell, grouped)
        elif PLAIN.fullmatch(text):
            if "." in text:
                self.decimals.setdefault(".", cell)
        elif WITH_COMMA.fullmatch(text):
            self.decimals.setdefault(",", cell)
        else:
            self._others += 1
            return
        self._numbers += 1

    def _look_at_groups(self, cell: str, found: re.Match[str]) -> None:
        sign, decimal = found["thousands"], found["decimal"]
        if decimal == sign:
            self._others += 1
        elif decimal or found["more"] or sign in " '":
            self.thousands.setdefault(sign, cell)
            if decimal:
                self.decimals.setdefault(decimal, cell)
        else:
            self.unclear.setdefault(sign, cell)
