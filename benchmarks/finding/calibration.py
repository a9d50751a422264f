"""`python -m benchmarks.finding.calibration [RUNS]`: is the finder right as often as it says?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.finding.planted import GAP_DAYS, THRESHOLD, meets, plant, true_lift
from pql.finder.candidates import Candidate, Part
from pql.finder.chance import LEAST_RUNS
from pql.finder.columns import ValueTable
from pql.finder.confirming import SIGNIFICANT
from pql.finder.counting import Counts
from pql.finder.figures import figures, resample
from pql.finder.finding import Finding
from pql.finder.preparing import Task
from pql.finder.searching import search
from pql.statistics.intervals import Lift, wilson

RUNS = 300
NEAR = 0.1
"""A threshold within a tenth of the planted one counts as found."""
SINGLES = tuple(
    Candidate((Part(column, threshold, is_round=True),))
    for column, threshold in ((0, THRESHOLD), (1, 5.0), (2, 20.0))
)
FIRST_OF_NONE = 1_000_000
"""Seeds of the runs without an effect."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Shares of the runs.

    With an effect: `recovered` (the planted threshold, and nothing else, is recommended) and
    `best_covered` (the interval of the recommended one's lift has the true lift). `single_covered`
    is that of candidates that nobody chose. Without: `recommended_by_chance`, and `beat_chance`
    (the p-value of the best of all is at most 0.05).
    """

    runs: int
    recovered: float
    best_covered: float
    single_covered: tuple[float, ...]
    recommended_by_chance: float
    beat_chance: float


def calibrate(runs: int = RUNS, permutations: int = LEAST_RUNS) -> Calibration:
    """Search simulated data so often, with the planted effect and without any.

    A p-value from fewer `permutations` is coarser, but as often 5 % or less where nothing is there.
    """
    found = [_search(seed, permutations, has_effect=True) for seed in range(runs)]
    chosen = [finding.recommended for finding in found if finding.recommended is not None]
    nothing = [
        _search(FIRST_OF_NONE + seed, permutations, has_effect=False) for seed in range(runs)
    ]
    covered = [_covers(best.later.lift, true_lift(best.candidate)) for best in chosen if best.later]
    return Calibration(
        runs=runs,
        recovered=sum(is_recovered(best.candidate) for best in chosen) / runs,
        best_covered=float(np.mean(covered)),
        single_covered=_singles_covered(),
        recommended_by_chance=float(np.mean([each.recommended is not None for each in nothing])),
        beat_chance=float(np.mean([beats_chance(each) for each in nothing])),
    )


def is_recovered(candidate: Candidate) -> bool:
    """Whether it is the planted condition, within a tenth."""
    first, *others = candidate.parts
    return not others and first.column == 0 and abs(first.threshold / THRESHOLD - 1) <= NEAR


def beats_chance(finding: Finding) -> bool:
    """Whether any candidate is better than the best of all by chance."""
    return any(judged.p_value <= SIGNIFICANT for judged in finding.listed)


def _search(seed: int, permutations: int, *, has_effect: bool) -> Finding:
    table, _ = plant(seed, has_effect=has_effect)
    return search(table, Task(GAP_DAYS, seed, permutations))


def _singles_covered() -> tuple[float, ...]:
    """Cheap, so always of as many runs."""
    tables = [plant(seed)[0] for seed in range(RUNS)]
    return tuple(
        float(
            np.mean(
                [
                    _covers(_lift_of(candidate, table, seed), true_lift(candidate))
                    for seed, table in enumerate(tables)
                ]
            )
        )
        for candidate in SINGLES
    )


def _lift_of(candidate: Candidate, table: ValueTable, seed: int) -> Lift:
    met = meets(table, candidate)
    four: Sequence[int] = (
        len(table),
        int(table.outcome.sum()),
        int(met.sum()),
        int((met & table.outcome).sum()),
    )
    counts = Counts(*(np.array([number]) for number in four))
    resampled = resample(counts, 1.0, np.random.default_rng(seed))
    return figures(counts, resampled, 1.0, len(table), 0).lift


def _covers(lift: Lift, truth: float) -> bool:
    return lift.low is not None and lift.high is not None and lift.low <= truth <= lift.high


def main() -> None:
    """Print the shares with their own intervals (Wilson), as runs are finite."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    shown = calibrate(runs)
    singles = {
        f"interval of single candidate {number} has the truth": (share, RUNS)
        for number, share in enumerate(shown.single_covered, start=1)
    }
    rows = {
        "planted threshold recovered": (shown.recovered, runs),
        "interval of the recommended one has the truth": (shown.best_covered, runs),
        **singles,
        "without an effect: something recommended": (shown.recommended_by_chance, runs),
        "without an effect: something beats chance": (shown.beat_chance, runs),
    }
    for name, (share, of) in rows.items():
        interval = wilson(round(share * of), of)
        print(f"{name}: {share:.1%} of {of} ({interval.low:.1%} to {interval.high:.1%})")


if __name__ == "__main__":
    main()
