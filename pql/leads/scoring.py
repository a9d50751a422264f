"""Lead scores: interest that fades, role and company. Pure arithmetic.

Interest: each activity gives its points, halved every half-life (exponential decay), and all of one
kind together give at most their cap. Role and company: points where a rule on traits is met; an
unknown trait gives none and is named. Negative points take away. The sum is cut to 0..100 and
rounded; parts are rounded by largest remainder (Hamilton's method), so that they add up to the
score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import copysign, floor, inf
from typing import Any

from pql.definitions.model import FitRule, LeadSettings, State
from pql.paths import value_at
from pql.rules import Facts, evaluate
from pql.trials import trait_names

HIGHEST = 100
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LEAST_WAIT = timedelta(hours=1)
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
    """One part of a score. `kind` is activity, role or company; `of` is the most it can give, or
    take where it is negative.

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
    given = [points for points, _ in raw]
    score = _cut(sum(given))
    shares = signed_shares(given, score)
    parts = tuple(replace(part, points=share) for (_, part), share in zip(raw, shares, strict=True))
    return LeadScore(score, grade_of(score, settings.grades), parts)


def grade_of(score: int, grades: tuple[int, int, int]) -> int:
    """1 to 4; `grades` are the lowest scores of 1, 2 and 3."""
    return 1 + sum(score < lowest for lowest in grades)


def fades_at(person: Person, settings: LeadSettings, now: datetime) -> datetime | None:
    """When decay alone may have moved the score by a point; `None` where nothing fades any more.

    To the minute: found by halving the time until everything has faded. Points that were taken away
    fade as well. Where both fade, it is a moment before which the score cannot have moved, and not
    sooner than in an hour.
    """
    longest = max((rule.half_life_days for rule in settings.activities), default=0)
    early, late = now, now + longest * HALF_LIVES_TO_NOTHING * DAY
    has_moved = _movement(person, settings, now)
    if not has_moved(late):
        return None
    while late - early > MINUTE:
        middle = early + (late - early) / 2
        early, late = (early, middle) if has_moved(middle) else (middle, late)
    is_mixed = len({rule.points > 0 for rule in settings.activities}) > 1
    return max(late, now + LEAST_WAIT) if is_mixed else late


def _movement(person: Person, settings: LeadSettings, now: datetime) -> Callable[[datetime], bool]:
    """Whether the score may be another one at a later moment: false, and from some moment on true.

    What was given and what was taken each only fade. So the score stays where it is as long as
    neither has faded by more than what is left to the next whole point.
    """
    fit = sum(points for points, _ in _fit(person, settings))

    def interest(moment: datetime) -> tuple[float, float]:
        points = [each for each, _ in _interest(person, settings, moment)]
        return sum(each for each in points if each > 0), -sum(each for each in points if each < 0)

    given, taken = interest(now)
    total = fit + given - taken
    score = _cut(total)
    to_fall = total - (score - 0.5) if score > 0 else inf
    to_rise = (score + 0.5) - total if score < HIGHEST else inf

    def has_moved(moment: datetime) -> bool:
        still_given, still_taken = interest(moment)
        if not taken or not given:
            return _cut(fit + still_given - still_taken) != score
        return given - still_given > to_fall or taken - still_taken >= to_rise

    return has_moved


def signed_shares(values: Sequence[float], total: int) -> list[int]:
    """Whole numbers that add up to `total`, with the signs of `values` and in proportion to them.

    More is never taken away than was given: `total` is at least 0.
    """
    given, taken = ([max(sign * value, 0.0) for value in values] for sign in (1, -1))
    away = _rounded(min(sum(given), sum(taken)))
    pluses, minuses = whole_shares(given, total + away), whole_shares(taken, away)
    return [plus - minus for plus, minus in zip(pluses, minuses, strict=True)]


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
            points = max(-rule.at_most, min(faded, rule.at_most))
            sentence = f"{rule.event.replace('_', ' ')}, {_times(len(times))}"
            part = Part(
                "activity",
                rule.event,
                0,
                copysign(rule.at_most, rule.points),
                State.MET,
                sentence,
                len(times),
                max(times),
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
    asked = {name: value_at(traits, name) for name in trait_names(rule.rule)}
    verdict = evaluate(rule.rule, Facts(traits=asked))
    points = rule.points if verdict.state is State.MET else 0.0
    sentence = "; ".join(test.sentence for test in verdict.tests)
    return points, Part(kind, rule.name, 0, rule.points, verdict.state, sentence)


def _decay(age: timedelta, half_life_days: float) -> float:
    return float(2.0 ** -(max(age / DAY, 0.0) / half_life_days))


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _cut(points: float) -> int:
    return _rounded(max(0.0, min(points, HIGHEST)))


def _rounded(value: float) -> int:
    return floor(value + 0.5)
