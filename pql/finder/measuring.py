"""What each unit of a population had done by the end of each window: the table to search.

The values are those of `pql.metrics.measuring.measure` for the same metrics; here all of them come
from a few passes over the events, however many metrics there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from pql.events.store import EventStore
from pql.finder.bucketing import UNITS, Pass
from pql.finder.chance import Progress
from pql.finder.questions import ACCOUNTS, Questions
from pql.statistics.arrays import Floats, Integers
from pql.trials import day_ends

UNITS_AT_ONCE = 25_000


def measure_units(
    store: EventStore,
    workspace_id: int,
    questions: Questions,
    units: pd.DataFrame,
    progress: Progress | None = None,
) -> Floats:
    """The value of each column of the questions for each unit, (units, columns).

    Args:
        units: `account_id`, `trial_started_at`, `as_of` (where windows are cut), and `contact_id`
            where contacts are the units. Naive UTC.
    """
    values = np.empty((len(units), sum(1 for _ in questions.columns())))
    for first in range(0, len(units), UNITS_AT_ONCE):
        some = units.iloc[first : first + UNITS_AT_ONCE].reset_index(drop=True)
        if progress:
            progress(first / len(units), "reading events")
        values[first : first + len(some)] = _measure_some(store, workspace_id, questions, some)
    return values


def _measure_some(
    store: EventStore, workspace_id: int, questions: Questions, units: pd.DataFrame
) -> Floats:
    upload = {UNITS: _upload(questions, units)}
    earliest, latest = units["trial_started_at"].min(), units["as_of"].max()
    size, windows = len(units), len(questions.windows)
    cubes = {
        kind: np.zeros((size, len(questions.names), windows))
        for kind in ("count", "distinct_contacts", "distinct_days")
    }
    properties = list(questions.summed)
    sums = np.zeros((2, size, len(questions.sums), windows))
    for of_any in (False, True):
        events = Pass(
            workspace_id, questions, earliest.to_pydatetime(), latest.to_pydatetime(), of_any
        )
        counts = store.frame(events.counts(), upload)
        places = _places(questions, counts)
        cubes["count"][places] = counts["number"]
        for number, (event, summed) in enumerate(() if of_any else questions.sums):
            own = (counts["name"] == event).to_numpy()
            at, column = (places[0][own], number, places[2][own]), properties.index(summed)
            sums[0][at] = counts.loc[own, f"sum_{column}"].fillna(0.0)
            sums[1][at] = counts.loc[own, f"numbers_{column}"]
        days = store.frame(events.days(), upload)
        cubes["distinct_days"][_places(questions, days)] = days["number"]
        if questions.unit == ACCOUNTS:
            people = store.frame(events.people(), upload)
            cubes["distinct_contacts"][_places(questions, people)] = people["number"]
    for cube in (*cubes.values(), sums):
        np.cumsum(cube, axis=-1, out=cube)
    return np.concatenate(list(_in_order(questions, cubes, sums)), axis=1)


def _in_order(questions: Questions, cubes: Mapping[str, Floats], sums: Floats) -> Iterator[Floats]:
    """The values (units, windows) of each event and aggregate, in the order of the columns."""
    for place, event in enumerate(questions.names):
        for aggregate in questions.aggregates(event):
            if aggregate.property is None:
                yield cubes[aggregate.kind][:, place]
                continue
            number = questions.sums.index((event, aggregate.property))
            total, numbers = sums[:, :, number]
            # Nothing happened: 0. Something did, but nowhere with a number: unknown.
            is_unknown = (cubes["count"][:, place] > 0) & (numbers == 0)
            yield np.where(is_unknown, np.nan, total)


def _places(questions: Questions, rows: pd.DataFrame) -> tuple[Integers, Integers, Integers]:
    """Where in a cube (units, names, windows) each row belongs."""
    last = len(questions.names) - 1  # any event
    name = pd.Index(questions.names).get_indexer(pd.Index(rows["name"])) if "name" in rows else last
    unit, bucket = (rows[each].to_numpy(np.int64) for each in ("unit_id", "bucket"))
    return unit, np.broadcast_to(np.asarray(name, dtype=np.int64), unit.shape), bucket


def _upload(questions: Questions, units: pd.DataFrame) -> pd.DataFrame:
    """The rows that `bucketing` joins: each unit, and where its windows end."""
    begin, as_of = units["trial_started_at"], units["as_of"]
    columns: dict[str, object] = {"unit_id": np.arange(len(units)), "begin": begin}
    columns |= {name: units[name] for name in units if name in ("account_id", "contact_id")}
    for number, days in enumerate(questions.windows):
        end = day_ends(units, days, questions.calendar)
        columns[f"end_{number}"] = end.where(end <= as_of, as_of)
    return pd.DataFrame(columns)
