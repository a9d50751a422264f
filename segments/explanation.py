"""The document that is stored with a result and read back as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from math import isinf
from typing import Any

from pql.benchmarks.comparing import LATER_CUSTOMERS, Benchmarks
from pql.benchmarks.percentiles import Percentiles
from pql.definitions.model import Motion, State
from pql.rules import TestResult
from pql.rules.sentences import COMPARISONS, plain, readable
from pql.scores import Part
from segments.deciding import Decision, known_value

FIGURES = tuple(field.name for field in fields(Percentiles))
OPENINGS = {
    Motion.HIGH_TOUCH: "For a salesperson",
    Motion.LOW_TOUCH: "For automation and a person",
    Motion.NO_TOUCH: "For automation",
    Motion.UNKNOWN: "Not decided yet",
}
LONGEST_REASON = 300  # characters: an error may quote what it choked on
QUALIFIED = {
    State.MET: "product-qualified",
    State.NOT_MET: "not product-qualified",
    State.UNKNOWN: "qualification unknown",
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a result rests on: the versions in force, the moment, and the traits rules look at."""

    definition_version: int
    benchmarks: Benchmarks
    as_of: datetime
    traits: tuple[str, ...] = ()


def explain(decision: Decision, metrics: Mapping[str, float], basis: Basis) -> dict[str, Any]:
    """The result with every reason, as JSON can hold it. "never" stands for an infinite value.

    `score.parts[].benchmark.day` is the day compared with: the trial's, or the last day that the
    metric's benchmark has.
    """
    motion = decision.routing.motion
    return {
        "definition": decision.definition.name,
        "definition_version": basis.definition_version,
        "benchmark_version": basis.benchmarks.version_id,
        "as_of": basis.as_of.isoformat(),
        "trial_day": decision.trial_day,
        "pql": decision.pql.value,
        "usage_score": decision.score.score,
        "score": {
            "parts": [
                _part(part, decision.trial_day, metrics, basis.benchmarks)
                for part in decision.score.parts
            ],
            "coverage": round(decision.score.coverage, 4),
        },
        "criteria": [test.document for test in decision.criteria.tests],
        "potential": decision.potential.as_document(),
        "motion": {
            "motion": motion.value,
            "tests": [test.document for test in decision.routing.tests],
            "sentence": _motion_sentence(decision),
        },
        "next": {
            "motion": decision.routing.following and decision.routing.following.value,
            "missing": list(decision.missing),
        },
        "sentence": top_sentence(decision),
    }


def top_sentence(decision: Decision) -> str:
    """What a person can read aloud: what to do, what the account did, and what follows from it."""
    when = "" if decision.trial_day is None else f" on day {decision.trial_day} of the trial"
    score = decision.score.score
    usage = "usage score unknown" if score is None else f"usage score {score} of 100"
    opening = OPENINGS[decision.routing.motion]
    potential = f"{decision.potential.level} potential"
    conclusion = f"{QUALIFIED[decision.pql].capitalize()}{when}, {usage}, {potential}."
    return f"{opening}: {_evidence(decision.criteria.tests)}. {conclusion}"


def _evidence(tests: Sequence[TestResult]) -> str:
    """What the criteria found: `9 invites (median customer: 4), 5 people (at least 3)`."""
    return ", ".join(_in_brief(test) for test in tests)


def _in_brief(test: TestResult) -> str:
    name, asked = readable(test.name), _asked(test)
    if test.value is None:
        return f"{name} unknown ({asked})"
    if isinstance(test.value, int | float) and not isinf(test.value):
        return f"{plain(test.value)} {name} ({asked})"
    return f"{name} {plain(test.value)} ({asked})"


def _asked(test: TestResult) -> str:
    if test.threshold is None:
        return "too few customers to compare with"
    wanted = plain(test.threshold)
    if test.threshold_text == wanted:
        return f"{COMPARISONS[test.comparison]} {wanted}"
    return f"{test.threshold_text.replace('customer p50', 'median customer')}: {wanted}"


def explain_departure(definition: str, reason: str, basis: Basis) -> dict[str, Any]:
    """Why an account that a definition spoke of has no result any more."""
    return {
        "definition": definition,
        "definition_version": basis.definition_version,
        "benchmark_version": basis.benchmarks.version_id,
        "as_of": basis.as_of.isoformat(),
        "motion": None,
        "sentence": f"Not judged by {definition.replace('_', ' ')} any more: {reason}.",
    }


def explain_failure(definition: str, error: Exception, basis: Basis) -> dict[str, Any]:
    """Why a definition could not judge an account: everything is unknown, nothing was guessed."""
    reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
    sentence = f"{OPENINGS[Motion.UNKNOWN]}: it could not be evaluated ({reason})."
    return {
        "definition": definition,
        "definition_version": basis.definition_version,
        "benchmark_version": basis.benchmarks.version_id,
        "as_of": basis.as_of.isoformat(),
        "trial_day": None,
        "pql": State.UNKNOWN.value,
        "usage_score": None,
        "score": {"parts": [], "coverage": 0.0},
        "criteria": [],
        "potential": {"level": "unknown", "possible": [], "tests": []},
        "motion": {"motion": Motion.UNKNOWN.value, "tests": [], "sentence": sentence},
        "next": {"motion": None, "missing": []},
        "sentence": sentence,
    }


def _motion_sentence(decision: Decision) -> str:
    following, missing = decision.routing.following, decision.missing
    if following is None or not missing:
        return "Nothing is missing: this is the highest motion."
    name = following.value.replace("_", " ")
    if decision.routing.motion is Motion.UNKNOWN:
        return f"Whether it is {name} depends on what is not known: {'; '.join(missing)}."
    return f"Missing to {name}: {'; '.join(missing)}."


def _part(
    part: Part, day: int | None, metrics: Mapping[str, float], benchmarks: Benchmarks
) -> dict[str, Any]:
    value = known_value(metrics, part.metric)
    return {
        "metric": part.metric,
        "points": part.points,
        "of": part.of,
        "value": "never" if value is not None and isinf(value) else value,
        "position": None if part.position is None else round(part.position, 4),
        "benchmark": _benchmark(part.metric, day, benchmarks),
    }


def _benchmark(metric: str, day: int | None, benchmarks: Benchmarks) -> dict[str, Any] | None:
    row = benchmarks.row(metric, LATER_CUSTOMERS, day)
    if row is None or day is None:
        return None
    compared = min(day, benchmarks.last_day(metric, LATER_CUSTOMERS))
    return {"day": compared, **{name: getattr(row, name) for name in FIGURES}}
