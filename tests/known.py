"""For assertions about values that may be unknown: `known(value)` fails where one is."""

from typing import TypeVar

Value = TypeVar("Value")


def known(value: Value | None) -> Value:
    """The value, which must not be `None`."""
    assert value is not None
    return value
