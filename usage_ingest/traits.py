"""Operations on the traits of a person or an account, as SDKs send them. Pure.

Sources: Amplitude, "HTTP V2 API", user and group property operations; PostHog, "Person properties".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

SET = "set"
SET_ONCE = "set_once"
ADD = "add"
UNSET = "unset"

MOST_TRAITS = 1_000
"""Of one person or account: a program that makes up names must not fill the store."""
LARGEST_TRAIT = 32 * 1024
"""Characters of a text, or bytes of JSON."""
TRAITS_LEFT_OUT = "traits_left_out"
"""The note of an event whose traits were not all kept."""

TraitChange = tuple[str, dict[str, Any]]
"""An operation and its operands by trait; `UNSET` takes only their names."""


def changed(traits: Mapping[str, Any], changes: Iterable[TraitChange]) -> dict[str, Any]:
    """The traits after the changes, made one after another.

    `null` is the same as a trait that is not there. `ADD` takes for 0 what is no number, and leaves
    the trait as it is where the sum is beyond what can be stored. What is beyond `MOST_TRAITS` or
    `LARGEST_TRAIT` is left out: `leave_out_any` tells.
    """
    after = dict(traits)
    for operation, operands in changes:
        for name, operand in operands.items():
            if operation == UNSET:
                after.pop(name, None)
            elif operation == ADD:
                _add(after, name, operand)
            elif operand is not None and (operation == SET or name not in after):
                _give(after, name, operand)
    return after


def leave_out_any(changes: Iterable[TraitChange], after: Mapping[str, Any]) -> bool:
    """Whether a trait of the changes is too large, or one too many; `after`: what came of them."""
    given = {
        name: operand
        for operation, operands in changes
        if operation != UNSET
        for name, operand in operands.items()
        if operand is not None
    }
    is_full = len(after) >= MOST_TRAITS and not given.keys() <= after.keys()
    return is_full or any(map(_is_too_large, given.values()))


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


def _give(traits: dict[str, Any], name: str, value: object) -> None:
    if (name in traits or len(traits) < MOST_TRAITS) and not _is_too_large(value):
        traits[name] = value


def _is_too_large(value: object) -> bool:
    if isinstance(value, str):
        return len(value) > LARGEST_TRAIT
    return isinstance(value, list | dict) and len(json.dumps(value)) > LARGEST_TRAIT


def _add(traits: dict[str, Any], name: str, operand: object) -> None:
    with suppress(OverflowError):
        total = _number(traits.get(name)) + _number(operand)
        if math.isfinite(total):
            _give(traits, name, total)


def _number(value: object) -> int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
