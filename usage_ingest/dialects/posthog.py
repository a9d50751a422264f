"""PostHog's capture API, versions 0 and 1, as its SDKs speak it.

Source: PostHog, "Capture API", "Group analytics" and "Person properties"; requests of the SDKs; of
version 1 the source of the SDK for Go (`capture_v1.go`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances, RawEvents, UnreadableBody
from usage_ingest.dialects.flaws import Unusable, refuse_long
from usage_ingest.dialects.groups import account_keys
from usage_ingest.dialects.one_meaning import PLAIN, FieldMeanings
from usage_ingest.dialects.reading import (
    converted,
    identifier,
    is_list,
    message_id_in,
    missing,
    read_event,
    split_list,
    split_object,
    text_of,
)
from usage_ingest.dialects.times import clock_skew, place_in_time, place_text_in_time
from usage_ingest.traits import SET, SET_ONCE, UNSET, TraitChange

FORM = b"data="
MERGE = "$merge_dangerously"
"""Merges two people there, known or not; here that is asked of a person, like every such link."""
KINDS: Mapping[str, str] = {
    "$identify": "identify",
    "$set": "identify",
    "$set_once": "identify",
    "$unset": "identify",
    "$create_alias": "alias",
    MERGE: "alias",
    "$groupidentify": "group",
    "$pageview": "page",
    "$screen": "screen",
}
"""What PostHog's own events are; every other one is `track`."""
IDENTIFY_NOBODY = frozenset({"$set", "$set_once", "$unset", "$create_alias"})
"""A visitor has traits, too; and SDKs name the two ids of an alias in either order."""
NOT_KEPT = frozenset({"token", "distinct_id", "$set", "$set_once", "$unset"})
"""Properties that say where an event belongs, not what happened; the token is the write key."""


class _Event(msgspec.Struct):
    event: str | None = None
    distinct_id: str | int | None = None
    uuid: str | None = None
    timestamp: str | None = None
    offset: float | None = None
    properties: dict[str, Any] | None = None
    set_: dict[str, Any] | None = msgspec.field(default=None, name="$set")
    set_once: dict[str, Any] | None = msgspec.field(default=None, name="$set_once")
    unset: list[str] | dict[str, Any] | None = msgspec.field(default=None, name="$unset")
    options: Any = None


class _Properties(msgspec.Struct):
    """Those properties that the dialect understands."""

    distinct_id: str | int | None = None
    alias: str | int | None = None
    anonymous_id: str | int | None = msgspec.field(default=None, name="$anon_distinct_id")
    insert_id: str | None = msgspec.field(default=None, name="$insert_id")
    groups: dict[str, Any] | None = msgspec.field(default=None, name="$groups")
    group_type: str | None = msgspec.field(default=None, name="$group_type")
    group_key: str | int | None = msgspec.field(default=None, name="$group_key")
    group_set: dict[str, Any] | None = msgspec.field(default=None, name="$group_set")
    set_: dict[str, Any] | None = msgspec.field(default=None, name="$set")
    set_once: dict[str, Any] | None = msgspec.field(default=None, name="$set_once")
    unset: list[str] | dict[str, Any] | None = msgspec.field(default=None, name="$unset")
    raw_user_agent: Any = msgspec.field(default=None, name="$raw_user_agent")
    user_agent: Any = msgspec.field(default=None, name="$user_agent")
    has_profile: Any = msgspec.field(default=None, name="$process_person_profile")
    is_identified: Any = msgspec.field(default=None, name="$is_identified")

    @property
    def program(self) -> str | None:
        """What the person's program said of itself: posthog-js has the one, servers the other."""
        said = self.raw_user_agent or self.user_agent
        return said if isinstance(said, str) else None

    @property
    def is_anonymous(self) -> bool:
        return self.has_profile is False or self.is_identified is False


_CHANGES = {"$set": PLAIN, "$set_once": PLAIN}
PROPERTY_MEANINGS = FieldMeanings(
    ids=frozenset({"distinct_id", "alias", "$anon_distinct_id", "$insert_id", "$group_key"}),
    objects={"$groups": PLAIN, "$group_set": PLAIN, "$unset": PLAIN, **_CHANGES},
)
MEANINGS = FieldMeanings(
    ids=frozenset({"distinct_id", "uuid"}),
    times=frozenset({"timestamp"}),
    objects={"properties": PROPERTY_MEANINGS, "$unset": PLAIN, **_CHANGES},
)

_decoder = msgspec.json.Decoder(_Event)


class PostHog:
    """Call `batch` holds a list; `capture` holds one event, a list, or what `batch` holds."""

    def unwrap(self, body: bytes) -> bytes:
        """The JSON of a body, which old browsers send as a form; see `WrappedDialect.unwrap`."""
        return _read_form(body) if body.startswith(FORM) else body

    def take_apart(self, call: str, body: bytes) -> RawEvents:
        """The events of a body; see `Dialect.take_apart`."""
        body = self.unwrap(body)
        if call != "batch" and is_list(body):
            events = split_list(body, "batch")
            return RawEvents(events, _key_in_event(events[0]) if events else None, None, "batch")
        fields = split_object(body)
        key = text_of(fields.get("api_key")) or text_of(fields.get("token"))
        sent_at = text_of(fields.get("sent_at")) or text_of(fields.get("created_at"))
        if call == "batch" or "batch" in fields:
            # A migration says when things happened by a clock that was right.
            is_history = bytes(fields.get("historical_migration", b"")).strip() == b"true"
            events = split_list(fields.get("batch", msgspec.Raw(b"null")), "batch")
            return RawEvents(events, key, None if is_history else sent_at, "batch", is_history)
        return RawEvents([msgspec.Raw(body)], key or _key_in_event(body), sent_at)

    def translate(self, raw: bytes, circumstances: Circumstances) -> CanonicalEvent | Rejected:
        """One event in our words; see `Dialect.translate`."""
        try:
            event = read_event(_decoder, raw, circumstances.place, MEANINGS)
            return _translate(event, _understood(event, circumstances.place), circumstances)
        except Unusable as error:
            return Rejected(error.reason, error.detail, message_id_in(raw, "uuid"))


def _read_form(body: bytes) -> bytes:
    """What an old browser sends as a form: base64, in which `+` may have become a space."""
    content = unquote_to_bytes(body.removeprefix(FORM).split(b"&", 1)[0])
    if content.lstrip()[:1] in {b"{", b"["}:
        return content
    try:
        return base64.b64decode(content.replace(b" ", b"+"), validate=True)
    except binascii.Error as error:
        raise UnreadableBody(f"the form's 'data' is not base64: {error}") from error


def _key_in_event(event: bytes | msgspec.Raw) -> str | None:
    try:
        fields = split_object(bytes(event))
        properties = split_object(bytes(fields.get("properties", b"{}")))
    except UnreadableBody:
        return None
    return next(
        filter(
            None,
            map(text_of, (fields.get("api_key"), fields.get("token"), properties.get("token"))),
        ),
        None,
    )


def _understood(event: _Event, place: str) -> _Properties:
    try:
        return msgspec.convert(event.properties or {}, _Properties)
    except msgspec.ValidationError:
        where = f"{place}.properties"
        return converted(event.properties or {}, _Properties, where, PROPERTY_MEANINGS)


def _translate(
    event: _Event, properties: _Properties, circumstances: Circumstances
) -> CanonicalEvent:
    place = circumstances.place
    if not event.event:
        raise missing("event", "text that is not empty", place)
    refuse_long("event", event.event, place)
    kind = KINDS.get(event.event, "track")
    keys = _account_keys(properties, kind, circumstances)
    occurred_at, clamped_from = _moment(event, circumstances)
    options = event.options if isinstance(event.options, dict) else {}
    if options.get("process_person_profile") is False:  # where version 1 of the API has it
        properties.has_profile = False
    user_id, anonymous_id, previous_id = _people(event, properties, kind, place)
    return CanonicalEvent(
        kind=kind,
        name=event.event,
        message_id=event.uuid or properties.insert_id or circumstances.fallback_id,
        occurred_at=occurred_at,
        received_at=circumstances.received_at,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        account_key=keys[0] if keys else None,
        further_account_keys=keys[1:],
        joins_account=True,
        identifies=event.event not in IDENTIFY_NOBODY,
        properties=_kept(event.properties or {}),
        traits=(properties.group_set or {}) if kind == "group" else {},
        person_changes=_changes(event, properties),
        clamped_from=clamped_from,
        user_agent=properties.program,
    )


def _account_keys(
    properties: _Properties, kind: str, circumstances: Circumstances
) -> tuple[str, ...]:
    place = f"{circumstances.place}.properties".removeprefix(".")
    if kind != "group":
        groups = properties.groups or {}
        return account_keys(groups, circumstances.account_group_type, f"{place}.$groups")
    if not (properties.group_type and properties.group_key):
        raise missing("$group_key", "a $group_type and a $group_key", place)
    groups = {properties.group_type: properties.group_key}
    return account_keys(groups, circumstances.account_group_type, place)


def _people(
    event: _Event, properties: _Properties, kind: str, place: str
) -> tuple[str | None, str | None, str | None]:
    """User id, anonymous id and previous id."""
    if kind == "group":  # its distinct_id is made up
        return None, None, None
    distinct_id = identifier(event.distinct_id, "distinct_id", place) or identifier(
        properties.distinct_id, "properties.distinct_id", place
    )
    if distinct_id is None:
        raise missing("distinct_id", "a distinct_id", place)
    if kind == "alias":
        alias = identifier(properties.alias, "properties.alias", place)
        if alias is None:
            raise missing("properties.alias", "text that is not empty", place)
        # Of a merge, the event's own person stays; of an alias, the one it names.
        return (distinct_id, None, alias) if event.event == MERGE else (alias, None, distinct_id)
    if properties.is_anonymous:
        return None, distinct_id, None
    return distinct_id, identifier(properties.anonymous_id, "$anon_distinct_id", place), None


def _changes(event: _Event, properties: _Properties) -> list[TraitChange]:
    changes = [
        (SET, {**(properties.set_ or {}), **(event.set_ or {})}),
        (SET_ONCE, {**(properties.set_once or {}), **(event.set_once or {})}),
        (UNSET, dict.fromkeys([*(properties.unset or ()), *(event.unset or ())])),
    ]
    return [change for change in changes if change[1]]


def _kept(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in NOT_KEPT}


def _moment(event: _Event, circumstances: Circumstances) -> tuple[datetime, datetime | None]:
    received_at, place = circumstances.received_at, f"{circumstances.place}.timestamp"
    place = place.removeprefix(".")
    if event.timestamp:
        skew = clock_skew(circumstances.sent_at, received_at)
        return place_text_in_time(event.timestamp, skew, received_at, place)
    if event.offset is None:
        return received_at, None
    return place_in_time(_before(received_at, event.offset, place), received_at, place)


def _before(received_at: datetime, milliseconds: float, place: str) -> datetime:
    try:
        return received_at - timedelta(milliseconds=milliseconds)
    except OverflowError as error:
        found = f"found an offset of {milliseconds:g} ms; allowed: one within thousands of years"
        raise Unusable("time_implausible", place, found) from error
