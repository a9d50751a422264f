"""Lead scores: interest that fades, role and company. Pure arithmetic.

Interest: each activity gives its points, halved every half-life (exponential decay), and all of one
kind together give at most their cap. Role and company: points where a rule on traits is met; an
unknown trait gives none and is named. The sum is cut to 0..100 and rounded; parts are rounded by
largest remainder (Hamilton's method), so that they add up to the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor
from typing import Any

from pql.definitions.model import FitRule, LeadSettings, State
from pql.rules import Facts, evaluate

HIGHEST = 100
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HALF_LIVES_TO_NOTHING = 12
"""After these less than a 4,000th is left."""


@dataclass(frozen=True, slots=True)
class Activity:
    """An event of the person that shows interest."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """What a lead score is worked out from."""

    activities: tuple[Activity, ...] = ()
    traits: Mapping[str, Any] | None = None
    company_traits: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score. `kind` is activity, role or company; `of` is the most it can give.

    `state` is unknown for a rule about a trait that is not known; its points are then 0 for want of
    knowledge. `count` and `last_at` belong to activities.
    """

    kind: str
    name: str
    points: int
    of: float
    state: State
    sentence: str
    count: int | None = None
    last_at: datetime | None = None

    def as_document(self) -> dict[str, Any]:
        """The part as JSON can hold it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "points": self.points,
            "of": self.of,
            "state": self.state.value,
            "sentence": self.sentence,
            "count": self.count,
            "last_at": self.last_at.isoformat() if self.last_at else None,
        }


@dataclass(frozen=True, slots=True)
class LeadScore:
    """A score from 0 to 100, its grade (1 is the best of 4) and its parts, which add up to it."""

    score: int
    grade: int
    parts: tuple[Part, ...]


def score_lead(person: Person, settings: LeadSettings, now: datetime) -> LeadScore:
    """Score a person at a moment."""
    raw = [*_interest(person, settings, now), *_fit(person, settings)]
    total = sum(points for points, _ in raw)
    score = _rounded(min(total, HIGHEST))
    shares = whole_shares([points for points, _ in raw], score)
    parts = tuple(replace(part, points=share) for (_, part), share in zip(raw, shares, strict=True))
    return LeadScore(score, grade_of(score, settings.grades), parts)


def grade_of(score: int, grades: tuple[int, int, int]) -> int:
    """1 to 4; `grades` are the lowest scores of 1, 2 and 3."""
    return 1 + sum(score < lowest for lowest in grades)


def fades_at(person: Person, settings: LeadSettings, now: datetime) -> datetime | None:
    """When decay alone will have lowered the score by a point; `None` where nothing fades any more.

    To the minute: found by halving the time until everything has faded.
    """
    fit = sum(points for points, _ in _fit(person, settings))

    def score_at(moment: datetime) -> int:
        interest = sum(points for points, _ in _interest(person, settings, moment))
        return _rounded(min(fit + interest, HIGHEST))

    score = score_at(now)
    longest = max((rule.half_life_days for rule in settings.activities), default=0)
    early, late = now, now + longest * HALF_LIVES_TO_NOTHING * DAY
    if score_at(late) >= score:
        return None
    while late - early > MINUTE:
        middle = early + (late - early) / 2
        if score_at(middle) < score:
            late = middle
        else:
            early = middle
    return late


def whole_shares(values: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to `values` that add up to `total`, by largest remainder.

    Values are not negative. Where they are all zero, so is `total`.
    """
    together = sum(values)
    if not together:
        return [0] * len(values)
    exact = [value * total / together for value in values]
    shares = [floor(value) for value in exact]
    by_remainder = sorted(
        range(len(values)), key=lambda place: (shares[place] - exact[place], place)
    )
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def _interest(person: Person, settings: LeadSettings, now: datetime) -> list[tuple[float, Part]]:
    parts = []
    for rule in settings.activities:
        times = [activity.at for activity in person.activities if activity.event == rule.event]
        if times:
            faded = sum(rule.points * _decay(now - at, rule.half_life_days) for at in times)
            points = min(faded, rule.at_most)
            sentence = f"{rule.event.replace('_', ' ')}, {_times(len(times))}"
            part = Part(
                "activity", rule.event, 0, rule.at_most, State.MET, sentence, len(times), max(times)
            )
            parts.append((points, part))
    return parts


def _fit(person: Person, settings: LeadSettings) -> list[tuple[float, Part]]:
    asked = (
        ("role", settings.role, person.traits),
        ("company", settings.company, person.company_traits),
    )
    return [_fit_part(kind, rule, traits or {}) for kind, rules, traits in asked for rule in rules]


def _fit_part(kind: str, rule: FitRule, traits: Mapping[str, Any]) -> tuple[float, Part]:
    verdict = evaluate(rule.rule, Facts(traits=traits))
    points = rule.points if verdict.state is State.MET else 0.0
    sentence = "; ".join(test.sentence for test in verdict.tests)
    return points, Part(kind, rule.name, 0, rule.points, verdict.state, sentence)


def _decay(age: timedelta, half_life_days: float) -> float:
    return float(2.0 ** -(max(age / DAY, 0.0) / half_life_days))


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _rounded(value: float) -> int:
    return floor(value + 0.5)
