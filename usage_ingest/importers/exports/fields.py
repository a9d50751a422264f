"""Reading the fields of an exported row, which are JSON, or text that holds JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from usage_ingest.dialects.flaws import Unusable, flaw_in_text, refuse_nul
from usage_ingest.importers.exports.export import Fields

MILLISECONDS_FROM = 100_000_000_000
"""A larger number is no time in seconds: it would be after the year 5000."""

_NOTHING = frozenset((b"null", b'""', b"{}", b""))
_read_text = msgspec.json.Decoder(str | None).decode
_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_object = msgspec.json.Decoder(dict[str, Any]).decode


def given(fields: Fields, name: str) -> msgspec.Raw | None:
    """A field that says something."""
    raw = fields.get(name)
    return None if raw is None or bytes(raw) in _NOTHING else raw


def text_in(fields: Fields, name: str) -> str | None:
    """The text of a field; None where there is none.

    Raises:
        Unusable: something else is there.
    """
    raw = given(fields, name)
    if raw is None:
        return None
    try:
        text: str | None = _read_text(raw)
        return text
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unusable("wrong_type", name, "found no text; allowed: text") from error


def object_in(fields: Fields, name: str) -> msgspec.Raw | None:
    """The JSON of an object, which Parquet and some JSON Lines hold as text.

    Raises:
        Unusable: the text holds no object.
    """
    raw = given(fields, name)
    if raw is None or not bytes(raw).startswith(b'"'):
        return raw
    content = msgspec.Raw((text_in(fields, name) or "").encode())
    fields_of(content, name)  # what is no object must not become a part of one
    return content


def fields_of(raw: bytes | msgspec.Raw | None, place: str) -> dict[str, msgspec.Raw]:
    """The fields of an object, not yet read; none where there is no object.

    Raises:
        Unusable: it is no object.
    """
    if raw is None:
        return {}
    try:
        return _read_fields(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise why_unreadable(raw, place) from error


def values_of(raw: msgspec.Raw, place: str) -> dict[str, Any]:
    """What an object says.

    Raises:
        Unusable: it is none, or holds what cannot be stored.
    """
    try:
        values = _read_object(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise why_unreadable(raw, place) from error
    refuse_nul(values, place)
    return values


def why_unreadable(raw: bytes | msgspec.Raw, place: str) -> Unusable:
    """What is wrong with what should be an object: half a character in it, say, or it is none."""
    try:
        is_object = isinstance(json.loads(bytes(raw).decode("utf-8", "surrogateescape")), dict)
        if is_object:
            return flaw_in_text(bytes(raw), place)
    except RecursionError:
        return Unusable("nested_too_deeply", place, "found too many levels; allowed: fewer")
    except ValueError:
        pass
    return Unusable("wrong_type", place, "found no JSON object; allowed: one")


def moment_of(raw: msgspec.Raw, zone: ZoneInfo, place: str) -> datetime:
    """A moment in seconds or milliseconds since 1970, as a clock in that zone shows it.

    Raises:
        Unusable: it is no such number.
    """
    try:
        number = msgspec.json.decode(raw, type=float)
        seconds = number / 1000 if abs(number) > MILLISECONDS_FROM else number
        shown = datetime.fromtimestamp(seconds if math.isfinite(seconds) else math.inf, UTC)
        return shown.replace(tzinfo=zone).astimezone(UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError) as error:
        found = f"found {bytes(raw)[:40].decode(errors='replace')}; allowed: seconds since 1970"
        raise Unusable("time_unreadable", place, found) from error
