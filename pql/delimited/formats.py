"""How a file is written, as far as somebody says it: what is left out is recognised."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

AUTO = "auto"
ISO, UNIX, UNIX_MILLISECONDS = "iso", "unix", "unix_milliseconds"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
TIME_FORMATS = (AUTO, ISO, DAY_FIRST, MONTH_FIRST, UNIX, UNIX_MILLISECONDS)
TIME_FORMATS_ALLOWED = f"{', '.join(TIME_FORMATS)} or a format as in %d.%m.%Y %H:%M"
DECIMALS = (".", ",")
DECIMALS_ALLOWED = "point or comma"
THOUSANDS = (".", ",", " ", "'")
"""A space stands for those that do not break a line, too, and ' for the typographic one."""
DELIMITERS = ("\t", ";", "|", ",")
"""Those that are recognised; of two that fit alike the first: commas are in texts and numbers."""
DELIMITER_NAMES = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
}
DELIMITERS_ALLOWED = "one character, or tab, comma, semicolon, pipe"
SIGNS = {"space": " ", "point": ".", "comma": ",", "apostrophe": "'"}
THOUSANDS_ALLOWED = "point, comma, space or apostrophe"
ENCODINGS_ALLOWED = "the name of an encoding, as in utf-8, utf-16, windows-1252, windows-1250"


class FormatInvalid(ValueError):
    """What somebody says about a file is none of what can be said. `field` names it."""

    def __init__(self, field: str, found: object, allowed: str) -> None:
        super().__init__(f"{field}: found {found!r}; allowed: {allowed}")
        self.field = field
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What is said about a file; `None` is to be recognised.

    `delimiter`, `decimal` and `thousands` are one character each, `encoding` one that Python knows,
    `time_format` one of `TIME_FORMATS` or a format of `strptime`.
    """

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    time_format: str | None = None

    def over(self, other: FileFormat) -> FileFormat:
        """What is said here, and for the rest what `other` says."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        names = {name: getattr(other, name) for name in own}
        return FileFormat(**{name: own[name] or names[name] for name in own})


def read_format(said: Mapping[str, str | None]) -> FileFormat:
    """Check what is said, by the names of `FileFormat`; names for signs are taken, as in `tab`.

    Raises:
        FormatInvalid: a value is none that can be said, or decimals and thousands have one sign.
    """
    given = {name: value for name, value in said.items() if value is not None}
    read: dict[str, str] = {}
    for name, value in given.items():
        reader, allowed = READERS[name]
        known = reader(value)
        if known is None:
            raise FormatInvalid(name, value, allowed)
        read[name] = known
    found = FileFormat(**read)
    if found.decimal is not None and found.decimal == found.thousands:
        raise FormatInvalid("thousands", found.thousands, "another sign than that of decimals")
    return found


def read_delimiter(value: str) -> str | None:
    """The character; `None` for what cannot delimit."""
    known = DELIMITER_NAMES.get(value.lower(), value)
    return known if len(known) == 1 and not known.isalnum() and known not in '"\r\n\0' else None


def read_thousands(value: str) -> str | None:
    """The sign between thousands."""
    known = SIGNS.get(value.lower(), value)
    return known if known in THOUSANDS else None


def read_decimal(value: str) -> str | None:
    """The sign before decimals."""
    known = SIGNS.get(value.lower(), value)
    return known if known in DECIMALS else None


def read_encoding(value: str) -> str | None:
    """The encoding as Python calls it; `None` for one that it does not know, or of no text."""
    try:
        found = codecs.lookup(value)
        "".encode(found.name)
    except (LookupError, ValueError):
        return None
    return found.name


def read_time_format(value: str) -> str | None:
    """A word of `TIME_FORMATS`, or a format that says at least day, month and year."""
    if value in TIME_FORMATS:
        return value
    example = datetime(2001, 12, 31, tzinfo=UTC)
    try:
        written = example.strftime(value)
        read = datetime.strptime(written, value)  # noqa: DTZ007  only the date is compared
    except ValueError:
        return None
    return value if read.date() == example.date() else None


READERS = {
    "delimiter": (read_delimiter, DELIMITERS_ALLOWED),
    "encoding": (read_encoding, ENCODINGS_ALLOWED),
    "decimal": (read_decimal, DECIMALS_ALLOWED),
    "thousands": (read_thousands, THOUSANDS_ALLOWED),
    "time_format": (read_time_format, TIME_FORMATS_ALLOWED),
}
