"""CloudEvents 1.0 in JSON: one event, or a batch.

Source: CNCF, "CloudEvents 1.0.2" and "JSON Event Format for CloudEvents". Who did it and for which
account is said by extension attributes: `userid`, `anonymousid`, `previousid` and `accountid`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances, RawEvents, UnreadableBody
from usage_ingest.dialects.flaws import Unusable, refuse_long
from usage_ingest.dialects.one_meaning import PLAIN, FieldMeanings
from usage_ingest.dialects.reading import (
    identifier,
    is_list,
    message_id_in,
    missing,
    read_event,
    split_list,
    split_object,
)
from usage_ingest.dialects.times import NO_SKEW, place_text_in_time

VERSION = "1.0"
KINDS = ("identify", "group", "alias", "page", "screen")
"""Types that say something about people and accounts, or name a page; others are what was done."""


class _Event(msgspec.Struct):
    specversion: str | None = None
    id: str | None = None
    source: str | None = None
    type: str | None = None
    subject: str | None = None
    time: str | None = None
    data: dict[str, Any] | None = None
    data_base64: str | None = None
    userid: str | int | None = None
    anonymousid: str | int | None = None
    previousid: str | int | None = None
    accountid: str | int | None = None


MEANINGS = FieldMeanings(
    ids=frozenset({"id", "subject", "userid", "anonymousid", "previousid", "accountid"}),
    times=frozenset({"time"}),
    objects={"data": PLAIN},
)

_decoder = msgspec.json.Decoder(_Event)


class CloudEvents:
    """The body says whether it is one event or a batch: an object or a list."""

    def take_apart(self, call: str, body: bytes) -> RawEvents:  # noqa: ARG002  there is only one
        """The events of a body; see `Dialect.take_apart`. No key is in it."""
        if is_list(body):
            return RawEvents(split_list(body, "events"), path="events")
        if "specversion" not in split_object(body):
            raise UnreadableBody("the body is no CloudEvent in structured mode: no specversion")
        return RawEvents([msgspec.Raw(body)])

    def translate(self, raw: bytes, circumstances: Circumstances) -> CanonicalEvent | Rejected:
        """One event in our words; see `Dialect.translate`."""
        try:
            event = read_event(_decoder, raw, circumstances.place, MEANINGS)
            return _translate(event, circumstances)
        except Unusable as error:
            return Rejected(error.reason, error.detail, _message_id(raw))


def _translate(event: _Event, circumstances: Circumstances) -> CanonicalEvent:
    place = circumstances.place
    message_id, name = _refuse_incomplete(event, place)
    kind = name if name in KINDS else "track"
    user_id, anonymous_id, previous_id = _people(event, kind, place)
    account = identifier(event.accountid, "accountid", place)
    if kind == "group" and account is None:
        raise missing("accountid", "text that is not empty", place)
    data = event.data or {}
    time_place = f"{place}.time".removeprefix(".")
    occurred_at, clamped_from = place_text_in_time(
        event.time or "", NO_SKEW, circumstances.received_at, time_place
    )
    return CanonicalEvent(
        kind=kind,
        name=name,
        message_id=message_id,
        occurred_at=occurred_at,
        received_at=circumstances.received_at,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        account_key=account,
        properties={} if kind in {"identify", "group"} else data,
        traits=data if kind in {"identify", "group"} else {},
        clamped_from=clamped_from,
    )


def _refuse_incomplete(event: _Event, place: str) -> tuple[str, str]:
    """The message id and the type."""
    if event.specversion != VERSION:
        found = f"found {event.specversion!r}; allowed: {VERSION}"
        raise Unusable("unknown_specversion", f"{place}.specversion".removeprefix("."), found)
    for field, value in (("id", event.id), ("source", event.source), ("type", event.type)):
        if not value:
            raise missing(field, "text that is not empty", place)
        refuse_long(field, value, place)
    if event.data_base64 is not None:
        found = "found binary data; allowed: an object in data"
        raise Unusable("wrong_type", f"{place}.data_base64".removeprefix("."), found)
    return _whole_id(event.source or "", event.id or ""), event.type or ""


def _whole_id(source: str, message_id: str) -> str:
    """An id is unique within its source only; a source is a URI, which holds no space."""
    return f"{source} {message_id}"


def _message_id(raw: bytes) -> str | None:
    source, message_id = message_id_in(raw, "source"), message_id_in(raw, "id")
    return _whole_id(source, message_id) if source and message_id else None


def _people(event: _Event, kind: str, place: str) -> tuple[str | None, str | None, str | None]:
    """User id, anonymous id and previous id; an event may be an account's and nobody's."""
    user_id = identifier(event.userid, "userid", place)
    anonymous_id = identifier(event.anonymousid, "anonymousid", place)
    if not (user_id or anonymous_id):
        user_id = identifier(event.subject, "subject", place)
    previous_id = identifier(event.previousid, "previousid", place) if kind == "alias" else None
    if not (user_id or anonymous_id or event.accountid):
        raise missing("userid", "a userid, anonymousid, subject or accountid", place)
    if kind == "alias" and not (previous_id and user_id):
        raise missing("previousid", "a previousid and a userid", place)
    return user_id, anonymous_id, previous_id
