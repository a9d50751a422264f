"""Operations on the traits of a person or an account, as SDKs send them. Pure.

Sources: Amplitude, "HTTP V2 API", user and group property operations; PostHog, "Person properties".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

SET = "set"
SET_ONCE = "set_once"
ADD = "add"
UNSET = "unset"

TraitChange = tuple[str, dict[str, Any]]
"""An operation and its operands by trait; `UNSET` takes only their names."""


def changed(traits: Mapping[str, Any], changes: Iterable[TraitChange]) -> dict[str, Any]:
    """The traits after the changes, made one after another.

    `null` is the same as a trait that is not there. `ADD` takes for 0 what is no number, and leaves
    the trait as it is where the sum is beyond what can be stored.
    """
    after = dict(traits)
    for operation, operands in changes:
        for name, operand in operands.items():
            if operation == UNSET:
                after.pop(name, None)
            elif operation == ADD:
                _add(after, name, operand)
            elif operand is not None and (operation == SET or name not in after):
                after[name] = operand
    return after


def in_time(
    changes: Iterable[TraitChange], said_at: Mapping[str, str], at: datetime
) -> list[TraitChange]:
    """The changes made `at` that undo nothing newer; `said_at` tells when each trait was said.

    What sets or removes a trait counts by its own time, however late it arrives. What adds to one
    or gives it a first value is the same at any time.
    """
    now = at.isoformat()
    return [
        (
            operation,
            {
                name: operand
                for name, operand in operands.items()
                if operation not in {SET, UNSET} or said_at.get(name, now) <= now
            },
        )
        for operation, operands in changes
    ]


def times(changes: Iterable[TraitChange], at: datetime) -> dict[str, str]:
    """When the traits that the changes set or remove were said."""
    now = at.isoformat()
    return {
        name: now
        for operation, operands in changes
        if operation in {SET, UNSET}
        for name, operand in operands.items()
        if operand is not None or operation == UNSET
    }


def named(changes: Iterable[TraitChange]) -> set[str]:
    """The traits that the changes are about."""
    return {
        name for _, operands in changes for name, operand in operands.items() if operand is not None
    }


def _add(traits: dict[str, Any], name: str, operand: object) -> None:
    with suppress(OverflowError):
        total = _number(traits.get(name)) + _number(operand)
        if math.isfinite(total):
            traits[name] = total


def _number(value: object) -> int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
