"""The figures of a replayed definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS
from pql.benchmarks.segmenting import Labels
from pql.definitions.model import Motion
from pql.rules.states import MET
from segments.replay.capacity import as_yaml, find_cut_off, reaching
from segments.replay.comparing import Comparison
from segments.replay.looks import DAYS_A_WEEK, Looks, aware
from segments.replay.outcomes import (
    First,
    Outcomes,
    Picked,
    count_by_week,
    count_picked,
    first_looks,
)
from segments.replay.question import Question

UNKNOWN = "unknown"
NO_SCORES = (
    f"no usage score was known in this time: a score tells how an account compares with customers, "
    f"and until {MINIMUM_ACCOUNTS} are there it is unknown"
)
TOO_MANY = "more accounts than that reach even the highest usage score"
SCORE_STEPS = range(10, 101, 10)


@dataclass(frozen=True, slots=True)
class Week:
    """Accounts that qualified, or got a motion, for the first time in a week."""

    begins: datetime
    qualified: int
    high_touch: int
    low_touch: int


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """The figures of some of the accounts: those of a plan, say, or of a potential."""

    by: str
    value: str
    figures: Picked


@dataclass(frozen=True, slots=True)
class Figures:
    """What one file's definition would have done."""

    whole: Picked
    weeks: tuple[Week, ...]
    segments: tuple[SegmentFigures, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """The usage score that fills a capacity. `cut_off` is `None` where there is none: `reason` says
    why.

    `per_week` are the accounts that reach it in each week; `yaml` is how the file says it.
    """

    accounts_per_week: int
    cut_off: int | None
    figures: Picked | None
    per_week: tuple[int, ...]
    yaml: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreStep:
    """What a bar at this usage score would have picked: precision against volume."""

    at_least: int
    figures: Picked


@dataclass(frozen=True, slots=True)
class Report:
    """A definition of the planned file and what it did.

    `beside` is the definition in force that it is compared with: the one of its name, or else the
    one that leads; `None` where none is in force.
    """

    definition: str
    within_days: int
    beside: str | None
    planned: Figures
    in_force: Figures | None
    changes: Comparison
    bar: Bar | None
    steps: tuple[ScoreStep, ...]


def figures_of(trail: pd.DataFrame, labels: Labels, outcomes: Outcomes, looks: Looks) -> Figures:
    """Count what the decisions of a trail came to.

    Args:
        labels: the segment of each account today, a column for each kind. How large accounts can
            become is told apart beside them, as it was seen last.
    """
    first = first_looks(trail, trail["pql"] == MET)
    seen_last = trail.drop_duplicates("account_id", keep="last").set_index("account_id")
    kinds = labels.reindex(seen_last.index).assign(potential=seen_last["potential"])
    return Figures(
        whole=count_picked(first, seen_last.index, outcomes, looks),
        weeks=tuple(_weeks(trail, first, looks)),
        segments=tuple(
            SegmentFigures(str(by), str(value), count_picked(first, group.index, outcomes, looks))
            for by in kinds.columns
            for value, group in kinds.groupby(kinds[by].astype(object).fillna(UNKNOWN))
        ),
    )


def bar_for(
    trail: pd.DataFrame, question: Question, outcomes: Outcomes, looks: Looks
) -> Bar | None:
    """The bar that fills the capacity asked about, with what it would have come to."""
    capacity = question.capacity
    if capacity is None:
        return None
    if not trail["score"].notna().any():
        return Bar(capacity.accounts, None, None, (), None, NO_SCORES)
    cut_off = find_cut_off(trail, capacity, looks)
    if cut_off is None:
        return Bar(capacity.accounts, None, None, (), None, TOO_MANY)
    first = reaching(trail, cut_off)
    accounts = pd.Index(trail["account_id"].unique())
    return Bar(
        accounts_per_week=capacity.accounts,
        cut_off=cut_off,
        figures=count_picked(first, accounts, outcomes, looks),
        per_week=tuple(count_by_week(first, looks)),
        yaml=as_yaml(question.file, cut_off),
    )


def score_steps(trail: pd.DataFrame, outcomes: Outcomes, looks: Looks) -> tuple[ScoreStep, ...]:
    """What each tenth score would have come to as the bar."""
    accounts = pd.Index(trail["account_id"].unique())
    return tuple(
        ScoreStep(score, count_picked(reaching(trail, score), accounts, outcomes, looks))
        for score in SCORE_STEPS
    )


def _weeks(trail: pd.DataFrame, first: First, looks: Looks) -> Sequence[Week]:
    motions = (Motion.HIGH_TOUCH, Motion.LOW_TOUCH)
    routed = [first_looks(trail, trail["motion"] == motion.value) for motion in motions]
    columns = [count_by_week(each, looks) for each in (first, *routed)]
    begins = [aware(looks.at(week * DAYS_A_WEEK)) for week in range(looks.weeks)]
    return [Week(begin, *counts) for begin, *counts in zip(begins, *columns, strict=True)]
