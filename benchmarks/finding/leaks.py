"""`python -m benchmarks.finding.leaks [RUNS]`: are leaks set aside, and honest columns kept?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import NormalDist

import numpy as np
import pandas as pd

from pql.finder.columns import Times, ValueTable
from pql.finder.file_columns import FileColumns, read_columns
from pql.finder.preparing import Prepared, Task, prepare
from pql.statistics.arrays import Flags, Floats
from pql.statistics.intervals import wilson

RUNS = 300
FEWEST_ROWS, MOST_ROWS = 500, 3_000
RATES = (0.1, 0.4)
LEAK_AREAS, HONEST_AREAS = (0.75, 0.90), (0.70, 0.80)
ABOVE = 0.1
"""How far a leak is above every honest column, at least."""
MOST_HONEST = 8
DAYS = 240
MOST_COLUMNS = 1_000
Question = Callable[[np.random.Generator], bool]


def leak_alone(generator: np.random.Generator) -> bool:
    """Whether a leak that is the only column is set aside."""
    outcome = _outcome(generator)
    return "leak" in set_aside({"leak": _column(outcome, generator, *LEAK_AREAS)}, outcome)


def leak_among_honest(generator: np.random.Generator) -> bool:
    """Whether a leak is set aside where the best honest column is just 0.1 below."""
    outcome = _outcome(generator)
    area = float(generator.uniform(*LEAK_AREAS))
    columns = _honest(outcome, generator, area - ABOVE)
    columns["leak"] = _column(outcome, generator, area, area)
    return "leak" in set_aside(columns, outcome)


def two_leaks(generator: np.random.Generator) -> bool:
    """Whether two leaks are set aside that are both at least 0.1 above every honest column."""
    outcome = _outcome(generator)
    area = float(generator.uniform(*LEAK_AREAS))
    columns = _honest(outcome, generator, area - ABOVE)
    columns["leak"] = _column(outcome, generator, area, area)
    columns["other"] = _column(outcome, generator, area, LEAK_AREAS[1])
    return {"leak", "other"} <= set_aside(columns, outcome)


def strong_honest_is_kept(generator: np.random.Generator) -> bool:
    """Whether a strong column that is known from the start is searched, a leak beside it or not."""
    outcome = _outcome(generator)
    columns = _honest(outcome, generator, 0.65)
    columns["honest"] = _column(outcome, generator, *HONEST_AREAS)
    if generator.random() < 0.5:
        columns["leak"] = _column(outcome, generator, 0.9, 0.9)
    return "honest" not in set_aside(columns, outcome, known_at_start=["honest"])


def leak_beside_strong_honest(generator: np.random.Generator) -> bool:
    """Whether a leak is set aside where a strong column is known from the start."""
    outcome = _outcome(generator)
    area = float(generator.uniform(*HONEST_AREAS))
    columns = _honest(outcome, generator, 0.65)
    columns["honest"] = _column(outcome, generator, area, area)
    columns["leak"] = _column(outcome, generator, area + ABOVE, LEAK_AREAS[1])
    found = set_aside(columns, outcome, known_at_start=["honest"])
    return "leak" in found and "honest" not in found


def only_for_one_outcome(generator: np.random.Generator) -> bool:
    """Whether columns of words, numbers and dates that are given for one outcome only are named."""
    outcome = _outcome(generator)
    of = outcome if generator.random() < 0.5 else ~outcome
    given = of & (generator.random(len(outcome)) < generator.uniform(0.05, 1))
    given[np.flatnonzero(of)[0]] = True
    number = generator.normal(size=len(outcome))
    words = generator.choice([f"rep {number}" for number in range(20)], len(outcome))
    columns = {
        "numbers": np.where(given, number, np.nan),
        "words": np.where(given, words, None),
        "dates": np.where(given, np.datetime_as_string(_began(outcome), "D"), None),
        **_honest(outcome, generator, 0.65),
    }
    told = _prepared(columns, outcome).not_searched
    named = {each.source for each in told if "is filled in only for" in each.sentence}
    return {"numbers", "words", "dates"} <= named


def nothing_is_asked(most: float, generator: np.random.Generator) -> bool:
    """Whether honest columns, the best with an area of `most`, raise no question."""
    outcome = _outcome(generator)
    return not set_aside(_honest(outcome, generator, most), outcome)


QUESTIONS: Mapping[str, Question] = {
    "a leak alone is set aside": leak_alone,
    "a leak 0.1 above the best honest column is set aside": leak_among_honest,
    "two leaks, both 0.1 above, are both set aside": two_leaks,
    "a strong honest column, known from the start, is kept": strong_honest_is_kept,
    "a leak 0.1 above such a column is set aside, and that is kept": leak_beside_strong_honest,
    "columns given for one outcome only are named": only_for_one_outcome,
    "honest columns up to 0.60: nothing is asked": partial(nothing_is_asked, 0.60),
    "honest columns up to 0.70: nothing is asked": partial(nothing_is_asked, 0.70),
}


def share(question: Question, runs: int = RUNS) -> float:
    """In which share of the runs it is so. Seeds are fixed."""
    return float(np.mean([question(np.random.default_rng(seed)) for seed in range(runs)]))


def set_aside(
    columns: Mapping[str, Floats], outcome: Flags, known_at_start: Sequence[str] = ()
) -> set[str]:
    """The columns that would not be searched."""
    found = _prepared(columns, outcome, known_at_start)
    return set(columns) - {column.source for column in found.earlier.table.columns}


def _prepared(
    columns: Mapping[str, object], outcome: Flags, known_at_start: Sequence[str] = ()
) -> Prepared:
    began = _began(outcome)
    rows = pd.DataFrame(columns)
    read: FileColumns = read_columns(rows, outcome, began, known_at_start, MOST_COLUMNS)
    table = ValueTable(read.columns, read.values, outcome, began, np.arange(len(outcome)))
    return prepare(
        table,
        Task(0.0, alarms=read.alarms, known_at_start=frozenset(known_at_start)),
    )


def _outcome(generator: np.random.Generator) -> Flags:
    rows = int(generator.integers(FEWEST_ROWS, MOST_ROWS + 1))
    outcome: Flags = generator.random(rows) < generator.uniform(*RATES)
    return outcome


def _began(outcome: Flags) -> Times:
    days = np.arange(len(outcome)) * DAYS // len(outcome)
    began: Times = np.datetime64("2026-01-01") + days.astype("timedelta64[D]")
    return began


def _honest(outcome: Flags, generator: np.random.Generator, most: float) -> dict[str, Floats]:
    """One to eight columns, the first as good as honest ones may be."""
    number = int(generator.integers(1, MOST_HONEST + 1))
    columns = {"x0": _column(outcome, generator, most, most)}
    columns |= {f"x{each}": _column(outcome, generator, 0.5, most) for each in range(1, number)}
    return columns


def _column(outcome: Flags, generator: np.random.Generator, low: float, high: float) -> Floats:
    """A column whose area lies between the two: amounts, whole numbers, or less being better."""
    area = float(generator.uniform(low, high))
    apart = NormalDist().inv_cdf(area) * np.sqrt(2)
    values = generator.normal(size=len(outcome)) + apart * outcome
    shape = generator.integers(3)
    if shape == 0:
        return -values
    amounts: Floats = np.exp(3 + values)
    return amounts if shape == 1 else np.floor(amounts)


def main() -> None:
    """Print the shares with their own intervals (Wilson), as runs are finite."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    for name, question in QUESTIONS.items():
        found = share(question, runs)
        interval = wilson(round(found * runs), runs)
        print(f"{name}: {found:.1%} of {runs} ({interval.low:.1%} to {interval.high:.1%})")


if __name__ == "__main__":
    main()
