"""Which errors are for what is written, not for the state that a store is in."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

LONGEST_WORDS = 300
CONTENT_CLASSES = ("22", "23", "54")
"""SQLSTATE: data exception, integrity constraint violation, program limit exceeded.

Source: PostgreSQL, appendix "Error Codes". The last comes as an OperationalError.
"""
OF_VALUES = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""What our own code and the drivers raise for a value they cannot take."""


def is_for_content(error: Exception) -> bool:
    """Whether the same would happen again whenever the same is written."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return isinstance(error, DataError | IntegrityError) or state.startswith(CONTENT_CLASSES)
    if isinstance(error, StatementError):  # a value that could not be handed to the driver
        return isinstance(error.orig, OF_VALUES)
    return isinstance(error, OF_VALUES)


def words_of(error: Exception) -> str:
    """What the database said, without the statement and its values."""
    said = error.orig if isinstance(error, StatementError) and error.orig else error
    first_line = (str(said).splitlines() or [""])[0]
    return f"{type(said).__name__}: {first_line}"[:LONGEST_WORDS]
