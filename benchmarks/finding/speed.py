"""How long a full search takes, against a plain loop with pandas over its candidates."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.finding.stores import NOW, simulated_trials
from benchmarks.loading.stores import Stores
from benchmarks.results import Result
from benchmarks.service import ServiceFailed
from pql.finder.chance import LEAST_RUNS
from pql.finder.columns import ValueTable, weeks_since_first
from pql.finder.figures import DRAWS
from pql.finder.preparing import prepare
from pql.finder.running import Request, read_workspace
from pql.finder.searching import search

REQUEST = Request(days=14, within=30, windows=(1, 3, 7, 14))
LEAST_CANDIDATES = 5_000
LOOPED = 10
"""Candidates that the plain loop is measured on; it takes as long for each."""
LOOPED_RUNS = 20
"""Permutations and resamples that it is measured on."""


def measure_search(folder: Path) -> Result:
    """Reading 20 million events and searching 100,000 accounts, against the loop alone.

    The loop has the values already, and looks at single thresholds only; its time for ten
    candidates with twenty permutations and resamples each is extrapolated to all of them, with 500
    permutations and 1,000 resamples as the search has.
    """
    with simulated_trials(folder / "stores") as stores:
        seconds, table, tried = _search(stores)
    each = _plain_loop(table)
    print(f"  the plain loop takes {each:.2f} s for each of {tried:,} candidates")
    return Result("finder_search", round(seconds, 1), "s", round(each * tried, 1))


def _search(stores: Stores) -> tuple[float, ValueTable, int]:
    started = time.perf_counter()
    table, task = read_workspace(
        stores.state, stores.events, stores.workspace_id, REQUEST, progress=None, now=NOW
    )
    read = time.perf_counter()
    finding = search(table, task)
    done = time.perf_counter()
    print(
        f"  {len(table):,} accounts, {len(table.columns)} metrics, {finding.tried:,} candidates, "
        f"{finding.runs} permutations: events read in {read - started:.1f} s, searched in "
        f"{done - read:.1f} s"
    )
    if finding.tried < LEAST_CANDIDATES or finding.runs < LEAST_RUNS:
        raise ServiceFailed(f"only {finding.tried:,} candidates, {finding.runs} permutations")
    searched = prepare(table, task).earlier.table
    return done - started, searched, finding.tried


def _plain_loop(table: ValueTable) -> float:
    """Seconds for one candidate."""
    frame = pd.DataFrame(table.values)
    frame["outcome"] = table.outcome
    frame["week"] = weeks_since_first(table.started_at, len(table))
    generator = np.random.default_rng(1)
    met = frame[0] >= 0
    started = time.perf_counter()
    for number in range(LOOPED):
        met = frame[number] >= frame[number].median()
        pd.crosstab(met, frame["outcome"])
    counted = (time.perf_counter() - started) / LOOPED
    started = time.perf_counter()
    for _ in range(LOOPED_RUNS):
        shuffled = frame.groupby("week")["outcome"].transform(generator.permutation)
        pd.crosstab(met, shuffled)
    permuted = (time.perf_counter() - started) / LOOPED_RUNS
    started = time.perf_counter()
    for seed in range(LOOPED_RUNS):
        drawn = frame[["outcome"]].assign(met=met).sample(frac=1, replace=True, random_state=seed)
        pd.crosstab(drawn["met"], drawn["outcome"])
    resampled = (time.perf_counter() - started) / LOOPED_RUNS
    return counted + LEAST_RUNS * permuted + DRAWS * resampled
