"""The pieces that explanations are put together from, each made once: thousands share them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite, isinf, isnan
from typing import Any, NamedTuple

import msgspec

from pql.benchmarks.comparing import LATER_CUSTOMERS, Benchmarks
from pql.rules import Answers, TestResult
from pql.rules.comparing import Numbers
from pql.rules.facts import NO_DAY, Days
from pql.rules.questions import Questions
from pql.rules.sentences import COMPARISONS, plain, readable
from pql.scores import NO_POINTS, Points
from pql.state.store import json_text

MOST_KEPT = 20_000
"""Pieces of one test or metric that are remembered: what bounds the memory."""
FIGURES = ("accounts", "p10", "p25", "p50", "p75", "p90", "median_low", "median_high")
"""Of a benchmark, in an explanation."""

Json = msgspec.Raw
"""A document that is encoded already."""


def encoded(document: object) -> Json:
    """A document as JSON."""
    try:
        return msgspec.Raw(msgspec.json.encode(document))
    except UnicodeEncodeError:  # half of a surrogate pair
        return msgspec.Raw(json_text(document).encode())


class TestPiece(NamedTuple):
    """A test's result as its document, as its sentence, and as the first sentence has it."""

    document: Json
    sentence: str
    brief: str


@dataclass(frozen=True, slots=True)
class TestPieces:
    """What came of a test for many accounts."""

    answers: Answers
    _made: dict[int, TestPiece] = field(default_factory=dict)

    def between(self, first: int, last: int) -> list[TestPiece]:
        """The pieces of the accounts from one place up to before another."""
        if len(self._made) > MOST_KEPT:
            self._made.clear()
        codes = self.answers.codes[first:last].tolist()
        return [self._made.get(code) or self._make(code) for code in codes]

    def _make(self, code: int) -> TestPiece:
        result = self.answers.result(code)
        piece = TestPiece(encoded(result.document), result.sentence, _in_brief(result))
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
    _made: dict[tuple[int, int, int], Json] = field(default_factory=dict)
    _compared: dict[int, Json] = field(default_factory=dict)

    def between(self, first: int, last: int) -> list[Json]:
        """The parts of the accounts from one place up to before another."""
        if len(self._made) > MOST_KEPT:
            self._made.clear()
        columns = (self.questions.codes, self.points, self.possible)
        keys = zip(*(column[first:last].tolist() for column in columns), strict=True)
        positions = self.positions[first:last].tolist()
        return [
            self._made.get(key) or self._make(key, position)
            for key, position in zip(keys, positions, strict=True)
        ]

    def _make(self, key: tuple[int, int, int], position: float) -> Json:
        code, points, possible = key
        made = self._made[key] = encoded(
            {
                "metric": self.metric,
                "points": None if points == NO_POINTS else points,
                "of": None if possible == NO_POINTS else possible,
                "value": _storable(float(self.questions.values[code])),
                "position": None if isnan(position) else round(position, 4),
                "benchmark": self._benchmark(int(self.days[code])),
            }
        )
        return made

    def _benchmark(self, day: int) -> Json:
        if day not in self._compared:
            self._compared[day] = encoded(self._compared_with(day))
        return self._compared[day]

    def _compared_with(self, day: int) -> dict[str, Any] | None:
        row = None if day == NO_DAY else self.benchmarks.row(self.metric, LATER_CUSTOMERS, day)
        if row is None:
            return None
        return {"day": day, **{name: getattr(row, name) for name in FIGURES}}


def _storable(value: float) -> float | str | None:
    if isnan(value):
        return None
    return "never" if isinf(value) else value


def _in_brief(test: TestResult) -> str:
    """What a criterion found: `9 invites (median customer: 4)`, `5 people (at least 3)`."""
    name, asked = readable(test.name), _asked(test)
    if test.value is None:
        return f"{name} unknown ({asked})"
    if isinstance(test.value, int) or (isinstance(test.value, float) and isfinite(test.value)):
        return f"{plain(test.value)} {name} ({asked})"
    return f"{name} {plain(test.value)} ({asked})"


def _asked(test: TestResult) -> str:
    if test.threshold is None:
        return "too few customers to compare with"
    wanted = plain(test.threshold)
    if test.threshold_text == wanted:
        return f"{COMPARISONS[test.comparison]} {wanted}"
    return f"{test.threshold_text.replace('customer p50', 'median customer')}: {wanted}"
