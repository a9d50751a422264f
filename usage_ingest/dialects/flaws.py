"""What makes an event unusable, and how that is said: what is wrong, where, and what is allowed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

LONGEST_IDENTIFIER = 512
"""Characters of an id or an event name: what the state store holds."""

LONGEST_CONTENT = 16_384
"""Bytes of an unusable event that are kept to show."""

NUL = b"\\u0000"
"""A NUL character as JSON writes it, and the only way it can."""

_WRONG_TYPE = re.compile(
    r"Expected `(?P<allowed>.+?)`, got `(?P<found>.+?)`(?: - at `\$(?P<path>.*)`)?"
)


class Unusable(ValueError):
    """An event that cannot be used. `reason` is a short code, `detail` is for the sender."""

    def __init__(self, reason: str, place: str, what: str) -> None:
        super().__init__(f"{place or 'the event'}: {what}")
        self.reason = reason
        self.detail = str(self)


def wrong_type(error: msgspec.ValidationError, place: str) -> Unusable:
    """What msgspec found where it expected something else."""
    match = _WRONG_TYPE.match(str(error))
    if match is None:
        return Unusable("wrong_type", place, str(error))
    path = f"{place}{match['path'] or ''}".removeprefix(".")
    allowed = match["allowed"].replace(" | ", " or ")
    return Unusable("wrong_type", path, f"found {match['found']}; allowed: {allowed}")


def flaw_in_text(raw: bytes, place: str) -> Unusable:
    """Why JSON that a strict reader refuses cannot be stored: a lone surrogate, say."""
    for path, value in _walk(json.loads(raw.decode("utf-8", "surrogateescape")), place):
        found = _flaw(path, value)
        if found:
            return found
    return Unusable("unreadable", place, "found JSON that is not well-formed; allowed: RFC 8259")


def refuse_nul(value: object, place: str) -> None:
    """Refuse NUL characters: PostgreSQL stores none.

    Raises:
        Unusable: there is one; it says where.
    """
    for path, inner in _walk(value, place):
        found = _flaw(path, inner)
        if found:
            raise found


def refuse_long(name: str, value: str | None, place: str) -> None:
    """Refuse an id or a name that is longer than the state store holds.

    Raises:
        Unusable: it is.
    """
    if value is not None and len(value) > LONGEST_IDENTIFIER:
        raise Unusable(
            "identifier_too_long",
            f"{place}.{name}" if place else name,
            f"found {len(value)} characters; allowed: at most {LONGEST_IDENTIFIER}",
        )


def shown(raw: bytes, longest: int = LONGEST_CONTENT) -> str:
    """An unusable event as it can be stored, to show what came: its first `longest` bytes."""
    return raw[:longest].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def is_storable(text: str) -> bool:
    """Whether both stores take the text."""
    return _flaw("", text) is None


def _flaw(path: str, value: object) -> Unusable | None:
    if isinstance(value, float) and not math.isfinite(value):
        return Unusable("number_not_finite", path, f"found {value}; allowed: a finite number")
    if not isinstance(value, str):
        return None
    if "\0" in value:
        return Unusable("nul_character", path, "found a NUL character; allowed: text without it")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return Unusable("lone_surrogate", path, "found half a character; allowed: Unicode text")
    return None


def _walk(value: Any, path: str) -> Iterator[tuple[str, object]]:
    """Every name and value inside a JSON value, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (f"the name of a field of {path or 'the event'}", key)
            yield from _walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{position}]")
    else:
        yield path, value
