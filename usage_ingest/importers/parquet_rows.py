"""The rows of a Parquet file. A value that Python has not is the problem of its row alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pql.delimited.lines import LARGEST_ROW
from pql.delimited.rows import require_different_names
from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.open_file import (
    CELL_OVERHEAD,
    CHARACTERS_LOOKED_AT,
    NumberedRow,
    OpenFile,
    UnreadableFile,
    require_few_columns,
)

ROWS_AT_ONCE = 2_000
LARGEST_COLUMN = 1024 * 1024 * 1024
"""Bytes of one column in one row group, unpacked: a page of it is unpacked as a whole."""
UNREADABLE = (ValueError, OverflowError, pa.ArrowException)
"""A date in the year 10,000, text that is not UTF-8, a number of too many digits."""


def open_parquet(raw: BinaryIO, path: Path, opened: ExitStack) -> OpenFile:
    """Open a Parquet file.

    Raises:
        UnreadableFile: too many columns, or too much in one of them.
        ColumnsRepeated: two columns of one name.
        pa.ArrowException: it is damaged.
    """
    parquet = opened.enter_context(pq.ParquetFile(raw))
    columns = tuple(parquet.schema_arrow.names)
    require_few_columns(path, columns)
    largest = max(_column_sizes(parquet.metadata), default=0)
    if largest > LARGEST_COLUMN:
        raise UnreadableFile(
            f"{path}: a column has {largest / 2**30:.1f} GiB in one row group; at most "
            f"{LARGEST_COLUMN // 2**30} GiB can be read. Write it with smaller row groups"
        )
    require_different_names(columns)
    texts = partial(_distinct_texts, parquet)
    return OpenFile(columns, _rows(parquet), path.stat().st_size, raw.tell, texts=texts)


def _distinct_texts(
    parquet: pq.ParquetFile, columns: Collection[str]
) -> Iterator[Mapping[str, set[str]]]:
    types = {name: parquet.schema_arrow.field(name).type for name in columns}
    of_text = [name for name, kind in types.items() if _is_text(kind)]
    if not of_text:
        return
    rows_at_once = _rows_at_once(parquet.metadata)
    for batch in parquet.iter_batches(batch_size=rows_at_once, columns=of_text):
        yield {name: _texts(batch.column(name)) for name in of_text}


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _texts(column: pa.Array) -> set[str]:
    try:
        found = column.unique().to_pylist()
    except UNREADABLE:
        return set()
    return {text[:CHARACTERS_LOOKED_AT].strip() for text in found if text is not None}


def _column_sizes(metadata: pq.FileMetaData) -> Iterator[int]:
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in range(group.num_columns):
            yield group.column(column).total_uncompressed_size


def _rows(parquet: pq.ParquetFile) -> Iterator[NumberedRow]:
    number = 0
    for batch in parquet.iter_batches(batch_size=_rows_at_once(parquet.metadata)):
        overhead = CELL_OVERHEAD * batch.num_columns
        size = overhead + batch.nbytes // max(1, batch.num_rows)
        for cells in _cells(batch):
            number += 1
            if isinstance(cells, BadCell):
                yield NumberedRow(number, {}, cells, size)
            else:
                yield NumberedRow(number, cells, size=size)


def _rows_at_once(metadata: pq.FileMetaData) -> int:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    row_size: int = size + CELL_OVERHEAD * metadata.num_columns
    return max(1, min(ROWS_AT_ONCE, LARGEST_ROW // max(1, row_size)))


def _cells(batch: pa.RecordBatch) -> list[dict[str, Any]] | Iterator[dict[str, Any] | BadCell]:
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UNREADABLE:
        return (_read_apart(batch.slice(number, 1)) for number in range(batch.num_rows))
    return rows


def _read_apart(row: pa.RecordBatch) -> dict[str, Any] | BadCell:
    """The cells of one row, or the first of them that cannot be read."""
    cells = {}
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            cells[name] = column[0].as_py()
        except UNREADABLE as problem:
            return BadCell(name, f"no value that can be read: {problem}", None, str(column.type))
    return cells
