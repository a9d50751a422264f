"""What may be told of an exception, in a log, in a stored outcome, or to somebody who asked.

Its message often quotes what it was about: the body of a request, a key, a row of another
workspace. So a message is told only where it is known to hold nothing of the kind; of everything
else the class and the stack (file, line, function) are told, which lead to the cause as well. Notes
and local variables never are. The drivers are known by their names: to import them takes long.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from traceback import walk_tb
from types import TracebackType
from typing import Any

from pql.control_characters import escaped

Tell = Callable[[str, BaseException], None]
"""Tells what happened and the exception."""

FRAMES_SHOWN = 30
"""Of each end of a stack; an endless recursion has a thousand frames."""

CAUSES = (
    *("No space left on device", "Disk quota exceeded", "File too large", "Input/output error"),
    *("Read-only file system", "Permission denied", "Too many open files", "Invalid argument"),
    *("Cannot allocate memory", "Connection refused", "Connection reset by peer", "Broken pipe"),
)
"""What an operator can mend. They are looked for in messages that are not told otherwise."""


class PlainError(Exception):
    """An error of ours whose message holds our own words, names of files and numbers alone.

    It may be logged as it is. Do not derive from it what quotes something that was sent.
    """


def summary(error: BaseException) -> str:
    """The class of an exception and what may be told of its message, in one line."""
    name, message = type(error).__qualname__, _message(error)
    if message.startswith(f"{name}: "):  # the driver's error, which has the same name
        return escaped(message)
    return escaped(f"{name}: {message}" if message else name)


def report(error: BaseException) -> str:
    """The stack, class and message of an exception, after those of its causes; many lines."""
    return "\n".join(_lines(error, set()))


def watch_uncaught(tell: Tell) -> None:
    """Have exceptions that nobody catches told by `tell`, and not as Python prints them.

    Who watches threads and what is thrown away already (a test does) goes on with it.
    """

    sys.excepthook = partial(_of_process, tell)
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = partial(_of_thread, tell)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = partial(_of_nobody, tell)


def _of_process(
    tell: Tell, kind: type[BaseException], error: BaseException, stack: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, stack)  # it has no message
    else:
        tell("an error ended the process", error)


def _of_thread(tell: Tell, found: threading.ExceptHookArgs) -> None:
    if found.exc_value is not None and not issubclass(found.exc_type, SystemExit):
        tell("an error ended a thread", found.exc_value)


def _of_nobody(tell: Tell, found: sys.UnraisableHookArgs) -> None:
    if found.exc_value is not None:
        tell("an error had nobody to go to", found.exc_value)


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _lines(cause, seen)
        yield "which led to:"
    yield from _stack(error)
    yield summary(error)
    for each in getattr(error, "exceptions", ()):  # an ExceptionGroup's
        if isinstance(each, BaseException) and id(each) not in seen:
            yield "one of them:"
            yield from _lines(each, seen)


def _stack(error: BaseException) -> list[str]:
    frames = [
        escaped(f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_qualname}')
        for frame, line in walk_tb(error.__traceback__)
    ]
    left_out = len(frames) - 2 * FRAMES_SHOWN
    if left_out > 0:
        frames[FRAMES_SHOWN:-FRAMES_SHOWN] = [f"  ... {left_out} more"]
    return frames


def _message(error: BaseException) -> str:
    for kind in type(error).__mro__:
        tell = _MESSAGES.get(kind.__module__.partition(".")[0])
        if tell is not None:
            return tell(error) or _cause_in(error)
    if isinstance(error, PlainError):
        return str(error)
    if isinstance(error, OSError) and isinstance(error.errno, int):
        file = "" if error.filename is None else f": {error.filename}"
        return os.strerror(error.errno) + file
    return _cause_in(error)


def _cause_in(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an error that cannot even say what it is
        return ""
    return next((cause for cause in CAUSES if cause in text), "")


def _of_sqlalchemy(error: Any) -> str:
    """The driver's error, which it wraps; of its own, those that are about no value."""
    driver = getattr(error, "orig", None)
    if isinstance(driver, BaseException):
        return summary(driver)
    return _first_line(error) if type(error).__name__ in _ABOUT_NO_VALUE else ""


_ABOUT_NO_VALUE = frozenset(("TimeoutError", "NoResultFound", "MultipleResultsFound"))


def _of_psycopg(error: Any) -> str:
    """The primary message, without DETAIL, which has keys and rows; not of a value's own error."""
    state = getattr(error, "sqlstate", None)
    if state is None:  # the client's own: only what becomes of a connection is about no value
        is_about_connection = type(error).__name__ in _OF_CONNECTION
        return _first_line(error) if is_about_connection else ""
    told = "" if state.startswith(_QUOTING_STATES) else error.diag.message_primary
    about = error.diag.constraint_name or error.diag.column_name or error.diag.table_name
    return ": ".join(filter(None, (f"SQLSTATE {state}", told or about)))


_OF_CONNECTION = frozenset(("OperationalError", "ConnectionTimeout"))
_QUOTING_STATES = ("22", "42601", "P0")
"""SQLSTATE: data exceptions, syntax errors and a function's own quote what they are about."""


def _of_sqlite(error: Any) -> str:
    """What SQLite itself says, which knows no values; the driver's own errors quote them."""
    name = getattr(error, "sqlite_errorname", None)
    if name is None:
        return ""
    is_plain = name not in _QUOTING_SQLITE or _PLAIN_SQLITE.fullmatch(str(error))
    return f"{name}: {_first_line(error)}" if is_plain else name


_QUOTING_SQLITE = frozenset(
    ("SQLITE_ERROR", "SQLITE_CONSTRAINT_TRIGGER", "SQLITE_CONSTRAINT_FUNCTION", "SQLITE_MISMATCH")
)
"""A statement's text, or what a trigger says."""
_PLAIN_SQLITE = re.compile(r"no such table: [\w.]+|table \w+ already exists")


def _of_duckdb(error: Any) -> str:
    """What is about files and memory. Its other messages quote the values they are about."""
    return _first_line(error) if type(error).__name__ in _OF_MACHINE else ""


_OF_MACHINE = frozenset(("IOException", "OutOfMemoryException", "InterruptException"))


_MESSAGES: Mapping[str, Callable[[Any], str | None]] = {
    "sqlalchemy": _of_sqlalchemy,
    "psycopg": _of_psycopg,
    "sqlite3": _of_sqlite,
    "duckdb": _of_duckdb,
    "_duckdb": _of_duckdb,
}


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
