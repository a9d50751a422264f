"""A plain table to search: a CSV or Parquet file with one row for each account or lead."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pql.finder.adopting import adopt
from pql.finder.alarms import NotSearched
from pql.finder.answers import Answer
from pql.finder.chance import Progress
from pql.finder.columns import ValueTable
from pql.finder.file_columns import FileColumns, read_columns
from pql.finder.preparing import Task
from pql.finder.searching import search
from pql.finder.sentences import Wording
from pql.statistics.arrays import Flags

YES, NO = frozenset({"1", "1.0", "true", "yes", "y"}), frozenset({"0", "0.0", "false", "no", "n"})
MISSING = ("", "NaN", "nan", "null", "NULL")
SHOWN = 3
MOST_COLUMNS = 1_000
"""To search: each takes about a megabyte and 7 ms. A value of a column of words is one of them."""
MOST_CELLS = 20_000_000
"""Rows by columns, of the file and of what is searched: 8 bytes each."""
ROWS = "rows"


class TableInvalid(ValueError):
    """The file cannot be read as a table with that outcome, time and id."""


@dataclass(frozen=True, slots=True)
class TableRequest:
    """Which columns are what. `missing` are values that mean "not given".

    `known_at_start` answers the question of when a column is known. `days` and `within` are window
    and horizon, where they are known: the youngest rows are then left out, and the gap between the
    two groups is as long.
    """

    outcome: str
    time: str | None = None
    id: str | None = None
    missing: tuple[str, ...] = ()
    known_at_start: tuple[str, ...] = ()
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
    for name in (request.outcome, request.time, request.id, *request.known_at_start):
        if name is not None and name not in frame:
            raise TableInvalid(f"{file.name} has no column {name!r}")
    outcome = _outcome(frame[request.outcome])
    started_at = None if request.time is None else _times(frame[request.time])
    _check_ids(frame, request.id)
    kept, left_out = _kept(outcome, started_at, request)
    special = {request.outcome, request.time, request.id}
    rows = frame.loc[kept, [name for name in frame if name not in special]]
    is_converted = outcome[kept].to_numpy(dtype=bool)
    began = None if started_at is None else started_at[kept].to_numpy()
    found = read_columns(rows, is_converted, began, request.known_at_start, MOST_COLUMNS)
    _require_few_columns(found)
    task = Task(
        request.days + request.within,
        request.seed,
        alarms=found.alarms,
        left_out=left_out,
        known_at_start=frozenset(request.known_at_start),
        not_searched=(*_special(request), *found.not_searched),
    )
    return ValueTable(found.columns, found.values, is_converted, began, np.arange(len(rows))), task


def _special(request: TableRequest) -> Iterator[NotSearched]:
    for name, what in ((request.id, "the id"), (request.time, "the time at which each began")):
        if name is not None:
            yield NotSearched(name, f"{name} is {what}, as you said.")


def _require_few_columns(found: FileColumns) -> None:
    if len(found.columns) > MOST_COLUMNS or found.values.size > MOST_CELLS:
        raise TableInvalid(
            f"there is more to search than {MOST_COLUMNS:,} columns or {MOST_CELLS:,} cells, where "
            "each frequent value of a column of words is a column: leave out columns"
        )


def _read(file: Path, missing: Sequence[str]) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            return _read_parquet(file, missing)
        return _read_csv(file, missing)
    except TableInvalid:
        raise
    except (ValueError, OSError, EOFError, zlib.error, MemoryError, pa.ArrowException) as error:
        raise TableInvalid(f"{file.name} cannot be read: {error}") from error


def _read_parquet(file: Path, missing: Sequence[str]) -> pd.DataFrame:
    metadata = pq.read_metadata(file)
    _require_few_cells(file, metadata.num_columns, metadata.num_rows)
    return pd.read_parquet(file).replace(list(missing), None)


def _read_csv(file: Path, missing: Sequence[str]) -> pd.DataFrame:
    columns = len(pd.read_csv(file, nrows=0).columns)
    most_rows = MOST_CELLS // max(1, columns)
    # One row more: whoever unpacks for ever is not read to the end.
    frame = pd.read_csv(
        file, keep_default_na=False, na_values=[*MISSING, *missing], nrows=most_rows + 1
    )
    _require_few_cells(file, columns, len(frame))
    return frame


def _require_few_cells(file: Path, columns: int, rows: int) -> None:
    if columns * rows > MOST_CELLS:
        raise TableInvalid(
            f"{file.name} has more than {MOST_CELLS:,} cells ({columns:,} columns): "
            "leave out columns, or take a sample of the rows"
        )


def _outcome(cells: pd.Series[Any]) -> pd.Series[Any]:
    """True and False; `None` where it is not given."""
    words = cells.astype("string").str.strip().str.lower()
    unclear = sorted(set(words.dropna()) - YES - NO)
    if unclear:
        shown = ", ".join(unclear[:SHOWN])
        raise TableInvalid(f"{cells.name} is neither 1 or 0, true or false, yes or no: {shown}")
    return words.map(lambda word: word in YES, na_action="ignore").astype(object)


def _times(cells: pd.Series[Any]) -> pd.Series[pd.Timestamp]:
    words = cells.astype("string")  # a year alone is read as a number
    times = pd.to_datetime(words, utc=True, errors="coerce", format="ISO8601")
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
