"""In which encoding a text file is written, decided over all of it."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from pql.delimited.lines import UnreadableText

BLOCK = 1024 * 1024
UTF_8 = "utf-8"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The longer ones before those that they begin with."""
ONE_BYTE = ("cp1252", "cp1250", "iso8859_2")
"""Western and Central European: of those that fit alike the first."""
NAMES = {
    UTF_8: "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO 8859-2 (Central European)",
}
"""How people know them."""
MOSTLY = 0.3
"""Share of every other byte that is zero in UTF-16: text of Latin letters has far more."""
MOST_RUNS = 50_000
"""Runs of letters beyond ASCII that are looked at."""
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
LONG_RUN = 3
"""So many letters beyond ASCII follow on one another in no European text in Latin letters."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_INSIDE_WORDS = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]+(?=[A-Za-z])")
_NOT_DECODED = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def recognise_encoding(file: BinaryIO) -> str:
    """The encoding of a file that is read from its beginning to its end.

    UTF-16 and UTF-8 are certain. What is not UTF-8 for the most part is of one byte a letter: the
    one in which fewest words have something else than a letter inside.

    Raises:
        UnreadableText: its letters are neither Unicode nor Latin.
    """
    begin = file.read(BLOCK)
    marked = _by_mark(begin) or _by_zeros(begin)
    if marked is not None:
        return marked
    letters = _Letters()
    while begin:
        letters.add(begin)
        begin = file.read(BLOCK)
    return letters.encoding()


class _Letters:
    """What is found beyond ASCII."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(UTF_8)("surrogateescape")
        self._decoded = 0
        self._not_decoded = 0
        self._runs: list[bytes] = []
        self._inside: list[bytes] = []

    def add(self, block: bytes) -> None:
        """Look at one block."""
        text = self._decoder.decode(block)
        if text.isascii():
            return
        beyond = len(_BEYOND_ASCII.findall(text))
        not_decoded = len(_NOT_DECODED.findall(text))
        self._decoded += beyond - not_decoded
        self._not_decoded += not_decoded
        if not_decoded and len(self._runs) < MOST_RUNS:
            self._runs += _NOT_ASCII.findall(block)
            self._inside += _INSIDE_WORDS.findall(block)

    def encoding(self) -> str:
        """What it comes to. A few bytes that are not UTF-8 among many that are: their rows' fault.

        Raises:
            UnreadableText: see `recognise_encoding`.
        """
        if self._not_decoded <= self._decoded:
            return UTF_8
        best = min(ONE_BYTE, key=self._strange_words)
        if self._is_not_latin(best):
            raise UnreadableText(
                "its letters are neither UTF-8, UTF-16 nor Latin. Say in which encoding they are, "
                "as in encoding: windows-1251 (--encoding windows-1251), or save it as UTF-8"
            )
        return best

    def _is_not_latin(self, encoding: str) -> bool:
        long_runs = sum(len(run) >= LONG_RUN for run in self._runs)
        decoded = (run.decode(encoding, "replace") for run in self._runs)
        unknown = sum("\N{REPLACEMENT CHARACTER}" in run for run in decoded)
        strange = self._strange_words(encoding)
        return (
            2 * long_runs > len(self._runs)
            or 10 * unknown > len(self._runs)
            or strange > max(1, len(self._inside) / 2)
        )

    def _strange_words(self, encoding: str) -> int:
        decoded = (run.decode(encoding, "replace") for run in self._inside)
        return sum(not run.replace(APOSTROPHE, "a").isalpha() for run in decoded)


def _by_mark(begin: bytes) -> str | None:
    return next((name for mark, name in MARKS if begin.startswith(mark)), None)


def _by_zeros(begin: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin letters is zero."""
    looked_at = begin[:4096]
    zeros = [looked_at[place::2].count(0) / max(1, len(looked_at) // 2) for place in (0, 1)]
    if max(zeros) < MOSTLY or min(zeros) > MOSTLY / 10:
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
