"""The file to search as a frame, with what was understood of it and what could not be read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pql.delimited.formats import FileFormat
from pql.delimited.layouts import Layout, recognise_layout
from pql.delimited.lines import UnreadableText
from pql.delimited.number_columns import NumbersFound, decide_numbers, decimal_of_file
from pql.delimited.numbers import NumberEvidence
from pql.delimited.rows import DelimitedRows, RowFault, as_text, require_different_names
from pql.delimited.words import is_missing

NOTHING = ("NaN", "nan", "null", "NULL", "\\N", "#N/A")
"""What programs write where nothing is: missing in a column of words, too."""
MOST_CELLS = 20_000_000
"""Rows by columns, of the file and of what is searched: 8 bytes each."""
CELLS_AT_ONCE = 400_000
FAULTS_SHOWN = 3
UNREADABLE = (
    *(UnreadableText, ValueError, LookupError, OSError, EOFError, zlib.error, MemoryError),
    pa.ArrowException,
)


Columns = Mapping[str, pa.ChunkedArray]
"""The cells of each column, as text."""
Faults = list[tuple[int, RowFault]]
"""Rows that cannot be read, by their numbers."""


class TableInvalid(ValueError):
    """The file cannot be read as a table with that outcome, time and id."""


@dataclass(frozen=True, slots=True, eq=False)
class TableFile:
    """A file as it was understood.

    `frame` has a column of floats for each column of numbers, NaN where nothing is given, and one
    of text for each other, missing where nothing is. `told` says to people what was recognised,
    `problems` by column what cannot be told, and `unreadable` counts rows that are left out.
    """

    frame: pd.DataFrame
    told: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    unreadable: int = 0


def read_file(
    file: Path, missing: Sequence[str], given: FileFormat, texts: Collection[str] = ()
) -> TableFile:
    """Read a Parquet file, or a delimited one, which may be packed (`.gz`), with the columns
    `texts` as they are written.

    Raises:
        TableInvalid: it is none, has two columns of one name, or too many cells.
    """
    try:
        if file.suffix.lower() == ".parquet":
            return TableFile(_read_parquet(file, missing))
        with ExitStack() as opened:
            raw = opened.enter_context(file.open("rb"))
            layout = recognise_layout(_unpacked(raw, file, opened), given)
            raw.seek(0)
            text = opened.enter_context(as_text(_unpacked(raw, file, opened), layout))
            rows = DelimitedRows(text, layout)
            columns, faults = _read_columns(rows, file)
            evidence = {name: cells for name, cells in columns.items() if name not in texts}
            found = _numbers(evidence, layout, missing, given)
            sentence = f"{file.name}: {layout.sentence()}"
            return _as_table(columns, found, missing, (sentence, *_fault_sentences(faults)), faults)
    except TableInvalid:
        raise
    except UNREADABLE as error:
        raise TableInvalid(f"{file.name} cannot be read: {error}") from error


def _unpacked(raw: BinaryIO, file: Path, opened: ExitStack) -> BinaryIO:
    if file.suffix.lower() != ".gz":
        return raw
    return cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=raw)))


def _read_parquet(file: Path, missing: Sequence[str]) -> pd.DataFrame:
    metadata = pq.read_metadata(file)
    _require_few_cells(file, metadata.num_columns, metadata.num_rows)
    require_different_names(pq.read_schema(file).names)
    return pd.read_parquet(file).replace(list(missing), None)


def _read_columns(rows: DelimitedRows, file: Path) -> tuple[Columns, Faults]:
    faults: Faults = []
    header, parts, count = rows.header, [], 0
    cells_of_rows = _whole_rows(rows, faults)
    while part := list(islice(cells_of_rows, max(1, CELLS_AT_ONCE // len(header)))):
        count += len(part)
        _require_few_cells(file, len(header), count)
        parts.append([_stripped(cells) for cells in zip(*part, strict=True)])
    columns = {
        name: pa.chunked_array([part[number] for part in parts], pa.string())
        for number, name in enumerate(header)
    }
    return columns, faults


def _as_table(
    columns: Columns,
    found: Mapping[str, NumbersFound],
    missing: Sequence[str],
    told: Sequence[str],
    faults: Faults,
) -> TableFile:
    frame = pd.DataFrame(
        {name: _typed(cells, found.get(name), missing) for name, cells in columns.items()}
    )
    sentences = (f"{name}: {one.told}" for name, one in found.items() if one.told)
    problems = {name: one.problem for name, one in found.items() if one.problem}
    return TableFile(frame, (*told, *sentences), problems, len(faults))


def _whole_rows(rows: DelimitedRows, faults: Faults) -> Iterator[list[str]]:
    for number, cells, fault in rows:
        if fault is None:
            yield cells
        else:
            faults.append((number, fault))


def _stripped(cells: Sequence[str]) -> pa.Array:
    """The cells of a column; letters that are none, of a damaged file, are shown as such."""
    texts = [cell.strip() for cell in cells]
    try:
        return pa.array(texts, pa.string())
    except (UnicodeError, pa.ArrowException):
        return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.string())


def _numbers(
    columns: Columns,
    layout: Layout,
    missing: Sequence[str],
    given: FileFormat,
) -> dict[str, NumbersFound]:
    evidence = {name: NumberEvidence(missing) for name in columns}
    for name, cells in columns.items():
        for chunk in cells.chunks:
            evidence[name].add(chunk.unique().to_pylist())
    of_file = decimal_of_file(evidence.values())
    return {
        name: decide_numbers(one, given, layout.delimiter, of_file)
        for name, one in evidence.items()
    }


def _typed(
    cells: pa.ChunkedArray, found: NumbersFound | None, missing: Sequence[str]
) -> pd.Series[float] | pd.Series[str]:
    """Each different cell is read once."""
    encoded = cells.combine_chunks().dictionary_encode()
    texts: list[str] = encoded.dictionary.to_pylist()
    places = encoded.indices.to_numpy(zero_copy_only=False)
    if found is not None and found.is_number and not found.problem:
        values = np.array([_number(text, found, missing) for text in texts], dtype=np.float64)
        return pd.Series(values[places] if len(values) else np.empty(0))
    nothing = {"", *NOTHING, *missing}
    words = np.array([None if text in nothing else text for text in texts], dtype=object)
    return pd.Series(words[places] if len(words) else words, dtype="string")


def _number(text: str, found: NumbersFound, missing: Sequence[str]) -> float:
    if is_missing(text, missing):
        return float("nan")
    number = float(found.form.plain(text) or "nan")
    return number if np.isfinite(number) else float("nan")


def _fault_sentences(faults: Faults) -> Iterator[str]:
    if faults:
        shown = "; ".join(
            f"row {number}: {fault.reason}: {fault.found}; allowed: {fault.allowed}"
            for number, fault in faults[:FAULTS_SHOWN]
        )
        more = ", ..." if len(faults) > FAULTS_SHOWN else ""
        yield f"{len(faults):,} rows cannot be read and are left out: {shown}{more}"


def _require_few_cells(file: Path, columns: int, rows: int) -> None:
    if columns * rows > MOST_CELLS:
        raise TableInvalid(
            f"{file.name} has more than {MOST_CELLS:,} cells ({columns:,} columns): "
            "leave out columns, or take a sample of the rows"
        )
