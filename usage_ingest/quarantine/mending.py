"""Rules that mend an event as it was sent: its fields, by path. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]
NOWHERE = object()
"""What is at a path that leads to nothing."""


@dataclass(frozen=True, slots=True)
class MendingRules:
    """What to change, by path: `context.groupId` is the field `groupId` of the field `context`.

    Applied in this order: `rename` (old path to new), `remove`, `set`, and `default`, which sets
    only what is missing or `null`. Objects on the way to a new field are made where there are none;
    a path through anything else, a list or a text, leads nowhere, and its rule changes nothing.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    remove: Sequence[str] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    default: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether they change nothing."""
        return not (self.rename or self.remove or self.set or self.default)


class PathInvalid(ValueError):
    """A rule's path names no field."""

    def __init__(self, path: str) -> None:
        allowed = "names of fields joined by dots, as in context.groupId"
        super().__init__(f"found the path {path!r}; allowed: {allowed}")


def require_paths(rules: MendingRules) -> None:
    """Refuse rules that cannot be meant.

    Raises:
        PathInvalid: a path is empty, or has an empty part.
    """
    for path in (*rules.rename, *rules.rename.values(), *rules.remove, *rules.set, *rules.default):
        if not all(path.split(".")):
            raise PathInvalid(path)


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
