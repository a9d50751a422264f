"""Names of traits and properties that may lead into nested ones: `address.country`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOT = "."


def value_at(values: Mapping[str, Any], name: str) -> Any:
    """What is called so; `None` where nothing is.

    A name that exists as it is wins. Any other leads from object to object, a step at each dot;
    in a list `0` is the first entry.
    """
    if DOT not in name or name in values:
        return values.get(name)
    found: Any = values
    for step in name.split(DOT):
        found = _next(found, step)
    return found


def pointers(name: str) -> list[str]:
    """Where a JSON document may have what is called so (RFC 6901), the first that exists wins."""
    steps = [[name]] if DOT not in name else [[name], name.split(DOT)]
    return ["".join(f"/{_escaped(step)}" for step in each) for each in steps]


def _next(found: Any, step: str) -> Any:
    if isinstance(found, Mapping):
        return found.get(step)
    if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
        return found[int(step)]
    return None


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
