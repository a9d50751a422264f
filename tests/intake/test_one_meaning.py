"""Ids, times and empty objects as programs write them, in every dialect and every field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.intake.recordings import events, reason
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.dialects.one_meaning import id_text
from usage_ingest.dialects.times import EARLIEST

Fields = dict[str, Any]

SEGMENT: Fields = {"type": "track", "event": "seen", "userId": "u", "messageId": "m"}
POSTHOG: Fields = {"event": "seen", "distinct_id": "u", "uuid": "m"}
AMPLITUDE: Fields = {"event_type": "seen", "user_id": "u", "insert_id": "m"}
CLOUDEVENTS: Fields = {
    "specversion": "1.0",
    "id": "m",
    "source": "/app",
    "type": "seen",
    "userid": "u",
}
GROUP: Fields = {"$group_type": "company", "$group_key": 15}


def one(dialect: str, sent: Fields) -> CanonicalEvent:
    (event,) = events(*request(dialect, sent))
    return event


def request(dialect: str, sent: Fields) -> tuple[str, str, object]:
    """The dialect, the call and a body with this one event."""
    bodies: dict[str, tuple[str, object]] = {
        "segment": ("batch", {"batch": [SEGMENT | sent]}),
        "posthog": ("batch", {"batch": [POSTHOG | sent]}),
        "amplitude": ("httpapi", {"events": [AMPLITUDE | sent]}),
        "cloudevents": ("events", [CLOUDEVENTS | sent]),
    }
    return dialect, *bodies[dialect]


IDS: list[tuple[str, Fields, str, str]] = [
    ("segment", {"messageId": 15}, "message_id", "15"),
    ("segment", {"userId": 15}, "user_id", "15"),
    ("segment", {"anonymousId": 15}, "anonymous_id", "15"),
    ("segment", {"type": "group", "groupId": 15}, "account_key", "15"),
    ("segment", {"context": {"groupId": 15}}, "account_key", "15"),
    ("segment", {"type": "alias", "previousId": 15}, "previous_id", "15"),
    ("posthog", {"uuid": 15}, "message_id", "15"),
    ("posthog", {"uuid": None, "properties": {"$insert_id": 15}}, "message_id", "15"),
    ("posthog", {"distinct_id": 15}, "user_id", "15"),
    ("posthog", {"distinct_id": None, "properties": {"distinct_id": 15}}, "user_id", "15"),
    ("posthog", {"properties": {"$anon_distinct_id": 15}}, "anonymous_id", "15"),
    ("posthog", {"properties": {"$groups": {"company": 15}}}, "account_key", "15"),
    ("posthog", {"event": "$groupidentify", "properties": GROUP}, "account_key", "15"),
    ("posthog", {"event": "$create_alias", "properties": {"alias": 15}}, "user_id", "15"),
    ("amplitude", {"insert_id": 15}, "message_id", "15"),
    ("amplitude", {"user_id": 15}, "user_id", "15"),
    ("amplitude", {"device_id": 15}, "anonymous_id", "15"),
    ("amplitude", {"groups": {"company": 15}}, "account_key", "15"),
    ("amplitude", {"groups": {"company": [15, "b"]}}, "account_key", "15"),
    ("cloudevents", {"id": 15}, "message_id", "/app 15"),
    ("cloudevents", {"userid": 15}, "user_id", "15"),
    ("cloudevents", {"userid": None, "subject": 15}, "user_id", "15"),
    ("cloudevents", {"anonymousid": 15}, "anonymous_id", "15"),
    ("cloudevents", {"accountid": 15}, "account_key", "15"),
    ("cloudevents", {"type": "alias", "previousid": 15}, "previous_id", "15"),
]


def changed(value: object, to: object) -> object:
    """The value with every 15 in it made another."""
    if isinstance(value, dict):
        return {name: changed(inner, to) for name, inner in value.items()}
    if isinstance(value, list):
        return [changed(inner, to) for inner in value]
    return to if value == 15 else value


@pytest.mark.parametrize(("dialect", "sent", "field", "text"), IDS)
def test_a_whole_number_as_an_id_becomes_its_decimal_text(
    dialect: str, sent: Fields, field: str, text: str
) -> None:
    for written in (15, 15.0):
        alike = {name: changed(value, written) for name, value in sent.items()}
        assert getattr(one(dialect, alike), field) == text


@pytest.mark.parametrize(("dialect", "sent", "field", "_text"), IDS)
def test_what_is_no_whole_number_stays_refused(
    dialect: str, sent: Fields, field: str, _text: str
) -> None:
    lists: list[object] = [] if "groups" in str(sent) else [[1], {}]
    for value in [True, 1.5, *lists]:
        bad = {name: changed(inner, value) for name, inner in sent.items()}
        assert reason(*request(dialect, bad))[0] == "wrong_type", (bad, field)


def test_a_number_keeps_all_its_digits_and_a_float_only_while_it_is_exact() -> None:
    assert id_text(12345678901234567890123) == "12345678901234567890123"
    assert id_text(-7) == "-7"
    assert id_text(float(2**53)) == str(2**53)
    assert id_text(1e300) == 1e300
    assert id_text("007") == "007"


EMPTY: list[tuple[str, Fields]] = [
    ("segment", {"properties": [], "context": []}),
    ("segment", {"type": "identify", "traits": [], "context": {"traits": ""}}),
    ("posthog", {"properties": [], "$set": [], "$set_once": ""}),
    ("posthog", {"properties": {"$groups": [], "$set": [], "$unset": []}}),
    ("amplitude", {"event_properties": [], "user_properties": [], "groups": []}),
    ("amplitude", {"group_properties": ""}),
    ("cloudevents", {"data": []}),
]


@pytest.mark.parametrize(("dialect", "sent"), EMPTY)
def test_what_is_empty_where_an_object_belongs_holds_nothing(dialect: str, sent: Fields) -> None:
    event = one(dialect, sent)
    assert (event.account_key, event.traits, list(event.person_changes)) == (None, {}, [])
    assert event.properties in ({}, {"$groups": []})


TIMES = [
    ("segment", "timestamp"),
    ("segment", "originalTimestamp"),
    ("posthog", "timestamp"),
    ("amplitude", "time"),
    ("cloudevents", "time"),
]
AT_TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(("dialect", "field"), TIMES)
@pytest.mark.parametrize(
    "written",
    [
        1795168800,
        1795168800.0,
        1795168800000,
        1795168800000000,
        "1795168800000",
        "2026-11-20T10:00:00.000000000Z",
        "2026-11-20 10:00:00 UTC",
        "Fri, 20 Nov 2026 11:00:00 +0100",
        "Fri Nov 20 2026 11:00:00 GMT+0100 (Central European Standard Time)",
    ],
)
def test_a_time_is_read_in_every_form_that_means_one_thing(
    dialect: str, field: str, written: object
) -> None:
    assert one(dialect, {field: written}).occurred_at == AT_TEN


@pytest.mark.parametrize(("dialect", "field"), TIMES)
def test_digits_that_look_like_a_date_of_the_middle_ages_are_a_unix_time(
    dialect: str, field: str
) -> None:
    assert one(dialect, {field: "1701010000123"}).occurred_at > EARLIEST


@pytest.mark.parametrize(("dialect", "field"), TIMES)
def test_a_time_that_nobody_can_read_is_refused(dialect: str, field: str) -> None:
    assert reason(*request(dialect, {field: "05/06/2026"}))[0] == "time_unreadable"
    assert reason(*request(dialect, {field: True}))[0] == "wrong_type"
