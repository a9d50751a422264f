"""Operations on the traits of a person or an account, as SDKs send them. Pure.

Sources: Amplitude, "HTTP V2 API", user and group property operations; PostHog, "Person properties".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

SET = "set"
SET_ONCE = "set_once"
ADD = "add"
UNSET = "unset"
CLEAR = "clear"
APPEND = "append"
PREPEND = "prepend"
APPEND_ONCE = "append_once"
PREPEND_ONCE = "prepend_once"
REMOVE = "remove"

EVERYTHING = "$clearAll"
"""The name under which it is kept when all traits were taken away."""

GIVEN = "$given:"
"""Before a trait's name, where it is kept when one of the other operations gave it last."""

_ONCE = frozenset({APPEND_ONCE, PREPEND_ONCE})
_GROWING = frozenset({APPEND, PREPEND}) | _ONCE

MOST_TRAITS = 1_000
"""Of one person or account: a program that makes up names must not fill the store."""
LARGEST_TRAIT = 32 * 1024
"""Characters of a text, or bytes of JSON."""
TRAITS_LEFT_OUT = "traits_left_out"
"""The note of an event whose traits were not all kept."""
MOST_TRAIT_TIMES = 2 * MOST_TRAITS
"""When traits were said last that somebody has, or had until they were taken away."""

TraitChange = tuple[str, dict[str, Any]]
"""An operation and its operands by trait.

`UNSET` takes only their names, `CLEAR` the names of those that stay, none as SDKs send it. To set a
trait to `null` takes it away: it is unknown from then on.
"""


def changed(traits: Mapping[str, Any], changes: Iterable[TraitChange]) -> dict[str, Any]:
    """The traits after the changes, made one after another.

    `ADD` takes for 0 what is no number, and leaves the trait as it is where the sum is beyond what
    can be stored. The operations on lists take what is no list for one of a single element, and a
    trait that is not there for an empty one. What is beyond `MOST_TRAITS` or `LARGEST_TRAIT` is
    left out: `leave_out_any` tells.
    """
    after = dict(traits)
    for operation, operands in changes:
        if operation == CLEAR:
            after = {name: value for name, value in after.items() if name in operands}
            continue
        if operation == SET and None not in operands.values():
            for name, operand in operands.items():
                _give(after, name, operand)
            continue
        for name, operand in operands.items():
            _change(after, name, operation, operand)
    return after


def changed_at(
    traits: Mapping[str, Any],
    said_at: Mapping[str, str],
    changes: Sequence[TraitChange],
    at: datetime,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The traits after the changes made `at` that undo nothing newer, and when each was said.

    Each change counts by its own time, however late it arrives: what was said of a trait later, or
    that it was taken away, holds. `said_at` tells when each trait was said, or taken away, last.
    That a trait was added to later, or set once, keeps it from being taken away, but not from being
    set: see `GIVEN`.
    """
    now = at.isoformat()
    if said_at and max(said_at.values()) > now:
        changes = in_time(changes, said_at, now)
    said = {**said_at}
    for operation, operands in changes:
        if operation == CLEAR:
            said = {name: moment for name, moment in said.items() if moment > now}
            said[EVERYTHING] = max(now, said_at.get(EVERYTHING, now))
        elif operation in {SET, UNSET}:
            _note(said, operands, now)
        elif operation != REMOVE:
            _note_given(said, operands, now)
    return changed(traits, changes), said


def leave_out_any(changes: Iterable[TraitChange], after: Mapping[str, Any]) -> bool:
    """Whether a trait of the changes is too large, or one too many; `after`: what came of them."""
    given = [
        (operation, name, operand)
        for operation, operands in changes
        if operation not in {UNSET, CLEAR, REMOVE}
        for name, operand in operands.items()
        if operand is not None
    ]
    is_full = len(after) >= MOST_TRAITS and any(name not in after for _, name, _ in given)
    return is_full or any(
        _is_too_large(operand)
        or (operation in _GROWING and bool(_without(_as_list(operand), _as_list(after.get(name)))))
        for operation, name, operand in given
    )


def in_time(
    changes: Iterable[TraitChange], said_at: Mapping[str, str], now: str
) -> list[TraitChange]:
    """The changes without what was said otherwise later than `now` (see `changed_at`)."""
    cleared_at = said_at.get(EVERYTHING, "")
    timely = []
    for operation, operands in changes:
        if operation == CLEAR:
            kept = (name.removeprefix(GIVEN) for name, moment in said_at.items() if moment > now)
            timely.append((CLEAR, dict.fromkeys(kept)))
        else:
            in_force = {
                name: operand
                for name, operand in operands.items()
                if max(said_at.get(name, now), cleared_at) <= now
                and not (_takes_away(operation, operand) and said_last(said_at, name) > now)
            }
            timely.append((operation, in_force))
    return timely


def said_last(said_at: Mapping[str, str], name: str) -> str:
    """When a trait was said, given or taken away last; empty where that is not known."""
    return max(said_at.get(name, ""), said_at.get(f"{GIVEN}{name}", ""))


def named(changes: Iterable[TraitChange], before: Iterable[str] = ()) -> set[str]:
    """The traits that the changes are about; `before`: those that there were."""
    found: set[str] = set()
    for operation, operands in changes:
        found.update(before if operation == CLEAR else operands)
    return found


def _note(said_at: dict[str, str], names: Mapping[str, Any], now: str) -> None:
    """Note that something was said of these traits `now`."""
    if EVERYTHING not in names and len(said_at) + len(names) <= MOST_TRAIT_TIMES:
        said_at |= dict.fromkeys(names, now)
        return
    for name in names:
        if name != EVERYTHING and (name in said_at or len(said_at) < MOST_TRAIT_TIMES):
            said_at[name] = now


def _note_given(said_at: dict[str, str], operands: Mapping[str, Any], now: str) -> None:
    """Note that these traits were given `now`, unless that is known of a later time."""
    names = (f"{GIVEN}{name}" for name, operand in operands.items() if operand is not None)
    _note(said_at, {name: None for name in names if said_at.get(name, now) <= now}, now)


def _takes_away(operation: str, operand: object) -> bool:
    return operation == UNSET or (operation == SET and operand is None)


def _change(traits: dict[str, Any], name: str, operation: str, operand: object) -> None:
    if _takes_away(operation, operand):
        traits.pop(name, None)
    elif operand is None or (operation == SET_ONCE and name in traits):
        return
    elif operation in {SET, SET_ONCE}:
        _give(traits, name, operand)
    elif operation == ADD:
        _add(traits, name, operand)
    elif not _is_too_large(operand):
        _change_list(traits, name, operation, _as_list(operand))


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


def _change_list(
    traits: dict[str, Any], name: str, operation: str, items: Sequence[object]
) -> None:
    if operation == REMOVE and name not in traits:
        return
    known = _as_list(traits.get(name))
    if operation == REMOVE:
        items, known = (), _without(known, items)
    elif operation in _ONCE:
        items = _without(items, known)
    to_front = operation in {PREPEND, PREPEND_ONCE}
    _give(traits, name, [*items, *known] if to_front else [*known, *items])


def _as_list(value: object) -> Sequence[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _without(items: Iterable[object], others: Iterable[object]) -> list[object]:
    """The items that are not among the others. As JSON, `1` and `true` are not the same."""
    found = {json.dumps(each, sort_keys=True) for each in others}
    return [item for item in items if json.dumps(item, sort_keys=True) not in found]


def _number(value: object) -> int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
