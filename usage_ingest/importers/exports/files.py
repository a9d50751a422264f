"""The rows of exports, whatever the files are packed in: what they begin with tells, not a name.

Browsers and clients of object stores unpack what they fetch, and leave `.gz` in the name.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import msgspec
import pyarrow as pa

from usage_ingest.dialects.flaws import Unusable
from usage_ingest.importers.cells import LONGEST_SHOWN, BadCell
from usage_ingest.importers.exports import archives
from usage_ingest.importers.exports.fields import fields_of
from usage_ingest.importers.lines import Lines
from usage_ingest.importers.open_file import NumberedRow, UnreadableFile
from usage_ingest.importers.parquet_rows import open_parquet

ZIP, GZIP, ZSTANDARD, PARQUET = b"PK", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
BYTES_AT_ONCE = 256 * 1024
"""Unpacked in one go."""
BROTLI = ".br"
"""What is packed so has no beginning of its own."""
MARK = b"\xef\xbb\xbf"
"""A byte order mark, with which some editors begin a file."""
DAMAGES = (OSError, EOFError, zlib.error, UnicodeError, pa.ArrowException, *archives.UNREADABLE)


class ExportFiles:
    """Files that are read one after another. `unreadable` says which ended before their end."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._read = 0
        self._tell: Callable[[], int] = lambda: 0
        self.size = sum(path.stat().st_size for path in paths)
        self.unreadable: list[str] = []

    def position(self) -> int:
        """How many bytes have been read."""
        return self._read + self._tell()

    def rows(self) -> Iterator[NumberedRow]:
        """The rows of all files; their cells are still JSON."""
        for path in self._paths:
            yield from self._rows_of(path)
            self._tell = lambda: 0
            self._read += path.stat().st_size

    def _rows_of(self, path: Path) -> Iterator[NumberedRow]:
        try:
            with path.open("rb") as raw:
                self._tell = raw.tell
                yield from _rows_in(raw, path)
        except UnreadableFile as problem:
            words = str(problem)
            self.unreadable.append(words if str(path) in words else f"{path}: {words}")
        except DAMAGES as problem:
            self.unreadable.append(f"{path}: {problem}")


def _rows_in(raw: io.BufferedReader, path: Path) -> Iterator[NumberedRow]:
    if not raw.peek(len(ZIP)).startswith(ZIP):
        yield from _rows_of_file(raw, path, str(path))
        return
    for name, file in archives.members(raw):
        yield from _rows_of_file(cast(io.BufferedReader, file), path, f"{path}/{name}")


def _rows_of_file(
    raw: io.BufferedReader | IO[bytes], path: Path, name: str
) -> Iterator[NumberedRow]:
    begin = cast(Any, raw).peek(len(PARQUET))
    with ExitStack() as opened:
        if begin.startswith(PARQUET):
            yield from _parquet_rows(cast(BinaryIO, raw), path, name, opened)
        else:
            yield from _json_rows(Lines(_unpacked(raw, begin, name, opened), Path(name)), name)


def _unpacked(raw: Any, begin: bytes, name: str, opened: ExitStack) -> BinaryIO:
    if begin.startswith(GZIP):
        unpacking = opened.enter_context(gzip.GzipFile(fileobj=raw))
        return cast(BinaryIO, opened.enter_context(io.BufferedReader(unpacking, BYTES_AT_ONCE)))
    if begin.startswith(ZSTANDARD) or name.lower().endswith(BROTLI):
        packing = "zstd" if begin.startswith(ZSTANDARD) else "brotli"
        stream = opened.enter_context(pa.CompressedInputStream(raw, packing))
        return cast(BinaryIO, opened.enter_context(io.BufferedReader(stream, BYTES_AT_ONCE)))
    return cast(BinaryIO, raw)


def _json_rows(lines: Lines[bytes], name: str) -> Iterator[NumberedRow]:
    number = 0
    while True:
        number += 1
        lines.begin_row()
        line = next(lines, None)
        if line is None:
            return
        line = line.removeprefix(MARK) if number == 1 else line
        if line.strip():
            yield _json_row(number, line, name)


def _json_row(number: int, line: bytes, name: str) -> NumberedRow:
    try:
        return NumberedRow(number, fields_of(line, ""), size=len(line), file=name)
    except Unusable as flaw:
        found = line[:LONGEST_SHOWN].decode("utf-8", "replace").strip()
        problem = BadCell("", flaw.reason, found, "one JSON object a line, of Unicode text")
        return NumberedRow(number, {}, problem, len(line), name)


def _parquet_rows(raw: BinaryIO, path: Path, name: str, opened: ExitStack) -> Iterator[NumberedRow]:
    for row in open_parquet(raw, path, opened).rows:
        cells = {key: msgspec.Raw(_encoded(cell)) for key, cell in row.cells.items()}
        size = sum(map(len, map(bytes, cells.values())))
        yield NumberedRow(row.number, cells, row.problem, size, name)


def _encoded(cell: object) -> bytes:
    return msgspec.json.encode(cell, enc_hook=str)
