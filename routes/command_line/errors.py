"""What a user can mend, said in one line."""

from __future__ import annotations

from environs import EnvError
from sqlalchemy.exc import OperationalError

from pql.state.opening import SchemaStale

EXPECTED: tuple[type[Exception], ...] = (
    EnvError,
    OperationalError,
    SchemaStale,
)


def sentence(error: Exception) -> str:
    """One line that says what is wrong and, where we know, what to do."""
    if isinstance(error, OperationalError):
        return f"DATABASE_URL cannot be reached: {first_line(str(error.orig))}"
    return first_line(str(error))


def first_line(text: str) -> str:
    """The first line of a message; drivers add their history below it."""
    return text.strip().partition("\n")[0]
