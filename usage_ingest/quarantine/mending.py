"""Rules that mend an event as it was sent: its fields, by path. Pure."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from usage_ingest.dialects.one_meaning import id_text

Fields = dict[str, Any]
Scalar = str | int | float
NOWHERE = object()
"""What is at a path that leads to nothing."""


@dataclass(frozen=True, slots=True)
class MendingRules:
    """What to change, by path: `context.groupId` is the field `groupId` of the field `context`.

    Applied in this order: `rename` (old path to new), `remove`, `set`, `default`, which sets only
    what is missing or `null`, and `cast` (path to one of `CASTS`), which changes nothing where the
    value has no such reading. Objects on the way to a new field are made where there are none;
    a path through anything else, a list or a text, leads nowhere, and its rule changes nothing.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    remove: Sequence[str] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    default: Mapping[str, Any] = field(default_factory=dict)
    cast: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether they change nothing."""
        return not (self.rename or self.remove or self.set or self.default or self.cast)


class PathInvalid(ValueError):
    """A rule's path names no field."""

    def __init__(self, path: str) -> None:
        allowed = "names of fields joined by dots, as in context.groupId"
        super().__init__(f"found the path {path!r}; allowed: {allowed}")


class CastUnknown(ValueError):
    """A rule casts to what is no kind of value."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"found the cast {kind!r}; allowed: {', '.join(CASTS)}")


def require_paths(rules: MendingRules) -> None:
    """Refuse rules that cannot be meant.

    Raises:
        PathInvalid: a path is empty, or has an empty part.
        CastUnknown: a rule casts to something else than `CASTS`.
    """
    for path in chain(
        rules.rename,
        rules.rename.values(),
        rules.remove,
        rules.set,
        rules.default,
        rules.cast,
    ):
        if not all(path.split(".")):
            raise PathInvalid(path)
    for kind in rules.cast.values():
        if kind not in CASTS:
            raise CastUnknown(kind)


def mended(event: Fields, rules: MendingRules) -> Fields:
    """The event after the rules; the one given stays as it is."""
    result = copy.deepcopy(event)
    for old, new in rules.rename.items():
        _rename(result, old, new)
    for path in rules.remove:
        _take(result, path)
    for path, value in rules.set.items():
        _put(result, path, copy.deepcopy(value))
    for path, value in rules.default.items():
        if at_path(result, path) is NOWHERE or at_path(result, path) is None:
            _put(result, path, copy.deepcopy(value))
    for path, kind in rules.cast.items():
        if isinstance(value := at_path(result, path), str | int | float):
            _put(result, path, CASTS[kind](value))
    return result


def mended_text(content: str, rules: MendingRules) -> str:
    """The same for an event in JSON. What is no object of JSON, no rule can mend."""
    if rules.is_empty:
        return content
    try:
        event = json.loads(content)
    except (ValueError, RecursionError):
        return content
    return json.dumps(mended(event, rules)) if isinstance(event, dict) else content


def at_path(event: Fields, path: str) -> Any:
    """What is at the path, or `NOWHERE`."""
    value: Any = event
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return NOWHERE
        value = value[name]
    return value


def _as_text(value: Scalar) -> Scalar:
    if isinstance(value, bool):
        return str(value).lower()
    return str(id_text(value))


def _as_number(value: Scalar) -> Scalar:
    text = str(value).strip()
    for read in (int, float):
        with suppress(ValueError):
            number = read(text)
            return number if math.isfinite(number) else value
    return value


def _as_boolean(value: Scalar) -> Scalar:
    return {"true": True, "1": True, "false": False, "0": False}.get(
        str(value).strip().lower(), value
    )


CASTS: Mapping[str, Callable[[Scalar], Scalar]] = {
    "text": _as_text,
    "number": _as_number,
    "boolean": _as_boolean,
}
"""What a value can be made, by the word for it."""


def _rename(event: Fields, old: str, new: str) -> None:
    value = _take(event, old)
    if value is not NOWHERE and not _put(event, new, value):
        _put(event, old, value)


def _take(event: Fields, path: str) -> Any:
    """Take out what is at the path."""
    parent, _, name = path.rpartition(".")
    holder = at_path(event, parent) if parent else event
    return holder.pop(name, NOWHERE) if isinstance(holder, dict) else NOWHERE


def _put(event: Fields, path: str, value: Any) -> bool:
    """Put a value at the path; False where that leads through something that is no object."""
    *way, name = path.split(".")
    holder = event
    for step in way:
        if holder.get(step) is None:
            holder[step] = {}
        if not isinstance(holder[step], dict):
            return False
        holder = holder[step]
    holder[name] = value
    return True
