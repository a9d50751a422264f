"""`python -m benchmarks.hostile --minutes 30 --database postgresql --seed 7`

One workspace sends honest events; others flood, send bombs, hold connections, put huge definition
files in force and ask for all there is. Then processes are killed as well. Printed is what the
honest one had to wait, what memory was used, what was answered and what is left. With `--write`
the figures go into `results.json`. The exit code is 1 where an event is missing or there twice, or
an answer was 5xx without a reason.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.crash import POSTGRESQL, SQLITE
from benchmarks.hostile.outcome import Outcome, flood_results, results
from benchmarks.hostile.running import Plan, run
from benchmarks.results import Result, write

BOTH = "both"
MEMORY = 4 * 1024**3
"""Bytes of address space that we may have ourselves."""
MINUTES = 30.0
FLOOD_MINUTES = 4.0


def measure_hostile(folder: Path) -> Sequence[Result]:
    """The hostile mix for 30 minutes on each database."""
    return results([_measured(folder, Plan(MINUTES, each, 1)) for each in (SQLITE, POSTGRESQL)])


def measure_hostile_flood(folder: Path) -> Sequence[Result]:
    """One key that floods with the largest requests that are let in, and nothing else."""
    return flood_results(_measured(folder, Plan(FLOOD_MINUTES, SQLITE, 1, kills=0, is_flood=True)))


def _measured(folder: Path, plan: Plan) -> Outcome:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"  {plan.database} {time.monotonic() - began:5.0f} s: {text}", flush=True)

    outcome = run(folder / plan.database, plan, say)
    print(outcome, flush=True)
    return outcome


def main() -> None:
    """Do it, say what came of it, and leave nothing behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL, BOTH), default=SQLITE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=4, help="processes killed in the end")
    parser.add_argument("--settle", type=float, default=900.0, help="seconds for what waits")
    parser.add_argument("--flood", action="store_true", help="one key that floods, nothing else")
    parser.add_argument("--write", action="store_true", help="keep the figures in results.json")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    databases = (SQLITE, POSTGRESQL) if asked.database == BOTH else (asked.database,)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [
            _measured(
                Path(folder),
                Plan(asked.minutes, each, asked.seed, asked.kills, asked.settle, asked.flood),
            )
            for each in databases
        ]
    measured = flood_results(outcomes[-1]) if asked.flood else results(outcomes)
    for result in measured:
        print(f"{result.name}: {result.value:g} {result.unit} ({result.ratio:g} of the baseline)")
    if asked.write:
        write(measured)
    raise SystemExit(0 if all(each.is_exact for each in outcomes) else 1)


if __name__ == "__main__":
    main()
