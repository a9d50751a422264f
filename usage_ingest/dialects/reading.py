"""Taking a body apart into events that are still bytes, and reading one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from usage_ingest.dialects.dialect import UnreadableBody
from usage_ingest.dialects.flaws import (
    NUL,
    Unusable,
    flaw_in_text,
    is_storable,
    refuse_long,
    refuse_nul,
    wrong_type,
)
from usage_ingest.dialects.one_meaning import FieldMeanings, id_text, plain

Event = TypeVar("Event", bound=msgspec.Struct)
Fields = Mapping[str, Any]

_LIST = re.compile(rb"\s*\[")
_UPPER_CASE = re.compile("[A-Z]")
_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def is_list(body: bytes | msgspec.Raw) -> bool:
    """Whether JSON that is well-formed is a list."""
    return _LIST.match(body) is not None


def split_object(body: bytes) -> dict[str, msgspec.Raw]:
    """The fields of a JSON object, not yet read.

    Raises:
        UnreadableBody: it is not JSON or no object.
    """
    try:
        return _read_fields(body)
    except msgspec.ValidationError as error:
        raise UnreadableBody(f"the body has the wrong shape: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = _read_leniently(body)
    if not isinstance(content, dict):
        raise UnreadableBody("the body is no JSON object")
    return {str(name): _written(value) for name, value in content.items()}


def split_list(body: bytes | msgspec.Raw, name: str) -> list[msgspec.Raw]:
    """The elements of a JSON list, not yet read. `name` says which list, to whoever sent it.

    Raises:
        UnreadableBody: it is not JSON or no list.
    """
    try:
        return _read_elements(body)
    except msgspec.ValidationError as error:
        raise UnreadableBody(f"the body has no list called {name!r}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = _read_leniently(bytes(body))
    if not isinstance(content, list):
        raise UnreadableBody(f"the body has no list called {name!r}")
    return [_written(element) for element in content]


def text_of(raw: msgspec.Raw | None) -> str | None:
    """The text that a field holds; None for anything else, which is no reason to refuse a body."""
    if raw is not None:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(raw, type=str) or None
    return None


def read_event(
    decoder: msgspec.json.Decoder[Event], raw: bytes, place: str, meanings: FieldMeanings
) -> Event:
    """An event's fields.

    `meanings`: what to take its fields for where they are written in another way.

    Raises:
        Unusable: it cannot be read, or holds what cannot be stored.
    """
    try:
        event = decoder.decode(raw)
    except msgspec.ValidationError as error:
        event = read_otherwise(raw, decoder.type, place, meanings, error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise flaw_in_text(raw, place) from error
    except RecursionError as error:
        found = "found too many levels; allowed: what a JSON reader takes"
        raise Unusable("nested_too_deeply", place, found) from error
    if NUL in raw:
        refuse_nul(json.loads(raw), place)
    return event


def read_otherwise(
    raw: bytes,
    event_type: type[Event],
    place: str,
    meanings: FieldMeanings,
    error: msgspec.ValidationError,
) -> Event:
    """The event where some of its fields are written in another way, which means one thing only.

    Raises:
        Unusable: it is none, for the reason of the `error` there was.
    """
    try:
        content = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as unreadable:
        raise flaw_in_text(raw, place) from unreadable
    if not isinstance(content, dict):
        raise wrong_type(error, place) from error
    return converted(content, event_type, place, meanings)


def converted(
    content: Fields, event_type: type[Event], place: str, meanings: FieldMeanings
) -> Event:
    """The same of fields that have been read.

    Raises:
        Unusable: one is of a wrong type.
    """
    try:
        return msgspec.convert(plain(content, meanings), event_type)
    except msgspec.ValidationError as error:
        raise wrong_type(error, place) from error


def message_id_in(raw: bytes, field: str) -> str | None:
    """The message id of an event that is not usable otherwise."""
    with suppress(ValueError, RecursionError):
        content = json.loads(raw)
        message_id = id_text(content.get(field)) if isinstance(content, dict) else None
        if isinstance(message_id, str) and is_storable(message_id):
            return message_id
    return None


def missing(field: str, allowed: str, place: str) -> Unusable:
    """An event without something that it needs."""
    reason = "missing_" + _UPPER_CASE.sub(r"_\g<0>", field).lower()
    return Unusable(reason, f"{place}.{field}".removeprefix("."), f"found none; allowed: {allowed}")


def identifier(value: object, field: str, place: str) -> str | None:
    """An id as text; some products have numbers for ids. None for none.

    Raises:
        Unusable: it is no text and no whole number, or too long.
    """
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else id_text(value)
    if not isinstance(text, str):
        found = f"found {type(value).__name__}; allowed: text or a whole number"
        raise Unusable("wrong_type", f"{place}.{field}".removeprefix("."), found)
    refuse_long(field, text, place)
    return text


def _read_leniently(body: bytes) -> Any:
    """What only a lenient reader takes for JSON: its events are judged one by one."""
    try:
        return json.loads(body.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not JSON: {error}") from error


def _written(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())
