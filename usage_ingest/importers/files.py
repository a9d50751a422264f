"""Reading delimited files, JSON Lines and Parquet row by row, in bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import pyarrow as pa

from pql.delimited.formats import FileFormat
from pql.delimited.layouts import Layout, recognise_layout
from pql.delimited.lines import UnreadableText
from pql.delimited.rows import DelimitedRows, as_text
from pql.tables import read_cell
from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.lines import Lines
from usage_ingest.importers.open_file import (
    CELL_OVERHEAD,
    CHARACTERS_LOOKED_AT,
    ROWS_OF_A_PART,
    NumberedRow,
    OpenFile,
    UnreadableFile,
    require_few_columns,
)
from usage_ingest.importers.parquet_rows import open_parquet

UNREADABLE = (UnreadableText, OSError, EOFError, zlib.error, UnicodeError)
ROWS_LOOKED_AT = 1000
"""JSON Lines have no header: the columns are the keys of this many rows."""
SIZE_LOOKED_AT = 64 * 1024 * 1024
"""Bytes: where rows are large, those of fewer are looked at."""


@contextmanager
def open_rows(path: Path, given: FileFormat | None = None) -> Iterator[OpenFile]:
    """Open a file by its name: .csv, .tsv, .txt, .jsonl or .ndjson, each also .gz, or .parquet.

    What is `given` of a delimited file is not recognised.

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
            yield opener(raw, path, opened, given or FileFormat())
    except (*UNREADABLE, pa.ArrowException) as problem:
        raise UnreadableFile(f"{path}: {problem}") from problem


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _open_delimited(raw: BinaryIO, path: Path, opened: ExitStack, given: FileFormat) -> OpenFile:
    layout = _recognise(raw, path, given)
    text = opened.enter_context(as_text(_unpacked(raw, path, opened), layout))
    rows = DelimitedRows(text, layout)
    require_few_columns(path, rows.header)
    return OpenFile(
        rows.header,
        _numbered(rows),
        path.stat().st_size,
        raw.tell,
        layout=layout,
        texts=partial(_distinct_texts, rows),
    )


def _recognise(raw: BinaryIO, path: Path, given: FileFormat) -> Layout:
    """The layout; afterwards the file is at its beginning again."""
    with ExitStack() as opened:
        layout = recognise_layout(_unpacked(raw, path, opened), given)
    raw.seek(0)
    return layout


def _numbered(rows: DelimitedRows) -> Iterator[NumberedRow]:
    header, overhead = rows.header, CELL_OVERHEAD * len(rows.header)
    for number, cells, fault in rows:
        if fault is not None:
            yield NumberedRow(number, {}, BadCell("", fault.reason, fault.found, fault.allowed))
            continue
        read = map(read_cell, cells)
        row = dict(zip(header, read, strict=True))
        yield NumberedRow(number, row, size=rows.row_size + overhead)


def _distinct_texts(
    rows: DelimitedRows, columns: Collection[str]
) -> Iterator[Mapping[str, set[str]]]:
    places = {name: rows.header.index(name) for name in columns}
    cells_of_rows = (cells for _, cells, fault in rows if fault is None)
    more = True
    while more:
        more = False
        found: dict[str, set[str]] = {name: set() for name in columns}
        wanted = [(places[name], texts) for name, texts in found.items()]
        for cells in islice(cells_of_rows, ROWS_OF_A_PART):
            more = True
            for place, texts in wanted:
                texts.add(cells[place][:CHARACTERS_LOOKED_AT])
        yield {name: {read_cell(text).strip() for text in texts} for name, texts in found.items()}


def _open_json_lines(raw: BinaryIO, path: Path, opened: ExitStack, _given: FileFormat) -> OpenFile:
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


def _open_parquet(raw: BinaryIO, path: Path, opened: ExitStack, _given: FileFormat) -> OpenFile:
    return open_parquet(raw, path, opened)


OPENERS: dict[str, Callable[[BinaryIO, Path, ExitStack, FileFormat], OpenFile]] = {
    ".csv": _open_delimited,
    ".tsv": _open_delimited,
    ".txt": _open_delimited,
    ".jsonl": _open_json_lines,
    ".ndjson": _open_json_lines,
    ".parquet": _open_parquet,
}
