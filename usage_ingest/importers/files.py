"""Reading CSV, JSON Lines and Parquet row by row, in bounded memory."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import pyarrow as pa

from pql.tables import read_cell
from usage_ingest.importers.cells import LARGEST_CELL, BadCell
from usage_ingest.importers.lines import Lines
from usage_ingest.importers.open_file import (
    CELL_OVERHEAD,
    NumberedRow,
    OpenFile,
    UnreadableFile,
    require_few_columns,
)
from usage_ingest.importers.parquet_rows import open_parquet

ROWS_LOOKED_AT = 1000
"""JSON Lines have no header: the columns are the keys of this many rows."""
SIZE_LOOKED_AT = 64 * 1024 * 1024
"""Bytes: where rows are large, those of fewer are looked at."""


@contextmanager
def open_rows(path: Path) -> Iterator[OpenFile]:
    """Open a file by its name: .csv, .jsonl or .ndjson, each also .gz, or .parquet.

    Raises:
        UnreadableFile: no such file, another kind of file, empty, or damaged.
    """
    opener = OPENERS.get(_suffix(path))
    if opener is None:
        known = ", ".join(sorted(OPENERS))
        raise UnreadableFile(f"{path}: the name ends in none of {known} (text files also .gz)")
    try:
        with ExitStack() as opened:
            raw = opened.enter_context(path.open("rb"))
            yield opener(raw, path, opened)
    except (OSError, EOFError, zlib.error, UnicodeError, pa.ArrowException) as problem:
        raise UnreadableFile(f"{path}: {problem}") from problem


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _open_csv(raw: BinaryIO, path: Path, opened: ExitStack) -> OpenFile:
    # Bytes that are not UTF-8 become surrogates, so that only their row is rejected.
    unpacked = _unpacked(raw, path, opened)
    text = opened.enter_context(
        io.TextIOWrapper(unpacked, encoding="utf-8-sig", errors="surrogateescape", newline="")
    )
    csv.field_size_limit(LARGEST_CELL)
    lines = Lines(text, path)
    reader = csv.reader(lines)
    header = tuple(name.strip() for name in next(reader, []))
    if not any(header):
        raise UnreadableFile(f"{path}: no header in its first line")
    require_few_columns(path, header)
    rows = _csv_rows(reader, lines, header)
    return OpenFile(header, rows, path.stat().st_size, raw.tell)


def _csv_rows(
    reader: Iterator[list[str]], lines: Lines[str], header: Sequence[str]
) -> Iterator[NumberedRow]:
    number = 1
    while True:
        number += 1
        lines.begin_row()
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            yield NumberedRow(number, {}, BadCell("", "not CSV", problem, "a row of CSV"))
            continue
        if cells is None:
            return
        if cells:
            yield _csv_row(number, cells, header, lines.row_size)


def _csv_row(number: int, cells: list[str], header: Sequence[str], length: int) -> NumberedRow:
    if len(cells) == len(header):
        size = length + CELL_OVERHEAD * len(cells)
        read = map(read_cell, cells)
        return NumberedRow(number, dict(zip(header, read, strict=True)), size=size)
    reason = "too many cells" if len(cells) > len(header) else "too few cells"
    problem = BadCell("", reason, f"{len(cells)} cells", f"{len(header)} cells, as in the header")
    return NumberedRow(number, {}, problem)


def _open_json_lines(raw: BinaryIO, path: Path, opened: ExitStack) -> OpenFile:
    rows = _json_rows(Lines(_unpacked(raw, path, opened), path))
    first = _first_rows(rows)
    columns = tuple(dict.fromkeys(name for row in first for name in row.cells))
    if not first:
        raise UnreadableFile(f"{path}: no row in it")
    require_few_columns(path, columns)
    size = path.stat().st_size
    return OpenFile(columns, _chained(first, rows), size, raw.tell, has_header=False)


def _first_rows(rows: Iterator[NumberedRow]) -> list[NumberedRow]:
    first: list[NumberedRow] = []
    size = 0
    while len(first) < ROWS_LOOKED_AT and size < SIZE_LOOKED_AT and (row := next(rows, None)):
        first.append(row)
        size += row.size
    return first


def _json_rows(lines: Lines[bytes]) -> Iterator[NumberedRow]:
    decoder = msgspec.json.Decoder(dict[str, object])
    number = 0
    while True:
        number += 1
        lines.begin_row()
        line = next(lines, None)
        if line is None:
            return
        if not line.strip():
            continue
        try:
            cells = decoder.decode(line)
            yield NumberedRow(number, cells, size=len(line) + CELL_OVERHEAD * len(cells))
        except RecursionError:
            bad = BadCell("", "nested too deeply", line[:200], "fewer levels")
            yield NumberedRow(number, {}, bad)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            bad = BadCell("", f"not a JSON object: {problem}", line[:200], "one JSON object a line")
            yield NumberedRow(number, {}, bad)


def _chained(first: list[NumberedRow], rest: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    yield from first
    yield from rest


def _unpacked(raw: BinaryIO, path: Path, opened: ExitStack) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=raw)))
    return raw


OPENERS: dict[str, Callable[[BinaryIO, Path, ExitStack], OpenFile]] = {
    ".csv": _open_csv,
    ".jsonl": _open_json_lines,
    ".ndjson": _open_json_lines,
    ".parquet": open_parquet,
}
