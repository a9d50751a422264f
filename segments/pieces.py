"""The pieces that explanations are put together from, each made once: accounts share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, isinf, isnan
from typing import Any, NamedTuple

from pql.benchmarks.comparing import LATER_CUSTOMERS, Benchmarks
from pql.definitions.model import Test
from pql.rules import Answers
from pql.rules.comparing import Numbers
from pql.rules.facts import NO_DAY, Days
from pql.rules.questions import Questions
from pql.rules.sentences import COMPARISONS, plain, readable, threshold_text
from pql.scores import NO_POINTS, Points
from pql.words import measured

FIGURES = ("accounts", "p10", "p25", "p50", "p75", "p90", "median_low", "median_high")
"""Of a benchmark, in an explanation."""

Document = Mapping[str, Any]
"""A part of an explanation, or a whole one. Not to be changed: accounts share it."""


class TestPiece(NamedTuple):
    """A test's result as its document, as its sentence, and as the first sentence has it."""

    document: Document
    sentence: str
    brief: str


@dataclass(frozen=True, slots=True)
class TestPieces:
    """What came of a test for many accounts."""

    answers: Answers
    _made: dict[int, TestPiece] = field(default_factory=dict)

    def by_account(self) -> list[TestPiece]:
        """The piece of each account."""
        return [self._made.get(code) or self._make(code) for code in self.answers.codes.tolist()]

    def briefs(self) -> list[str]:
        """As the first sentence has it, for each account: without making the rest."""
        codes = self.answers.codes.tolist()
        made = {
            code: _in_brief(self.answers.test, *self.answers.figures(code)) for code in {*codes}
        }
        return [made[code] for code in codes]

    def _make(self, code: int) -> TestPiece:
        result = self.answers.result(code)
        brief = _in_brief(self.answers.test, result.value, result.threshold)
        piece = TestPiece(result.document, result.sentence, brief)
        self._made[code] = piece
        return piece


@dataclass(frozen=True, slots=True)
class PartPieces:
    """What a metric gives to the usage scores of many accounts.

    `questions` are the metric's values with the days they are compared on, `days`.
    """

    metric: str
    questions: Questions
    days: Days
    positions: Numbers
    points: Points
    possible: Points
    benchmarks: Benchmarks
    _made: dict[tuple[int, int, int], Document] = field(default_factory=dict)
    _compared: dict[int, Document | None] = field(default_factory=dict)

    def by_account(self) -> list[Document]:
        """The part of each account."""
        columns = (self.questions.codes, self.points, self.possible)
        keys = zip(*(column.tolist() for column in columns), strict=True)
        return [
            self._made.get(key) or self._make(key, position)
            for key, position in zip(keys, self.positions.tolist(), strict=True)
        ]

    def _make(self, key: tuple[int, int, int], position: float) -> Document:
        code, points, possible = key
        made = self._made[key] = {
            "metric": self.metric,
            "points": None if points == NO_POINTS else points,
            "of": None if possible == NO_POINTS else possible,
            "value": _storable(float(self.questions.values[code])),
            "position": None if isnan(position) else round(position, 4),
            "benchmark": self._benchmark(int(self.days[code])),
        }
        return made

    def _benchmark(self, day: int) -> Document | None:
        if day not in self._compared:
            self._compared[day] = self._compared_with(day)
        return self._compared[day]

    def _compared_with(self, day: int) -> Document | None:
        row = None if day == NO_DAY else self.benchmarks.row(self.metric, LATER_CUSTOMERS, day)
        if row is None:
            return None
        return {"day": day, **{name: getattr(row, name) for name in FIGURES}}


def _storable(value: float) -> float | str | None:
    if isnan(value):
        return None
    return "never" if isinf(value) else value


def _in_brief(test: Test, value: object, threshold: object) -> str:
    """What a criterion found: `9 invites (median customer: 4)`, `5 people (at least 3)`."""
    name, asked = readable(test.name), _asked(test, threshold)
    if value is None:
        return f"{name} unknown ({asked})"
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return f"{measured(plain(value), name)} ({asked})"
    return f"{name} {plain(value)} ({asked})"


def _asked(test: Test, threshold: object) -> str:
    if threshold is None:
        return "too few customers to compare with"
    wanted, text = plain(threshold), threshold_text(test.threshold)
    if text == wanted:
        return f"{COMPARISONS[test.comparison]} {wanted}"
    return f"{text.replace('customer p50', 'median customer')}: {wanted}"
