"""The document that says why a result is what it is: the same for the same decision, always."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import isnan
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pql.benchmarks.comparing import LATER_CUSTOMERS, Benchmarks
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS
from pql.definitions.model import Motion, State
from pql.faults import summary
from pql.rules import Answers
from pql.rules.questions import about_dated_numbers
from pql.rules.states import STATES
from segments.deciding import Decisions
from segments.lacking import Lacking, find_lacking
from segments.missing import in_words, key_of
from segments.motions import NONE
from segments.pieces import Document, PartPieces, TestPiece, TestPieces
from segments.potential import level_of, levels_of
from segments.reasons import reasons_of

OPENINGS = {
    Motion.HIGH_TOUCH: "For a salesperson",
    Motion.LOW_TOUCH: "For automation and a person",
    Motion.NO_TOUCH: "For automation",
    Motion.UNKNOWN: "Not decided yet",
}
BY_PROVISIONAL_RULES = ", by provisional rules"
UNTIL_THEN = f" Provisional until {MINIMUM_ACCOUNTS} customers are there to compare with."
LONGEST_REASON = 300  # characters: an error may quote what it choked on
Piece = TypeVar("Piece")
QUALIFIED = {
    State.MET: "Product-qualified",
    State.NOT_MET: "Not product-qualified",
    State.UNKNOWN: "Qualification unknown",
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What results rest on besides the account: the versions by which they are worked out."""

    definition_version: int
    benchmarks: Benchmarks


class Found(NamedTuple):
    """What was decided of one account, out of the columns, and the pieces that tell it.

    `trial_day` may be `NO_DAY`, `score` NaN.
    """

    as_of: datetime
    trial_day: int
    pql: int
    score: float
    coverage: float
    possible: int
    motion: int
    following: int
    parts: Sequence[Document]
    criteria: Sequence[TestPiece]
    potential: Sequence[TestPiece]
    routing: Sequence[TestPiece]
    missing: list[str]
    reasons: str


def explain(decisions: Decisions, basis: Basis, moments: Sequence[datetime]) -> list[Document]:
    """The explanation of each decision, made as of its moment.

    "never" stands for an infinite value, and `score.parts[].benchmark.day` is the day compared
    with: the trial's, or the last day that the metric's benchmark has.
    """
    return [_explain(found, decisions, basis) for found in _find(decisions, basis, moments)]


def explain_in_a_sentence(decisions: Decisions) -> list[Document]:
    """Of the explanation of each decision only its `sentence`, and whether it is `provisional`.

    That is all that a list shows.
    """
    columns = (
        decisions.subjects.trial_days,
        decisions.criteria.states,
        decisions.scores.scores,
        decisions.potential.possible,
        decisions.routing.motions,
    )
    names, is_provisional = decisions.routing.names, decisions.is_provisional
    rows = zip(*(column.tolist() for column in columns), reasons_of(decisions), strict=True)
    return [
        {
            "provisional": is_provisional,
            "sentence": _first_sentence(
                day, state, _score(score), possible, names[motion], why, is_provisional
            ),
        }
        for day, state, score, possible, motion, why in rows
    ]


def _find(decided: Decisions, basis: Basis, moments: Sequence[datetime]) -> Iterator[Found]:
    potential, routing = decided.potential.tried, decided.routing.tried
    tests = [*decided.criteria.tests, *potential.tests, *routing.tests]
    lacking = find_lacking(decided.file, decided.definition, decided.routing, tests)
    pieces = {key: TestPieces(each).by_account() for key, each in lacking.answers.items()}
    parts = [_parts(number, decided, basis).by_account() for number in range(decided.parts)]
    columns = (
        decided.subjects.trial_days,
        decided.criteria.states,
        decided.scores.scores,
        decided.scores.coverage,
        decided.potential.possible,
        decided.routing.motions,
        decided.routing.following,
    )
    size = len(moments)
    return map(
        Found,
        moments,
        *(column.tolist() for column in columns),
        _by_account(parts, size),
        _by_account(_of(decided.criteria.tests, pieces), size),
        _as_many(_by_account(_of(potential.tests, pieces), size), potential.test_counts),
        _as_many(_by_account(_of(routing.tests, pieces), size), routing.test_counts),
        _missing(lacking, pieces),
        reasons_of(decided),
    )


def _missing(lacking: Lacking, pieces: Mapping[str, list[TestPiece]]) -> Iterator[list[str]]:
    for place, kind in enumerate(lacking.kinds.tolist()):
        told = partial(_sentence, pieces, place)
        yield list(dict.fromkeys(in_words(lack, told) for lack in lacking.lacks[kind]))


def _explain(found: Found, decisions: Decisions, basis: Basis) -> Document:
    names = decisions.routing.names
    motion = names[found.motion]
    following = None if found.following == NONE else names[found.following]
    level = level_of(found.possible)
    score = _score(found.score)
    return {
        "definition": decisions.definition.name,
        "definition_version": basis.definition_version,
        "benchmark_version": basis.benchmarks.version_id,
        "as_of": found.as_of.isoformat(),
        "trial_day": found.trial_day or None,
        "provisional": decisions.is_provisional,
        "pql": STATES[found.pql].value,
        "usage_score": score,
        "score": {"parts": list(found.parts), "coverage": round(found.coverage, 4)},
        "criteria": [piece.document for piece in found.criteria],
        "potential": {
            "level": level,
            "possible": levels_of(found.possible),
            "tests": [piece.document for piece in found.potential],
        },
        "motion": {
            "motion": motion.value,
            "tests": [piece.document for piece in found.routing],
            "sentence": _motion_sentence(motion, following, found.missing),
        },
        "next": {"motion": following and following.value, "missing": found.missing},
        "sentence": _first_sentence(
            found.trial_day,
            found.pql,
            score,
            found.possible,
            motion,
            found.reasons,
            decisions.is_provisional,
        ),
    }


def explain_departure(definition: str, reason: str, basis: Basis, as_of: datetime) -> Document:
    """Why an account that a definition spoke of has no result any more."""
    return {
        "definition": definition,
        "definition_version": basis.definition_version,
        "benchmark_version": basis.benchmarks.version_id,
        "as_of": as_of.isoformat(),
        "motion": None,
        "sentence": f"Not judged by {definition.replace('_', ' ')} any more: {reason}.",
    }


def explain_failure(definition: str, error: Exception, basis: Basis, as_of: datetime) -> Document:
    """Why a definition could not judge an account: everything is unknown, nothing was guessed."""
    reason = summary(error)[:LONGEST_REASON]
    sentence = f"{OPENINGS[Motion.UNKNOWN]}: it could not be evaluated ({reason})."
    return {
        "definition": definition,
        "definition_version": basis.definition_version,
        "benchmark_version": basis.benchmarks.version_id,
        "as_of": as_of.isoformat(),
        "trial_day": None,
        "provisional": False,
        "pql": State.UNKNOWN.value,
        "usage_score": None,
        "score": {"parts": [], "coverage": 0.0},
        "criteria": [],
        "potential": {"level": "unknown", "possible": [], "tests": []},
        "motion": {"motion": Motion.UNKNOWN.value, "tests": [], "sentence": sentence},
        "next": {"motion": None, "missing": []},
        "sentence": sentence,
    }


def _score(score: float) -> int | None:
    return None if isnan(score) else int(score)


def _first_sentence(  # noqa: PLR0917 - what was decided of an account
    trial_day: int,
    pql: int,
    score: int | None,
    possible: int,
    motion: Motion,
    reasons: str,
    is_provisional: bool,
) -> str:
    """What a person can read aloud: what to do, what the account did, and what follows from it."""
    opening = OPENINGS[motion] + (BY_PROVISIONAL_RULES if is_provisional else "")
    when = f" on day {trial_day} of the trial" if trial_day else ""
    potential = f"{level_of(possible)} potential"
    is_routed = motion is not Motion.UNKNOWN
    if is_provisional and is_routed and score is None and STATES[pql] is State.UNKNOWN:
        return f"{opening}: {reasons}. {potential.capitalize()}{when}.{UNTIL_THEN}"
    usage = "usage score unknown" if score is None else f"usage score {score} of 100"
    conclusion = f"{QUALIFIED[STATES[pql]]}{when}, {usage}, {potential}."
    return f"{opening}: {reasons}. {conclusion}{UNTIL_THEN if is_provisional else ''}"


def _motion_sentence(motion: Motion, following: Motion | None, missing: Sequence[str]) -> str:
    if following is None or not missing:
        return "Nothing is missing: this is the highest motion."
    name = following.value.replace("_", " ")
    if motion is Motion.UNKNOWN:
        return f"Whether it is {name} depends on what is not known: {'; '.join(missing)}."
    return f"Missing to {name}: {'; '.join(missing)}."


def _parts(number: int, decisions: Decisions, basis: Basis) -> PartPieces:
    scores, subjects = decisions.scores, decisions.subjects
    metric = scores.metrics[number]
    # A later day than the last one compared is explained by that one.
    last_day = basis.benchmarks.last_day(metric, LATER_CUSTOMERS)
    compared = np.minimum(subjects.trial_days, last_day)
    questions = about_dated_numbers(subjects.metrics[metric], compared)
    return PartPieces(
        metric=metric,
        questions=questions,
        days=np.asarray(questions.days),
        positions=scores.positions[number],
        points=scores.points[number],
        possible=scores.possible[number],
        benchmarks=basis.benchmarks,
    )


def _sentence(pieces: Mapping[str, list[TestPiece]], place: int, key: str) -> str:
    return pieces[key][place].sentence


def _of(tests: Sequence[Answers], pieces: Mapping[str, list[TestPiece]]) -> list[list[TestPiece]]:
    return [pieces[key_of(each.test)] for each in tests]


def _by_account(columns: Sequence[Sequence[Piece]], size: int) -> Iterator[tuple[Piece, ...]]:
    return zip(*columns, strict=True) if columns else iter([()] * size)


def _as_many(
    rows: Iterator[tuple[Piece, ...]], counts: npt.NDArray[np.int64]
) -> Iterator[tuple[Piece, ...]]:
    """The first so many of each row."""
    return (row[:count] for row, count in zip(rows, counts.tolist(), strict=True))
