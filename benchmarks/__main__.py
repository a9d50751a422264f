"""`python -m benchmarks`: measure, print it and write `results.json`.

Without names, everything that takes less than a few minutes; `--long` adds the rest. Names measure
only those, and leave the other results as they are.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.crash import measure_crash
from benchmarks.evaluating.exporting import measure_accounts_csv
from benchmarks.evaluating.speed import measure_rescores
from benchmarks.finding.speed import measure_search
from benchmarks.freshness import measure_freshness
from benchmarks.fuzz import measure_fuzz
from benchmarks.hostile.__main__ import measure_hostile, measure_hostile_flood
from benchmarks.importing.speed import measure_import_export
from benchmarks.intake import speed as intake
from benchmarks.intake.sustained import measure_sustained
from benchmarks.loading import speed as loading
from benchmarks.loading.memory import measure_memory
from benchmarks.replaying import measure_replay
from benchmarks.results import Result, write

Measure = Callable[[Path], Result | Sequence[Result]]

MEASUREMENTS: Mapping[str, Measure] = {
    "freshness_p99": measure_freshness,
    "intake_batch100": intake.measure_batch100,
    "intake_single": intake.measure_single,
    "intake_vs_orm_batch100": intake.measure_batch100_against_orm,
    "intake_vs_orm_single": intake.measure_single_against_orm,
    "loader": loading.measure_loader,
    "loader_linear": loading.measure_linear,
}
LONG: Mapping[str, Measure] = {
    "accounts_csv": measure_accounts_csv,
    "crash": measure_crash,
    "fuzz": measure_fuzz,
    "finder_search": measure_search,
    "hostile": measure_hostile,
    "hostile_flood": measure_hostile_flood,
    "import_export": measure_import_export,
    "loader_20m": loading.measure_filled,
    "memory_20m": measure_memory,
    "rescore_full": measure_rescores,
    "replay_12_weeks": measure_replay,
    "sustained_vs_orm": measure_sustained,
}
"""These take several minutes each, and some gigabytes of disk."""


def main() -> None:
    """Give each measurement an empty folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join({**MEASUREMENTS, **LONG})
    )
    parser.add_argument("--long", action="store_true", help=f"also {', '.join(LONG)}")
    chosen = parser.parse_args()
    known = {**MEASUREMENTS, **LONG}
    if unknown := set(chosen.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    for name in chosen.names or (known if chosen.long else MEASUREMENTS):
        with tempfile.TemporaryDirectory() as folder:
            measured = known[name](Path(folder))
        results = [measured] if isinstance(measured, Result) else measured
        for result in results:
            ratio = f"{result.ratio:g} of the baseline"
            print(f"{result.name}: {result.value:g} {result.unit} ({ratio})")
        write(results)


if __name__ == "__main__":
    main()
