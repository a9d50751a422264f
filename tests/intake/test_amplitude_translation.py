"""Amplitude's calls in our words: the recorded request of a real SDK, and every rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.recordings import RECEIVED_AT, events, reason, recorded, translate
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import UnreadableBody

SEEN = {"event_type": "seen", "user_id": "ada", "insert_id": "1"}


def event(**fields: Any) -> CanonicalEvent:
    (found,) = events("amplitude", "httpapi", {"events": [SEEN | fields]})
    return found


def test_what_the_sdk_sent_is_understood() -> None:
    (sent,) = recorded("amplitude-python")
    found = events("amplitude", "httpapi", sent["body"])
    feature, identify, group, joined, both, revenue = found
    assert (feature.kind, feature.name, feature.properties) == ("track", "Feature Used", {"k": 1})
    assert (feature.user_id, feature.anonymous_id) == ("user_1", "dev_1")
    assert (feature.account_key, feature.account_changes) == ("acct_1", [("set", {"gp": 1})])
    assert feature.occurred_at == datetime(2026, 11, 21, 22, 54, 11, 680_000, tzinfo=UTC)
    assert identify.kind == "identify"
    assert identify.person_changes == [("set", {"email": "a@b.co"}), ("set_once", {"first": "x"})]
    assert (group.kind, group.account_key) == ("group", "acct_1")
    assert group.account_changes == [("set", {"name": "Acme", "plan": "trial"})]
    assert (joined.account_keys(), joined.joins_account) == (("acct_1",), True)
    assert both.account_keys() == ("acct_1", "acct_2")
    assert revenue.properties["$price"] == 9.9
    ids = [each["insert_id"] for each in sent["body"]["events"]]
    assert [each.message_id for each in found] == ids


def test_operations_keep_the_order_in_which_they_were_sent() -> None:
    sent = {"$unset": {"a": "-"}, "$setOnce": {"a": 1}, "$add": {"a": 2}, "$set": {"b": 3}}
    assert event(user_properties=sent).person_changes == [
        ("unset", {"a": "-"}),
        ("set_once", {"a": 1}),
        ("add", {"a": 2}),
        ("set", {"b": 3}),
    ]


def test_properties_without_an_operation_are_set() -> None:
    assert event(user_properties={"plan": "free"}).person_changes == [("set", {"plan": "free"})]


def test_an_account_named_twice_counts_once_and_the_source_says_which_type_it_is() -> None:
    groups = {"company": ["a", "b", "a", 7], "team": "t"}
    body = {"events": [SEEN | {"groups": groups}]}
    assert events("amplitude", "batch", body)[0].account_keys() == ("a", "b", "7")
    assert events("amplitude", "batch", body, "team")[0].account_keys() == ("t",)


def test_a_group_needs_nobody() -> None:
    sent = {"event_type": "$groupidentify", "groups": {"company": "a"}}
    (found,) = events("amplitude", "httpapi", {"events": [sent]})
    assert (found.user_id, found.anonymous_id, found.account_key) == (None, None, "a")


def test_a_device_alone_is_anonymous() -> None:
    found = event(user_id=None, device_id="phone")
    assert (found.user_id, found.anonymous_id) == (None, "phone")


def test_a_skewed_clock_is_corrected_where_the_request_says_when_it_was_sent() -> None:
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    sent = {"events": [SEEN | {"time": noon.timestamp() * 1000}]}
    assert events("amplitude", "httpapi", sent)[0].occurred_at == noon
    sent_at = {"client_upload_time": "2026-11-01T12:00:30.000Z"}
    (corrected,) = events("amplitude", "httpapi", sent | sent_at)
    assert corrected.occurred_at == RECEIVED_AT - timedelta(seconds=30)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"event_type": ""}, "missing_event_type"),
        ({"user_id": None}, "missing_user_id"),
        ({"user_id": {}}, "wrong_type"),
        ({"groups": {"company": [{}]}}, "wrong_type"),
        ({"groups": {"company": True}}, "wrong_type"),
        ({"time": "noon"}, "time_unreadable"),
        ({"time": True}, "wrong_type"),
        ({"time": 1e30}, "time_unreadable"),
        ({"time": 5}, "time_implausible"),
        ({"event_type": "a" * 513}, "identifier_too_long"),
        ({"event_properties": {"a": "\0"}}, "nul_character"),
    ],
)
def test_a_bad_event_has_a_reason(changes: dict[str, Any], expected: str) -> None:
    assert reason("amplitude", "httpapi", {"events": [SEEN | changes]})[0] == expected


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"events": 5}', b'{"batch": []}'])
def test_a_body_without_a_list_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        DIALECTS["amplitude"].take_apart("batch", body)


values = st.none() | st.booleans() | st.floats() | st.text() | st.integers()
nested = st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(
    st.dictionaries(st.sampled_from(["$set", "$add", "$unset", "a"]), nested),
    st.dictionaries(st.sampled_from(["company", "team"]), nested),
    nested,
)
def test_whatever_is_sent_has_a_fate_that_is_understood(
    properties: object, groups: object, time: object
) -> None:
    sent = SEEN | {"user_properties": properties, "groups": groups, "time": time}
    (result,) = translate("amplitude", "batch", {"events": [sent]})
    assert not isinstance(result, Rejected) or result.reason != "untranslatable", result
