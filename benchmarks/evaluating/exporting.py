"""How long the file of 100,000 accounts takes, with the reason of each."""

from __future__ import annotations

import gc
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.evaluating.speed import DEFINITIONS, ROUNDS, begin_round, rescore
from benchmarks.evaluating.year import ACCOUNTS, fill_a_year
from benchmarks.loading.stores import Stores, empty_stores, opened_stores
from benchmarks.results import Result
from benchmarks.service import ServiceFailed
from pql.accounts.exporting import account_lines
from pql.accounts.querying import DEFAULT_SORT, AccountFilter
from segments.retelling import retell_in_a_sentence

EVENTS = 1_000_000
MOST_SECONDS = 5.0
MIB = 1024 * 1024


def measure_accounts_csv(folder: Path) -> Result:
    """Seconds from the request to the last row, against the five that it may take."""
    now = datetime.now(UTC)
    with empty_stores(folder / "year") as stores:
        workspace_id = stores.workspace_id
    with opened_stores(folder / "year", workspace_id) as stores:
        stores.events.close()
        fill_a_year(
            folder / "year", stores.state, workspace_id, now, accounts=ACCOUNTS, events=EVENTS
        )
    with opened_stores(folder / "year", workspace_id) as stores:
        begin_round(stores, DEFINITIONS, now)
        rescore(stores, now)
        gc.freeze()  # as `pql web` does
        seconds = [_export(stores, now) for _ in range(ROUNDS)]
        tracemalloc.start()
        _export(stores, now)
        print(f"  {seconds} s, at most {tracemalloc.get_traced_memory()[1] / MIB:.0f} MiB")
        tracemalloc.stop()
    return Result("accounts_csv", round(median(seconds), 2), "s", MOST_SECONDS)


def _export(stores: Stores, now: datetime) -> float:
    started = time.perf_counter()
    lines = account_lines(
        stores.state,
        stores.workspace_id,
        AccountFilter(),
        DEFAULT_SORT,
        now,
        retell_in_a_sentence,
    )
    rows = sum(text.count("\n") for text in lines) - 1
    if rows != ACCOUNTS:
        raise ServiceFailed(f"{rows} rows, not {ACCOUNTS}")
    return time.perf_counter() - started
