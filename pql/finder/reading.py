"""A plain table to search: a CSV or Parquet file with one row for each account or lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pql.finder.adopting import adopt
from pql.finder.alarms import name_alarms
from pql.finder.answers import Answer
from pql.finder.candidates import FEWEST, SMALLEST_SHARE
from pql.finder.chance import Progress
from pql.finder.columns import Column, ValueTable
from pql.finder.preparing import Task
from pql.finder.searching import search
from pql.finder.sentences import Wording
from pql.statistics.arrays import Flags, Floats

YES, NO = frozenset({"1", "1.0", "true", "yes", "y"}), frozenset({"0", "0.0", "false", "no", "n"})
MISSING = ("", "NaN", "nan", "null", "NULL")
SHOWN = 3
ROWS = "rows"


class TableInvalid(ValueError):
    """The file cannot be read as a table with that outcome, time and id."""


@dataclass(frozen=True, slots=True)
class TableRequest:
    """Which columns are what. `missing` are values that mean "not given".

    `trusted` columns are known from the start, whatever their names say. `days` and `within` are
    window and horizon, where they are known: the youngest rows are then left out, and the gap
    between the two groups is as long.
    """

    outcome: str
    time: str | None = None
    id: str | None = None
    missing: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    days: int = 0
    within: int = 0
    seed: int = 0


def find_in_table(file: Path, request: TableRequest, progress: Progress | None = None) -> Answer:
    """Search a file.

    Raises:
        TableInvalid: see there.
    """
    finding = search(*read_table(file, request), progress)
    wording = Wording(ROWS, finding.columns)
    return Answer(finding, wording, adopt(finding, wording))


def read_table(file: Path, request: TableRequest) -> tuple[ValueTable, Task]:
    """The file's rows as a table to search, and how to search it.

    Raises:
        TableInvalid: see there.
    """
    frame = _read(file, request.missing)
    for name in (request.outcome, request.time, request.id, *request.trusted):
        if name is not None and name not in frame:
            raise TableInvalid(f"{file.name} has no column {name!r}")
    outcome = _outcome(frame[request.outcome])
    started_at = None if request.time is None else _times(frame[request.time])
    _check_ids(frame, request.id)
    kept, left_out = _kept(outcome, started_at, request)
    special = {request.outcome, request.time, request.id}
    rows = frame.loc[kept, [name for name in frame if name not in special]]
    columns, values = _columns(rows)
    sources = list(dict.fromkeys(column.source for column in columns))
    table = ValueTable(
        columns,
        values,
        outcome[kept].to_numpy(dtype=bool),
        None if started_at is None else started_at[kept].to_numpy(),
        np.arange(len(rows)),
    )
    alarms = tuple(name_alarms(sources, request.trusted))
    return table, Task(request.days + request.within, request.seed, 500, alarms, left_out)


def _read(file: Path, missing: Sequence[str]) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(file).replace(list(missing), None)
        return pd.read_csv(file, keep_default_na=False, na_values=[*MISSING, *missing])
    except (ValueError, OSError, pa.ArrowException) as error:
        raise TableInvalid(f"{file.name} cannot be read: {error}") from error


def _outcome(cells: pd.Series[Any]) -> pd.Series[Any]:
    """True and False; `None` where it is not given."""
    words = cells.astype("string").str.strip().str.lower()
    unclear = sorted(set(words.dropna()) - YES - NO)
    if unclear:
        shown = ", ".join(unclear[:SHOWN])
        raise TableInvalid(f"{cells.name} is neither 1 or 0, true or false, yes or no: {shown}")
    return words.map(lambda word: word in YES, na_action="ignore").astype(object)


def _times(cells: pd.Series[Any]) -> pd.Series[pd.Timestamp]:
    times = pd.to_datetime(cells, utc=True, errors="coerce", format="ISO8601")
    if times.notna().sum() < cells.notna().sum():
        wrong = cells[times.isna() & cells.notna()].iloc[0]
        raise TableInvalid(f"{cells.name} has what is no ISO 8601 time: {wrong}")
    return times.dt.tz_localize(None)


def _check_ids(frame: pd.DataFrame, name: str | None) -> None:
    if name is not None and (repeated := int(frame[name].duplicated().sum())):
        raise TableInvalid(f"{repeated:,} rows repeat a {name}: it takes one row for each")


def _kept(
    outcome: pd.Series[Any], started_at: pd.Series[pd.Timestamp] | None, request: TableRequest
) -> tuple[Flags, dict[str, int]]:
    reasons = {"outcome unknown": outcome.isna()}
    if started_at is not None:
        age = pd.Timedelta(days=request.days + request.within)
        reasons["time unknown"] = started_at.isna()
        reasons["immature"] = started_at + age > started_at.max()
    kept = np.ones(len(outcome), dtype=bool)
    left_out = {}
    for reason, applies in reasons.items():
        left_out[reason] = int((kept & applies).sum())
        kept &= ~applies.to_numpy(dtype=bool)
    return kept, left_out


def _columns(rows: pd.DataFrame) -> tuple[tuple[Column, ...], Floats]:
    made = [each for name in rows for each in _columns_of(str(name), rows[name])]
    columns = tuple(column for column, _ in made)
    return columns, np.array([values for _, values in made]).T.reshape(len(rows), len(columns))


def _columns_of(name: str, cells: pd.Series[Any]) -> Iterator[tuple[Column, Floats]]:
    """Numbers as they are; of anything else, a column for each value that is not rare."""
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        yield Column(name, name), cells.to_numpy(np.float64, na_value=np.nan)
        return
    words = cells.astype("string")
    fewest = max(FEWEST, SMALLEST_SHARE * len(cells))
    counted = words.value_counts()
    for value in sorted(counted[counted >= fewest].index):
        is_value = (words == value).to_numpy(dtype=np.float64, na_value=np.nan)
        yield Column(f"{name} is {value}", name, category=str(value)), is_value
