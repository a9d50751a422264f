"""Reading CSV, JSON Lines and Parquet row by row, in bounded memory."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pql.tables import read_cell
from usage_ingest.importers.cells import BadCell, Row

LARGEST_CELL = 16 * 1024 * 1024
ROWS_AT_ONCE = 2000
ROWS_LOOKED_AT = 1000
"""JSON Lines have no header: the columns are the keys of this many rows."""


class UnreadableFile(Exception):
    """The file is not what its name says, or cannot be read at all."""


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A row with its number in the file. An unreadable one has a `problem` instead of cells.

    Numbers are those an editor or a spreadsheet shows: the header of a CSV file is row 1.
    """

    number: int
    cells: Row
    problem: BadCell | None = None


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file: its columns, its rows, and how far it has been read, in bytes."""

    columns: tuple[str, ...]
    rows: Iterator[NumberedRow]
    size: int
    position: Callable[[], int]
    has_header: bool = True


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
    except (OSError, EOFError, pa.ArrowException) as problem:
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
    reader = csv.reader(text)
    header = tuple(name.strip() for name in next(reader, []))
    if not any(header):
        raise UnreadableFile(f"{path}: no header in its first line")
    return OpenFile(header, _csv_rows(reader, header), path.stat().st_size, raw.tell)


def _csv_rows(reader: Iterator[list[str]], header: Sequence[str]) -> Iterator[NumberedRow]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            yield NumberedRow(number, {}, BadCell("", "not CSV", problem, "a row of CSV"))
            continue
        if cells is None:
            return
        if cells:
            yield _csv_row(number, cells, header)


def _csv_row(number: int, cells: list[str], header: Sequence[str]) -> NumberedRow:
    if len(cells) == len(header):
        return NumberedRow(number, dict(zip(header, map(read_cell, cells), strict=True)))
    reason = "too many cells" if len(cells) > len(header) else "too few cells"
    problem = BadCell("", reason, f"{len(cells)} cells", f"{len(header)} cells, as in the header")
    return NumberedRow(number, {}, problem)


def _open_json_lines(raw: BinaryIO, path: Path, opened: ExitStack) -> OpenFile:
    rows = _json_rows(_unpacked(raw, path, opened))
    first = [row for _, row in zip(range(ROWS_LOOKED_AT), rows, strict=False)]
    columns = tuple(dict.fromkeys(name for row in first for name in row.cells))
    if not first:
        raise UnreadableFile(f"{path}: no row in it")
    size = path.stat().st_size
    return OpenFile(columns, _chained(first, rows), size, raw.tell, has_header=False)


def _json_rows(lines: BinaryIO) -> Iterator[NumberedRow]:
    decoder = msgspec.json.Decoder(dict[str, object])
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield NumberedRow(number, decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            bad = BadCell("", f"not a JSON object: {problem}", line[:200], "one JSON object a line")
            yield NumberedRow(number, {}, bad)


def _chained(first: list[NumberedRow], rest: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    yield from first
    yield from rest


def _open_parquet(raw: BinaryIO, path: Path, opened: ExitStack) -> OpenFile:
    parquet = opened.enter_context(pq.ParquetFile(raw))
    columns = tuple(parquet.schema_arrow.names)
    return OpenFile(columns, _parquet_rows(parquet), path.stat().st_size, raw.tell)


def _parquet_rows(parquet: pq.ParquetFile) -> Iterator[NumberedRow]:
    number = 0
    for batch in parquet.iter_batches(batch_size=ROWS_AT_ONCE):
        for cells in batch.to_pylist():
            number += 1
            yield NumberedRow(number, cells)


def _unpacked(raw: BinaryIO, path: Path, opened: ExitStack) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=raw)))
    return raw


OPENERS: dict[str, Callable[[BinaryIO, Path, ExitStack], OpenFile]] = {
    ".csv": _open_csv,
    ".jsonl": _open_json_lines,
    ".ndjson": _open_json_lines,
    ".parquet": _open_parquet,
}
