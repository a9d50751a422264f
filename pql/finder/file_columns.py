"""The columns of a file as the search takes them, and those that it does not take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from pql.finder import ids_and_clocks, sentinels
from pql.finder.alarms import NOT_SEARCHED, Alarm, Kind, NotSearched
from pql.finder.candidates import FEWEST, SMALLEST_SHARE
from pql.finder.column_names import column_alarms
from pql.finder.columns import Column, Times
from pql.finder.missing_values import missing_alarms
from pql.statistics.arrays import Flags, Floats


@dataclass(frozen=True, slots=True, eq=False)
class FileColumns:
    """Rows (n) by columns (k): `values` (n, k) are floats, NaN where unknown."""

    columns: tuple[Column, ...]
    values: Floats
    alarms: tuple[Alarm, ...]
    not_searched: tuple[NotSearched, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SourceCells:
    """A column of the file (n,): numbers, NaN where not given, or words, `<NA>` where not given.

    `is_given` (n,) is which rows have a value. `told` are alarms about values that stand for none.
    """

    name: str
    is_given: Flags
    numbers: Floats | None = None
    words: pd.Series[Any] | None = None
    told: tuple[Alarm, ...] = ()


def read_columns(
    rows: pd.DataFrame,
    outcome: Flags,
    started_at: Times | None,
    known_at_start: Collection[str],
    most: int,
) -> FileColumns:
    """What can be searched of the rows (n), at most `most` + 1 columns, and alarms about the rest.

    Every column is looked at before any is dropped. Of each one reason is told: the first of
    when it is given, being an id, clock or calendar, and its name.
    """
    sources = [_read_cells(str(name), rows[name]) for name in rows]
    told = [alarm for source in sources for alarm in source.told]
    told += _alarms(sources, outcome, started_at, known_at_start)
    # What is only called so may be a leak, too: its numbers are looked at with the others.
    aside = {alarm.source for alarm in told if alarm.kind in NOT_SEARCHED - {Kind.SET_LATER}}
    taken = [source for source in sources if source.name not in aside]
    made = list(islice((each for source in taken for each in _columns_of(source)), most + 1))
    columns = tuple(column for column, _ in made)
    values = np.array([each for _, each in made]).T.reshape(len(rows), len(made))
    named = {alarm.source for alarm in told if alarm.kind in NOT_SEARCHED}
    plain = [source for source in taken if source.name not in named]
    return FileColumns(columns, values, tuple(told), tuple(_without_columns(plain, columns)))


def _read_cells(name: str, cells: pd.Series[Any]) -> SourceCells:
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return _read_numbers(name, cells.to_numpy(np.float64, na_value=np.nan))
    words = _words(cells)
    is_given = words.notna().to_numpy(dtype=bool)
    word = sentinels.word_for_nothing(words)
    if word is None:
        return SourceCells(name, is_given, words=words)
    is_word = (words == word).to_numpy(dtype=bool, na_value=False)
    told = sentinels.word_alarm(name, word, is_word)
    return SourceCells(name, is_given, words=words, told=(told,))


def _read_numbers(name: str, numbers: Floats) -> SourceCells:
    nothing = sentinels.number_for_nothing(numbers)
    if nothing is None:
        return SourceCells(name, ~np.isnan(numbers), numbers)
    is_nothing = numbers == nothing
    rest = np.where(is_nothing, np.nan, numbers)
    told = sentinels.number_alarm(name, nothing, is_nothing)
    return SourceCells(name, ~np.isnan(rest), rest, told=(told,))


def _alarms(
    sources: Sequence[SourceCells],
    outcome: Flags,
    started_at: Times | None,
    known_at_start: Collection[str],
) -> list[Alarm]:
    """One of each source, in the order in which a reason counts more than the next."""
    given = {source.name: source.is_given for source in sources}
    found = list(missing_alarms(given, outcome, known_at_start))
    asked = [source for source in sources if source.name not in known_at_start]
    found += (each for source in asked if (each := _id_or_clock(source, started_at)) is not None)
    found += column_alarms(given, known_at_start)
    first: dict[str, Alarm] = {}
    for alarm in found:
        first.setdefault(alarm.source, alarm)
    return list(first.values())


def _id_or_clock(source: SourceCells, started_at: Times | None) -> Alarm | None:
    if source.numbers is not None:
        return ids_and_clocks.number_alarm(source.name, source.numbers, started_at)
    return None if source.words is None else ids_and_clocks.word_alarm(source.name, source.words)


def _columns_of(source: SourceCells) -> Iterator[tuple[Column, Floats]]:
    """Numbers as they are; of anything else, a column for each value that is not rare."""
    name = source.name
    if source.numbers is not None:
        if len(np.unique(source.numbers[~np.isnan(source.numbers)])) > 1:
            yield Column(name, name), source.numbers
        return
    words = source.words
    if words is None or words.nunique() < 2:
        return
    fewest = _fewest(len(words))
    counted = words.value_counts()
    for value in sorted(counted[counted >= fewest].index):
        is_value = (words == value).to_numpy(dtype=np.float64, na_value=np.nan)
        yield Column(f"{name} is {value}", name, category=str(value)), is_value


def _without_columns(
    taken: Sequence[SourceCells], columns: Sequence[Column]
) -> Iterator[NotSearched]:
    """Sources of which nothing can be compared."""
    searched = {column.source for column in columns}
    for source in taken:
        if source.name not in searched:
            yield NotSearched(source.name, f"{source.name} {_why_nothing(source)}.")


def _why_nothing(source: SourceCells) -> str:
    cells = source.words if source.numbers is None else pd.Series(source.numbers)
    if cells is None or (distinct := cells.nunique()) == 0:
        return "is given in no row"
    if distinct == 1:
        return "is the same in all rows in which it is given"
    return (
        f"has {distinct:,} values, none of them in {np.ceil(_fewest(len(cells))):.0f} rows: "
        "no rate by value can be told"
    )


def _fewest(rows: int) -> float:
    return max(FEWEST, SMALLEST_SHARE * rows)


def _words(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells as text. What Parquet calls binary may be anything: it is shown, not decoded."""
    if cells.dtype == object:
        cells = cells.map(lambda cell: repr(cell) if isinstance(cell, bytes) else cell)
    return cells.astype("string")
