"""How long it takes to judge all of 100,000 accounts with 20 million events, and 1,000 of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.evaluating.by_hand import query_by_hand
from benchmarks.evaluating.year import ACCOUNTS, EVENTS, fill_a_year
from benchmarks.loading.stores import Stores, empty_stores, opened_stores, put_in_force
from benchmarks.results import Result
from benchmarks.service import ServiceFailed
from pql.benchmarks.refreshing import refresh
from pql.changes import ACCOUNT, mark_changed, mark_everything_changed, set_aside
from pql.definitions import versions
from pql.definitions.reading import read_definitions
from pql.events.schema import ARROW_SCHEMA, ATTRIBUTION_SCHEMA
from pql.events.store import Batch
from pql.metrics.measuring import measure
from pql.state.models import Standing
from pql.trials import naive, read_trials
from segments.evaluation import evaluate_backlog, evaluate_changed
from usage_ingest.loading.batches import earliest

DEFINITIONS = (Path(__file__).parent / "definitions.yaml").read_text(encoding="utf-8")
ROUNDS = 3
FEW = 1_000
TIMES = 7
"""How often in a round some accounts are evaluated: it takes so short that one neighbour on the
machine would decide the figure."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """What one round took: by hand, everything new, nothing new, and a few accounts."""

    by_hand: float
    full: float
    unchanged: float
    changed: float


def measure_rescores(folder: Path) -> list[Result]:
    """Full re-scores against the query by hand, and 1,000 accounts against a full re-score.

    `rescore_full`: other definitions are in force, so that every result is new and written with
    what it rests on. `rescore_unchanged`: all is measured and compared, and nothing has changed.
    `rescore_changed`: 1,000 accounts, of which each did something; the median of several times.
    """
    rounds = list(rescore_a_year(folder / "year", ACCOUNTS, EVENTS, FEW))
    by_hand = round(median(each.by_hand for each in rounds), 2)
    full = round(median(each.full for each in rounds), 2)
    unchanged = round(median(each.unchanged for each in rounds), 2)
    changed = round(median(each.changed for each in rounds), 2)
    return [
        Result("rescore_full", full, "s", by_hand),
        Result("rescore_unchanged", unchanged, "s", by_hand),
        Result("rescore_changed", changed, "s", full),
    ]


def rescore_a_year(folder: Path, accounts: int, events: int, few: int) -> Iterator[Seconds]:
    """Rounds on one store, in which the query by hand and the re-scores take turns."""
    now = datetime.now(UTC)
    with empty_stores(folder) as stores:
        workspace_id = stores.workspace_id
    with opened_stores(folder, workspace_id) as stores:
        stores.events.close()
        fill_a_year(folder, stores.state, workspace_id, now, accounts=accounts, events=events)
        moments = _moments(stores, now)
    for number in range(ROUNDS):
        started = time.perf_counter()
        found = query_by_hand(folder / "events.duckdb", workspace_id, moments)
        by_hand = time.perf_counter() - started
        with opened_stores(folder, workspace_id) as stores:
            _check_same(stores, moments, found)
            seconds = Seconds(by_hand, *_rescores(stores, now, number, few))
        print(f"  {seconds}")
        yield seconds


def _rescores(stores: Stores, now: datetime, number: int, few: int) -> tuple[float, float, float]:
    begin_round(stores, f"{DEFINITIONS}# version {number}\n", now)
    full = _seconds(lambda: rescore(stores, now))
    _check_written(stores)
    unchanged = _seconds(lambda: rescore(stores, now))
    changed = median(
        _evaluate_some(stores, few, number * TIMES + time_of_round, now)
        for time_of_round in range(TIMES)
    )
    return full, unchanged, changed


def _evaluate_some(stores: Stores, few: int, number: int, now: datetime) -> float:
    came = _let_some_do_something(stores, few, number, now)
    with stores.state.writing() as session:
        mark_changed(session, stores.workspace_id, ACCOUNT, came, now, came)
    return _seconds(lambda: evaluate_changed(stores.state, stores.events, now, _unfenced))


def begin_round(stores: Stores, text: str, now: datetime) -> None:
    """Definitions and their benchmarks, which are not timed: they are a job of their own."""
    put_in_force(stores, text, now)
    refresh(stores.state, stores.events, stores.workspace_id, now, _unfenced)


def rescore(stores: Stores, now: datetime) -> None:
    """What happens from the moment on at which everything is to be worked out again."""
    with stores.state.writing() as session:
        mark_everything_changed(session, stores.workspace_id, now)
        set_aside(session, many=0)
    while evaluate_backlog(stores.state, stores.events, now, _unfenced).accounts:
        pass


def _let_some_do_something(
    stores: Stores, few: int, number: int, now: datetime
) -> dict[int, datetime]:
    """One more message from so many accounts, anywhere among all; when it came, by account."""
    with stores.state.reading() as session:
        everybody = read_trials(session, stores.workspace_id)["account_id"].to_numpy()
    some: list[int] = np.random.default_rng(number).choice(everybody, few, replace=False).tolist()
    at = naive(now - timedelta(seconds=1)).to_pydatetime()
    rows = [
        {
            "workspace_id": stores.workspace_id,
            "account_id": account_id,
            "contact_id": account_id * 16,
            "original_contact_id": account_id * 16,
            "names_account": True,
            "source_id": 1,
            "kind": "track",
            "name": "message_sent",
            "occurred_at": at,
            "received_at": at,
            "clamped_from": None,
            "message_id": f"late-{number}-{account_id}",
            "properties": "{}",
            "filtered": False,
            "is_copy": False,
        }
        for account_id in some
    ]
    events = pa.Table.from_pylist(rows, schema=ARROW_SCHEMA)
    stores.events.append(Batch(number + 1, events, ATTRIBUTION_SCHEMA.empty_table()))
    return earliest(events)


def _moments(stores: Stores, now: datetime) -> pd.DataFrame:
    with stores.state.reading() as session:
        trials = read_trials(session, stores.workspace_id)
    moments = trials.assign(as_of=naive(now)).astype({"as_of": "datetime64[us]"})
    return moments.rename_axis("moment_id").reset_index()


def _check_same(stores: Stores, moments: pd.DataFrame, found: pd.DataFrame) -> None:
    """A query that computes something else would be no measure."""
    file = read_definitions(DEFINITIONS, "definitions.yaml")
    metrics = list(file.metrics.values())
    ours = measure(stores.events, stores.workspace_id, metrics, moments)
    ours = ours.set_index(moments["account_id"]).loc[found.index]
    theirs = found[ours.columns].fillna({"last_seen": np.inf}).astype("float64")
    pd.testing.assert_frame_equal(ours, theirs, check_names=False)


def _check_written(stores: Stores) -> None:
    with stores.state.reading() as session:
        version = versions.current(session, stores.workspace_id)
        by = Standing.definition_version_id == version.version_id
        written = session.scalar(select(func.count()).where(by)) or 0
        accounts = len(read_trials(session, stores.workspace_id))
    if written != accounts:
        raise ServiceFailed(f"{written} results of version {version.number}, not {accounts}")


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _unfenced(_session: Session) -> None:
    """Nobody else is there."""
