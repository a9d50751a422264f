"""Segment's tracking API, as its own SDKs and RudderStack's speak it.

Source: Segment, "HTTP Tracking API Source" and "Spec: Common Fields". `null` is the same as a field
that is not there: Python's SDK sends the one, Node's the other.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances, RawEvents, UnreadableBody
from usage_ingest.dialects.flaws import (
    LONGEST_IDENTIFIER,
    NUL,
    Unusable,
    flaw_in_text,
    refuse_long,
    refuse_nul,
)
from usage_ingest.dialects.one_meaning import PLAIN, FieldMeanings
from usage_ingest.dialects.reading import message_id_in, read_otherwise
from usage_ingest.dialects.times import NO_SKEW, clock_skew, place_text_in_time

LIST_CALLS = ("batch", "import")
NAMED_KINDS = ("page", "screen")
TRAIT_KINDS = ("identify", "group")
KINDS = ("track", "identify", "page", "screen", "group", "alias")

MEANINGS = FieldMeanings(
    ids=frozenset({"messageId", "userId", "anonymousId", "previousId", "groupId"}),
    times=frozenset({"timestamp", "originalTimestamp"}),
    objects={
        "properties": PLAIN,
        "traits": PLAIN,
        "context": FieldMeanings(ids=frozenset({"groupId"}), objects={"traits": PLAIN}),
    },
)


class _Envelope(msgspec.Struct):
    """What concerns the request, not its events. A bad type is no reason to refuse those."""

    write_key: Any = msgspec.field(default=None, name="writeKey")
    api_key: Any = None
    sent_at: Any = msgspec.field(default=None, name="sentAt")


class _Batch(_Envelope, kw_only=True):
    batch: list[msgspec.Raw]


class _Context(msgspec.Struct, rename="camel"):
    group_id: str | None = None
    traits: dict[str, Any] | None = None
    user_agent: Any = None


class _Event(msgspec.Struct, rename="camel"):
    type: str | None = None
    message_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    group_id: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: _Context | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: Any = None
    channel: Any = None


ShortText = Annotated[str, msgspec.Meta(max_length=LONGEST_IDENTIFIER)] | None


class _ShortContext(_Context, rename="camel"):
    group_id: ShortText = None


class _ShortEvent(_Event, rename="camel"):
    """An event none of whose identifiers is too long."""

    user_id: ShortText = None
    anonymous_id: ShortText = None
    previous_id: ShortText = None
    group_id: ShortText = None
    event: ShortText = None
    name: ShortText = None
    context: _ShortContext | None = None


class _ShortBatch(_Envelope, kw_only=True):
    batch: list[_ShortEvent]


_NO_CONTEXT = _Context()
_UPPER_CASE = re.compile("[A-Z]")

_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_batch = msgspec.json.Decoder(_Batch).decode
_read_event = msgspec.json.Decoder(_Event).decode
_read_short_event = msgspec.json.Decoder(_ShortEvent).decode
_read_short_batch = msgspec.json.Decoder(_ShortBatch).decode


class Segment:
    """Calls `batch` and `import` hold a list; each of `KINDS` is one event."""

    def take_apart(self, call: str, body: bytes) -> RawEvents:
        """The events of a body; see `Dialect.take_apart`."""
        try:
            return _take_apart(call, body)
        except msgspec.ValidationError as error:
            raise UnreadableBody(f"the body of {call!r} has the wrong shape: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            # A lone surrogate or a NaN makes a strict reader refuse the 99 good events beside it.
            return _take_apart_leniently(call, body)
        except RecursionError as error:
            raise UnreadableBody("the body is nested too deeply") from error

    def translate_body(self, body: bytes, first: Circumstances) -> list[CanonicalEvent] | None:
        """Every event of a body, where each is good; see `BodyDialect.translate_body`."""
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Unusable):
            if first.call not in LIST_CALLS:
                event = _read_short_event(body)
                return [_Request(replace(first, sent_at=event.sent_at)).event(0, event)]
            batch = _read_short_batch(body)
            request = _Request(replace(first, sent_at=batch.sent_at, path="batch"))
            numbered = enumerate(batch.batch, first.position)
            return [request.event(position, event) for position, event in numbered]
        return None

    def translate(self, raw: bytes, circumstances: Circumstances) -> CanonicalEvent | Rejected:
        """One event in our words; see `Dialect.translate`."""
        try:
            event = _decode(raw, circumstances.place)
            if len(raw) > LONGEST_IDENTIFIER:
                _refuse_long_identifiers(event, circumstances.place)
            return _Request(circumstances).event(circumstances.position, event)
        except Unusable as error:
            return Rejected(error.reason, error.detail, message_id_in(raw, "messageId"))


def _take_apart(call: str, body: bytes) -> RawEvents:
    if call in LIST_CALLS:
        batch = _read_batch(body)
        return RawEvents(batch.batch, _key(batch), batch.sent_at, "batch")
    single = _read_envelope(body)
    return RawEvents([msgspec.Raw(body)], _key(single), single.sent_at)


def _take_apart_leniently(call: str, body: bytes) -> RawEvents:
    """Take apart what only a lenient reader takes for JSON; events are judged one by one."""
    try:
        content = json.loads(body.decode("utf-8", "surrogateescape"))
        envelope = msgspec.convert(content, _Envelope)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not JSON: {error}") from error
    events = content.get("batch") if call in LIST_CALLS else [content]
    if not isinstance(events, list):
        raise UnreadableBody(f"the body of {call!r} has no list called 'batch'")
    rewritten = [msgspec.Raw(json.dumps(event).encode()) for event in events]
    path = "batch" if call in LIST_CALLS else ""
    return RawEvents(rewritten, _key(envelope), envelope.sent_at, path)


def _key(envelope: _Envelope) -> str | None:
    key = envelope.write_key or envelope.api_key
    return key if isinstance(key, str) else None


def _decode(raw: bytes, place: str) -> _Event:
    try:
        event = _read_event(raw)
    except msgspec.ValidationError as error:
        event = read_otherwise(raw, _Event, place, MEANINGS, error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise flaw_in_text(raw, place) from error
    if NUL in raw:
        refuse_nul(msgspec.to_builtins(event), place)
    return event


class _Request:
    """Translates the events of a request. What they have in common is worked out once."""

    def __init__(self, common: Circumstances) -> None:
        self._common = common
        self._received_at = common.received_at
        self._is_import = common.call == "import"
        self._known_from = "import" if self._is_import else "trait"
        self._kind = common.call if common.call in KINDS else None
        # Of the past the sender's clock of today says nothing.
        skew = NO_SKEW if self._is_import else clock_skew(common.sent_at, common.received_at)
        self._skew = skew

    def event(self, position: int, event: _Event) -> CanonicalEvent:
        """The event at this position of the request.

        Raises:
            Unusable: it is incomplete, or its time is none.
        """
        kind = self._kind or event.type or ""
        context = event.context or _NO_CONTEXT
        if flaw := _flaw(event, kind, context):
            reason, field, what = flaw
            raise Unusable(reason, self._place(position, field), what)
        occurred_at, clamped_from = self._moment(position, event)
        translated = CanonicalEvent(
            kind,
            event.event or kind,
            event.message_id or self._at(position).fallback_id,
            occurred_at,
            self._received_at,
            event.user_id or None,
            event.anonymous_id or None,
            account_key=(kind == "group" and event.group_id) or context.group_id or None,
            properties=event.properties or {},
            clamped_from=clamped_from,
            known_from=self._known_from,
            user_agent=context.user_agent if isinstance(context.user_agent, str) else None,
        )
        if kind != "track":
            _add_particulars(translated, event, context)
        return translated

    def _moment(self, position: int, event: _Event) -> tuple[datetime, datetime | None]:
        text = event.original_timestamp or event.timestamp
        if event.channel and event.timestamp:  # RudderStack's: what the caller stated leads
            text = event.timestamp
        if not text:
            return self._received_at, None
        skew = self._own_skew(event) if event.sent_at else self._skew
        try:
            return place_text_in_time(text, skew, self._received_at)
        except Unusable:  # where it is, is only worked out for the few that are told
            field = "timestamp" if text == event.timestamp else "originalTimestamp"
            place = self._place(position, field)
            return place_text_in_time(text, skew, self._received_at, place)

    def _own_skew(self, event: _Event) -> timedelta:
        return self._skew if self._is_import else clock_skew(event.sent_at, self._received_at)

    def _at(self, position: int) -> Circumstances:
        return replace(self._common, position=position)

    def _place(self, position: int, field: str) -> str:
        return f"{self._at(position).place}.{field}".removeprefix(".")


def _flaw(event: _Event, kind: str, context: _Context) -> tuple[str, str, str] | None:
    """What makes the event unusable: the reason's code, the field, and what to tell."""
    if kind not in KINDS:
        return "unknown_type", "type", f"found {event.type!r}; allowed: {', '.join(KINDS)}"
    if not (event.user_id or event.anonymous_id):
        return _missing("userId", "a userId or an anonymousId")
    if kind == "track":
        return None if event.event else _missing("event")
    if kind == "group":
        return None if event.group_id or context.group_id else _missing("groupId")
    if kind == "alias":
        return None if event.previous_id else _missing("previousId")
    return None


def _missing(field: str, allowed: str = "text that is not empty") -> tuple[str, str, str]:
    reason = "missing_" + _UPPER_CASE.sub(r"_\g<0>", field).lower()
    return reason, field, f"found none; allowed: {allowed}"


def _refuse_long_identifiers(event: _Event, place: str) -> None:
    context = event.context or _NO_CONTEXT
    for field, value in (
        ("userId", event.user_id),
        ("anonymousId", event.anonymous_id),
        ("previousId", event.previous_id),
        ("groupId", event.group_id),
        ("context.groupId", context.group_id),
        ("event", event.event),
        ("name", event.name),
    ):
        refuse_long(field, value, place)


def _add_particulars(translated: CanonicalEvent, event: _Event, context: _Context) -> None:
    """What only some kinds of events have."""
    kind = translated.name = translated.kind
    if kind in NAMED_KINDS:
        translated.name = event.name or kind
        if event.category:
            translated.properties = {"category": event.category, **translated.properties}
    elif kind == "alias":
        translated.previous_id = event.previous_id
    elif kind in TRAIT_KINDS:
        translated.traits = _traits(event, context, kind)


def _traits(event: _Event, context: _Context, kind: str) -> dict[str, Any]:
    """A person's traits may be in either place, or in both; an account's are in the call itself."""
    if kind == "identify" and context.traits:
        return {**context.traits, **(event.traits or {})}
    return event.traits or {}
