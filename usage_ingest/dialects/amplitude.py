"""Amplitude's HTTP API, version 2, and its batch API, as its SDKs speak them.

Source: Amplitude, "HTTP V2 API" and "Batch Event Upload API"; requests of the SDKs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances, RawEvents
from usage_ingest.dialects.flaws import Unusable, refuse_long
from usage_ingest.dialects.groups import account_keys
from usage_ingest.dialects.one_meaning import EMPTY, PLAIN, FieldMeanings
from usage_ingest.dialects.reading import (
    identifier,
    message_id_in,
    missing,
    read_event,
    split_list,
    split_object,
    text_of,
)
from usage_ingest.dialects.times import clock_skew, number_in_time
from usage_ingest.traits import (
    ADD,
    APPEND,
    APPEND_ONCE,
    CLEAR,
    PREPEND,
    PREPEND_ONCE,
    REMOVE,
    SET,
    SET_ONCE,
    UNSET,
    TraitChange,
)

KINDS: Mapping[str, str] = {"$identify": "identify", "$groupidentify": "group"}
"""What Amplitude's own events are; every other one is `track`."""
CLEAR_ALL = "$clearAll"
NOT_SET: tuple[object, ...] = (None, "", 0, "0")
"""What stands in `time` and `insert_id` where none was set: its SDK for Java sends 0."""
OPERATIONS: Mapping[str, str] = {
    "$set": SET,
    "$setOnce": SET_ONCE,
    "$add": ADD,
    "$unset": UNSET,
    "$append": APPEND,
    "$prepend": PREPEND,
    "$postInsert": APPEND_ONCE,
    "$preInsert": PREPEND_ONCE,
    "$remove": REMOVE,
}


class _Event(msgspec.Struct):
    event_type: str | None = None
    user_id: str | int | None = None
    device_id: str | int | None = None
    time: Any = None
    insert_id: str | int | None = None
    event_properties: dict[str, Any] | None = None
    user_properties: dict[str, Any] | None = None
    groups: dict[str, Any] | None = None
    group_properties: dict[str, Any] | None = None
    user_agent: Any = None


MEANINGS = FieldMeanings(
    ids=frozenset({"user_id", "device_id", "insert_id"}),
    objects=dict.fromkeys(
        ("event_properties", "user_properties", "groups", "group_properties"), PLAIN
    ),
)

_decoder = msgspec.json.Decoder(_Event)


class Amplitude:
    """Every call holds a list."""

    def take_apart(self, call: str, body: bytes) -> RawEvents:  # noqa: ARG002  all are alike
        """The events of a body; see `Dialect.take_apart`."""
        fields = split_object(body)
        events = split_list(fields.get("events", msgspec.Raw(b"null")), "events")
        sent_at = text_of(fields.get("client_upload_time"))
        return RawEvents(events, text_of(fields.get("api_key")), sent_at, "events")

    def translate(self, raw: bytes, circumstances: Circumstances) -> CanonicalEvent | Rejected:
        """One event in our words; see `Dialect.translate`."""
        try:
            event = read_event(_decoder, raw, circumstances.place, MEANINGS)
            return _translate(event, circumstances)
        except Unusable as error:
            return Rejected(error.reason, error.detail, message_id_in(raw, "insert_id"))


def _translate(event: _Event, circumstances: Circumstances) -> CanonicalEvent:
    place = circumstances.place
    if not event.event_type:
        raise missing("event_type", "text that is not empty", place)
    refuse_long("event_type", event.event_type, place)
    kind = KINDS.get(event.event_type, "track")
    user_id = identifier(event.user_id, "user_id", place)
    device_id = identifier(event.device_id, "device_id", place)
    if not (user_id or device_id or kind == "group"):
        raise missing("user_id", "a user_id or a device_id", place)
    group_type = circumstances.account_group_type
    keys = account_keys(event.groups or {}, group_type, f"{place}.groups")
    occurred_at, clamped_from = _moment(event, circumstances)
    person_changes, person_ignored = _changes(event.user_properties or {}, "user_properties")
    account_changes, account_ignored = _changes(event.group_properties or {}, "group_properties")
    return CanonicalEvent(
        kind=kind,
        name=event.event_type,
        message_id=_message_id(event, circumstances),
        occurred_at=occurred_at,
        received_at=circumstances.received_at,
        user_id=user_id,
        anonymous_id=device_id,
        account_key=keys[0] if keys else None,
        further_account_keys=keys[1:],
        joins_account=True,
        links_device=True,
        properties=event.event_properties or {},
        person_changes=person_changes,
        account_changes=account_changes,
        ignored=_as_ignored([*person_ignored, *account_ignored]),
        clamped_from=clamped_from,
        user_agent=event.user_agent if isinstance(event.user_agent, str) else None,
    )


def _message_id(event: _Event, circumstances: Circumstances) -> str:
    unset = event.insert_id in NOT_SET
    return circumstances.fallback_id if unset else str(event.insert_id)


def _changes(properties: Mapping[str, Any], field: str) -> tuple[list[TraitChange], list[str]]:
    """Operations in the order in which they were sent, and the paths of those that are none.

    All is cleared first, wherever that is said. What is no operation is to be set.
    """
    changes: list[TraitChange] = [(CLEAR, {})] if CLEAR_ALL in properties else []
    ignored = []
    for name, operands in properties.items():
        if not name.startswith("$"):
            continue
        operation = OPERATIONS.get(name)
        if operation and isinstance(operands, dict):
            changes.append((operation, operands))
        elif operation == UNSET and isinstance(operands, list):
            changes.append((UNSET, dict.fromkeys(map(str, operands))))
        elif name != CLEAR_ALL and (operation is None or operands not in (None, *EMPTY)):
            ignored.append(f"{field}.{name}")
    plain = {name: value for name, value in properties.items() if not name.startswith("$")}
    return ([*changes, (SET, plain)] if plain else changes), ignored


def _as_ignored(paths: Sequence[str]) -> str:
    allowed = ", ".join([CLEAR_ALL, *OPERATIONS])
    return f"{', '.join(paths)}: found no known operation; allowed: {allowed}" if paths else ""


def _moment(event: _Event, circumstances: Circumstances) -> tuple[datetime, datetime | None]:
    received_at = circumstances.received_at
    if event.time in NOT_SET:
        return received_at, None
    skew = clock_skew(circumstances.sent_at, received_at)
    return number_in_time(event.time, skew, received_at, f"{circumstances.place}.time")
