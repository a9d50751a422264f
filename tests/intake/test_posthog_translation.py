"""PostHog's calls in our words: the recorded request of a real SDK, and every rule."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.recordings import RECEIVED_AT, events, reason, recorded, translate
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import UnreadableBody

SEEN = {"event": "seen", "distinct_id": "ada", "uuid": "1"}


def captured(**fields: Any) -> CanonicalEvent:
    (event,) = events("posthog", "capture", SEEN | fields)
    return event


def test_what_the_sdk_sent_is_understood() -> None:
    (sent,) = recorded("posthog-python")
    feature, set_, set_once, group, alias, *rest = events("posthog", "batch", sent["body"])
    assert (feature.kind, feature.name, feature.user_id) == ("track", "Feature Used", "u1")
    assert (feature.account_key, feature.joins_account) == ("acct_1", True)
    assert feature.properties["k"] == 1
    assert set_.person_changes == [("set", {"email": "a@b.co"})]
    assert set_once.person_changes == [("set_once", {"first": "x"})]
    assert (group.kind, group.user_id, group.anonymous_id) == ("group", None, None)
    assert (group.account_key, group.traits) == ("acct_1", {"name": "Acme", "plan": "trial"})
    assert (alias.kind, alias.user_id, alias.previous_id) == ("alias", "u1", "anon1")
    assert all(event.user_id or event.anonymous_id for event in rest)
    uuids = [each["uuid"] for each in sent["body"]["batch"]]
    assert [event.message_id for event in (feature, set_, set_once, group, alias, *rest)] == uuids


@pytest.mark.parametrize(
    "body",
    [
        SEEN,
        [SEEN],
        {"batch": [SEEN]},
        b"data=" + quote(base64.b64encode(json.dumps(SEEN).encode())).encode(),
        b"data=" + base64.b64encode(json.dumps([SEEN]).encode()) + b"&ver=1",
        b"data=" + quote(json.dumps(SEEN)).encode(),
    ],
)
def test_a_capture_may_be_one_event_or_a_batch_or_a_form(body: object) -> None:
    (event,) = events("posthog", "capture", body)
    assert (event.name, event.user_id, event.message_id) == ("seen", "ada", "1")


@pytest.mark.parametrize("name", ["api_key", "token"])
def test_the_key_is_wherever_an_sdk_puts_it(name: str) -> None:
    for body in (
        {name: "key", "batch": [SEEN]},
        SEEN | {name: "key"},
        [SEEN | {name: "key"}],
        SEEN | {"properties": {"token": "key"}},
        [SEEN | {"properties": {"token": "key"}}],
    ):
        raw = DIALECTS["posthog"].take_apart("capture", json.dumps(body).encode())
        assert raw.key == "key"


def test_the_key_is_not_stored_with_the_event() -> None:
    assert captured(properties={"token": "key", "k": 1}).properties == {"k": 1}


def test_a_person_without_a_profile_is_anonymous() -> None:
    for mark in ("$process_person_profile", "$is_identified"):
        event = captured(properties={mark: False})
        assert (event.user_id, event.anonymous_id) == (None, "ada")


def test_identify_links_who_was_anonymous_before() -> None:
    properties = {"$anon_distinct_id": "visitor", "$set": {"plan": "free"}}
    event = captured(event="$identify", properties=properties)
    assert (event.kind, event.user_id, event.anonymous_id) == ("identify", "ada", "visitor")
    assert event.person_changes == [("set", {"plan": "free"})]
    assert event.properties == {"$anon_distinct_id": "visitor"}


def test_any_event_may_change_the_person_and_in_which_order() -> None:
    properties = {"$set": {"a": 1}, "$set_once": {"b": 2}, "$unset": ["c"]}
    changes = captured(properties=properties, **{"$set": {"a": 3}}).person_changes
    assert changes == [("set", {"a": 3}), ("set_once", {"b": 2}), ("unset", {"c": None})]


def test_the_source_says_which_group_is_the_account() -> None:
    groups = {"company": "c", "team": 7}
    body = SEEN | {"properties": {"$groups": groups}}
    assert events("posthog", "capture", body)[0].account_key == "c"
    assert events("posthog", "capture", body, "team")[0].account_key == "7"
    assert events("posthog", "capture", body, "site")[0].account_key is None


def test_a_group_of_another_type_is_stored_and_no_account() -> None:
    properties = {"$group_type": "team", "$group_key": "7", "$group_set": {"plan": "trial"}}
    event = captured(event="$groupidentify", properties=properties)
    assert (event.account_key, event.user_id) == (None, None)


def test_a_skewed_clock_is_corrected_but_not_that_of_a_migration() -> None:
    sent = {"batch": [SEEN | {"timestamp": "2026-01-01T00:00:00Z"}]}
    body = sent | {"sent_at": "2026-01-01T00:01:00Z"}
    (live,) = events("posthog", "batch", body)
    assert live.occurred_at == RECEIVED_AT - timedelta(minutes=1)
    (history,) = events("posthog", "batch", body | {"historical_migration": True})
    assert history.occurred_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_offset_is_how_long_ago_it_was() -> None:
    assert captured(offset=1500).occurred_at == RECEIVED_AT - timedelta(seconds=1.5)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"event": None}, "missing_event"),
        ({"distinct_id": None}, "missing_distinct_id"),
        ({"event": "$create_alias"}, "missing_properties.alias"),
        ({"event": "$groupidentify"}, "missing_$group_key"),
        ({"properties": {"$groups": ["a"]}}, "wrong_type"),
        ({"properties": {"$groups": {"company": {}}}}, "wrong_type"),
        ({"offset": 1e300}, "time_implausible"),
        ({"timestamp": "noon"}, "time_unreadable"),
        ({"distinct_id": "a" * 513}, "identifier_too_long"),
        ({"properties": {"a": "\0"}}, "nul_character"),
    ],
)
def test_a_bad_event_has_a_reason(changes: dict[str, Any], expected: str) -> None:
    assert reason("posthog", "batch", {"batch": [SEEN | changes]})[0] == expected


@pytest.mark.parametrize("body", [b"", b"{", b"5", b"data=%%%", b"data=", b"[" * 100_000])
def test_a_body_that_is_none_is_refused_as_a_whole(body: bytes) -> None:
    for call in ("batch", "capture"):
        with pytest.raises(UnreadableBody):
            DIALECTS["posthog"].take_apart(call, body)


def test_a_bad_event_leaves_those_beside_it_alone() -> None:
    bad = [{"properties": {"a": value}} for value in ("\ud800", float("nan"), "\0")]
    results = translate("posthog", "batch", {"batch": [SEEN, *(SEEN | each for each in bad), SEEN]})
    assert [isinstance(result, Rejected) for result in results] == [False, True, True, True, False]
    assert {each.message_id for each in results} == {"1"}


values = st.none() | st.booleans() | st.floats() | st.text() | st.integers()
nested = st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
NAMES = ["$set", "$groups", "$group_type", "$group_key", "$unset", "alias", "distinct_id", "token"]


@given(
    st.fixed_dictionaries(
        {"event": st.sampled_from(["$identify", "$groupidentify", "$create_alias", "$set", "a"])},
        optional={
            "distinct_id": nested,
            "uuid": nested,
            "timestamp": nested,
            "offset": nested,
            "properties": st.dictionaries(st.sampled_from(NAMES), nested) | nested,
        },
    )
)
def test_whatever_is_sent_has_a_fate_that_is_understood(sent: dict[str, Any]) -> None:
    (result,) = translate("posthog", "batch", {"batch": [sent]})
    assert isinstance(result, CanonicalEvent) or result.reason != "untranslatable", result


def test_an_event_nested_too_deeply_leaves_those_beside_it_alone() -> None:
    deep = b'{"event": "a", "distinct_id": "b", "properties": {"a": %s}}' % (
        b"[" * 900 + b"]" * 900
    )
    body = b'{"batch": [%s, %s]}' % (deep, json.dumps(SEEN).encode())
    first, second = translate("posthog", "batch", body)
    assert isinstance(first, CanonicalEvent | Rejected)
    assert isinstance(second, CanonicalEvent)
