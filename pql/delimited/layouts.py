"""How the text of a delimited file lies: its encoding and its delimiter, said or recognised."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pql.delimited.encodings import NAMES, UTF_8, recognise_encoding
from pql.delimited.formats import DELIMITERS, FileFormat

HEAD = 64 * 1024
"""Characters at the beginning of which the delimiter is recognised."""
NO_FIT = (0.0, 0)
DELIMITER_WORDS = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "pipe"}
_SAID_IN_FILE = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n", re.IGNORECASE)
"""The line that Excel reads and writes before the header."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Encoding and delimiter. `lines_before` the header say nothing else (`sep=;`)."""

    encoding: str
    delimiter: str
    lines_before: int = 0

    def sentence(self) -> str:
        """What was understood, for people."""
        delimiter = DELIMITER_WORDS.get(self.delimiter, self.delimiter)
        return f"{NAMES.get(self.encoding, self.encoding)}, cells separated by {delimiter}"


def recognise_layout(file: BinaryIO, given: FileFormat) -> Layout:
    """The layout of a file that can be read twice from its beginning.

    Raises:
        UnreadableText: its encoding cannot be told.
        LookupError, UnicodeError: it is not in the encoding that was said.
    """
    encoding = given.encoding or recognise_encoding(file)
    if codecs.lookup(encoding).name == UTF_8:
        encoding = _with_mark(file)
    file.seek(0)
    head = _head(file, encoding)
    said = _SAID_IN_FILE.match(head)
    if said is None:
        return Layout(encoding, given.delimiter or recognise_delimiter(head))
    return Layout(encoding, given.delimiter or said[1], lines_before=1)


def recognise_delimiter(head: str) -> str:
    """The one that divides most rows into as many cells as the header, and into most cells."""
    fits = {delimiter: _fit(head, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: fits[delimiter])
    return best if fits[best] > NO_FIT else ","


def _with_mark(file: BinaryIO) -> str:
    file.seek(0)
    return "utf-8-sig" if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else UTF_8


def _head(file: BinaryIO, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return decoder.decode(file.read(HEAD))


def _fit(head: str, delimiter: str) -> tuple[float, int]:
    """The share of rows that have as many cells as the header, and that number of cells."""
    widths = [len(row) for row in _rows(head, delimiter) if row]
    if not widths or widths[0] < 2:
        return NO_FIT
    rows = widths[1:] or widths
    return (sum(width == widths[0] for width in rows) / len(rows), widths[0])


def _rows(head: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of the head, but for the last, which may have been cut."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    before: list[str] | None = None
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            continue
        if row is None:
            break
        if before is not None:
            yield before
        before = row
    if before is not None and len(head) < HEAD:
        yield before
