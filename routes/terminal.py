"""Output of the command line: whatever a stranger sent is shown, and steers no terminal.

While a command runs, standard output and standard error escape control characters of everything
that is written to them. Two may go past that: rich, whose own codes draw tables and bars and whose
texts `routes/console.py` escapes, and what is written for programs, where no terminal reads it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from pql.control_characters import escaped

LINE_END = "\n"


class EscapedStream:
    """A text stream that escapes control characters but ends of lines, and is otherwise `raw`."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write the text, escaped; its length."""
        self.raw.write(escaped(text, kept=LINE_END))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write every line, escaped."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> Any:
        """None to be had: what is written to it would not be escaped."""
        raise AttributeError("buffer")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


@contextmanager
def escaped_output() -> Iterator[None]:
    """Escape what is written to standard output and standard error until the block ends."""
    before = sys.stdout, sys.stderr
    during = tuple(cast(TextIO, EscapedStream(unescaped(stream))) for stream in before)
    sys.stdout, sys.stderr = during
    try:
        yield
    finally:
        if (sys.stdout, sys.stderr) == during:  # or click has put something quiet in their place
            sys.stdout, sys.stderr = before


def unescaped(stream: TextIO) -> TextIO:
    """The stream itself, for who escapes what it writes."""
    return stream.raw if isinstance(stream, EscapedStream) else stream


def write_for_programs(text: str) -> None:
    """Write to standard output as it is, into a file or a pipe; escaped where a terminal reads."""
    stream = unescaped(sys.stdout)
    if stream.isatty():
        stream.write(escaped(text.replace("\r\n", LINE_END), kept=LINE_END))
    else:  # half of a surrogate pair is no text: it would end the command
        stream.write(text.encode("utf-8", "backslashreplace").decode())
    stream.flush()
