"""A plain table to search: a CSV or Parquet file with one row for each account or lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pql.delimited.formats import FileFormat
from pql.finder.adopting import adopt
from pql.finder.alarms import NotSearched
from pql.finder.answers import Answer
from pql.finder.chance import Progress
from pql.finder.columns import ValueTable
from pql.finder.file_columns import FileColumns, read_columns
from pql.finder.preparing import Task
from pql.finder.searching import search
from pql.finder.sentences import Wording
from pql.finder.table_columns import ReadOutcome, ReadTimes, read_outcome, read_times
from pql.finder.table_files import MOST_CELLS, TableFile, TableInvalid, read_file
from pql.statistics.arrays import Flags

MOST_COLUMNS = 1_000
"""To search: each takes about a megabyte and 7 ms. A value of a column of words is one of them."""
ROWS = "rows"


@dataclass(frozen=True, slots=True)
class TableRequest:
    """Which columns are what. `missing` are values that mean "not given".

    `known_at_start` answers the question of when a column is known. `days` and `within` are window
    and horizon, where they are known: the youngest rows are then left out, and the gap between the
    two groups is as long. `positive` is the value of the outcome that means yes, and `file_format`
    what is said of how the file is written.
    """

    outcome: str
    time: str | None = None
    id: str | None = None
    missing: tuple[str, ...] = ()
    known_at_start: tuple[str, ...] = ()
    days: int = 0
    within: int = 0
    seed: int = 0
    positive: str | None = None
    file_format: FileFormat = field(default_factory=FileFormat)


def find_in_table(file: Path, request: TableRequest, progress: Progress | None = None) -> Answer:
    """Search a file.

    Raises:
        TableInvalid: see there.
    """
    told: list[str] = []
    finding = search(*read_table(file, request, told.append), progress)
    wording = Wording(ROWS, finding.columns)
    return Answer(finding, wording, adopt(finding, wording), tuple(told))


def read_table(
    file: Path, request: TableRequest, tell: Callable[[str], None] = lambda _sentence: None
) -> tuple[ValueTable, Task]:
    """The file's rows as a table to search, and how to search it. `tell` hears how the file was
    understood.

    Raises:
        TableInvalid: see there.
    """
    special = {request.outcome, request.time, request.id}
    texts = [name for name in special if name is not None]
    read = read_file(file, request.missing, request.file_format, texts)
    frame = read.frame
    for name in (request.outcome, request.time, request.id, *request.known_at_start):
        if name is not None and name not in frame:
            raise TableInvalid(f"{file.name} has no column {name!r}")
    outcome, times = read_special(read, request)
    started_at = None if times is None else times.moments
    _check_ids(frame, request.id)
    kept, left_out = _kept(outcome.converted, times, request)
    left_out |= {"row unreadable": read.unreadable} if read.unreadable else {}
    for sentence in (*read.told, *outcome.told, *(times.told if times is not None else ())):
        tell(sentence)
    rows = frame.loc[kept, [name for name in frame if name not in special]]
    is_converted = outcome.converted[kept].to_numpy(dtype=bool)
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


def read_special(read: TableFile, request: TableRequest) -> tuple[ReadOutcome, ReadTimes | None]:
    """Outcome and time of each row; and no column of numbers is unclear that is searched.

    Raises:
        TableInvalid: see there.
    """
    outcome = read_outcome(read.frame[request.outcome], request.positive)
    times = None
    if request.time is not None:
        times = read_times(read.frame[request.time], request.file_format.time_format)
    if read.problems:
        raise TableInvalid("; ".join(f"{name}: {why}" for name, why in read.problems.items()))
    return outcome, times


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


def _check_ids(frame: pd.DataFrame, name: str | None) -> None:
    if name is not None and (repeated := int(frame[name].duplicated().sum())):
        raise TableInvalid(f"{repeated:,} rows repeat a {name}: it takes one row for each")


def _kept(
    outcome: pd.Series[Any], times: ReadTimes | None, request: TableRequest
) -> tuple[Flags, dict[str, int]]:
    reasons = {"outcome unknown": outcome.isna()}
    if times is not None:
        age = pd.Timedelta(days=request.days + request.within)
        reasons["time unreadable"] = times.is_unreadable
        reasons["time unknown"] = times.moments.isna()
        reasons["immature"] = times.moments + age > times.moments.max()
    kept = np.ones(len(outcome), dtype=bool)
    left_out = {}
    for reason, applies in reasons.items():
        left_out[reason] = int((kept & applies).sum())
        kept &= ~applies.to_numpy(dtype=bool)
    return kept, left_out
