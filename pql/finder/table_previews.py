"""A file as the finder would take it, before it is searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pql.delimited.formats import FileFormat
from pql.finder.table_columns import read_outcome, read_times
from pql.finder.table_files import TableInvalid, read_file

ROWS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PreviewedColumn:
    """A column: what it is read as, in how many rows it is given, and its first cells."""

    name: str
    read_as: str
    given: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TablePreview:
    """How a file was understood. `problems` are what would keep it from being searched."""

    rows: int
    columns: tuple[PreviewedColumn, ...]
    told: tuple[str, ...]
    problems: tuple[str, ...]


def preview_table(
    file: Path,
    *,
    roles: Mapping[str, str | None],
    missing: tuple[str, ...],
    positive: str | None,
    file_format: FileFormat,
) -> TablePreview:
    """What each column is read as. `roles` names the columns that are the `outcome`, the `time` and
    the `id`; of the first two it is told what they say.

    Raises:
        TableInvalid: it cannot be read as a table.
    """
    special = {name: role for role, name in roles.items() if name is not None}
    read = read_file(file, missing, file_format, list(special))
    told, problems = list(read.told), [f"{name}: {why}" for name, why in read.problems.items()]
    for name, role in special.items():
        try:
            if name not in read.frame:
                raise TableInvalid(f"{file.name} has no column {name!r}")
            if role == "outcome":
                told += _outcome(read.frame[name], positive)
            elif role == "time":
                told += _times(read.frame[name], file_format.time_format)
        except TableInvalid as problem:
            problems.append(str(problem))
    columns = tuple(_column(str(name), cells, special) for name, cells in read.frame.items())
    return TablePreview(len(read.frame), columns, tuple(told), tuple(problems))


def _outcome(cells: pd.Series[Any], positive: str | None) -> Iterator[str]:
    read = read_outcome(cells, positive)
    yield from read.told
    counted = read.converted.value_counts()
    unknown = int(read.converted.isna().sum())
    yes, no = counted.get(True, 0), counted.get(False, 0)
    yield f"{cells.name}: {yes:,} yes, {no:,} no, {unknown:,} unknown"


def _times(cells: pd.Series[Any], time_format: str | None) -> Iterator[str]:
    read = read_times(cells, time_format)
    yield from read.told
    first, last, unknown = read.moments.min(), read.moments.max(), read.moments.isna().sum()
    if not pd.isna(first):
        yield f"{cells.name}: from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {unknown:,} unknown"


def _column(name: str, cells: pd.Series[Any], special: dict[str, str]) -> PreviewedColumn:
    is_number = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    first = ("" if pd.isna(cell) else _shown(cell) for cell in cells.head(ROWS_SHOWN))
    read_as = special.get(name) or ("number" if is_number else "words")
    return PreviewedColumn(name, read_as, int(cells.notna().sum()), tuple(first))


def _shown(cell: object) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)
