"""Segment's calls in our words: recorded requests of real SDKs, and every rule of the dialect."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.loading import track
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import UnreadableBody
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.translation import translate_entries

FOLDER = Path(__file__).parent / "recorded"
RECORDED = sorted((*FOLDER.glob("segment-python-*.jsonl"), *FOLDER.glob("segment-node-*.jsonl")))
RECEIVED_AT = datetime(2026, 11, 22, tzinfo=UTC)
EVENT_LIMIT = 1024 * 1024


def translate_body(body: bytes, call: str = "batch") -> list[CanonicalEvent | Rejected]:
    entry = StoredEntry(1, 2, "segment", call, RECEIVED_AT, 1, body, 9)
    (results,) = translate_entries([entry], EVENT_LIMIT)
    return list(results)


def translate(*sent: Any, call: str = "batch", **envelope: Any) -> list[CanonicalEvent | Rejected]:
    return translate_body(json.dumps({"batch": sent} | envelope).encode(), call)


def event(sent: dict[str, Any], **envelope: Any) -> CanonicalEvent:
    (result,) = translate(sent, **envelope)
    assert isinstance(result, CanonicalEvent), result
    return result


def rejected(sent: object) -> tuple[str, str]:
    (result,) = translate(sent)
    assert isinstance(result, Rejected), result
    return result.reason, result.detail


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_an_sdk_sent_is_understood(path: Path) -> None:
    body = json.loads(path.read_text())["body"]
    results = translate(*body["batch"], sentAt=body["sentAt"])
    events = [result for result in results if isinstance(result, CanonicalEvent)]
    assert [each.kind for each in events] == [
        "identify",
        "group",
        "track",
        "page",
        "screen",
        "alias",
        "track",
    ]
    identify, group, feature, page, screen, alias, anonymous = events
    assert identify.traits == {"email": "a@b.co", "plan": "trial"}
    assert (identify.user_id, identify.account_key) == ("u1", "acct_1")
    assert group.traits.items() >= {"name": "Acme", "plan": "trial"}.items()
    assert (feature.name, feature.properties) == ("Feature Used", {"k": 1})
    assert page.name == "Home"
    assert page.properties == {"category": "Docs", "url": "x"}
    assert screen.account_key is None
    assert alias.previous_id == "anon1"
    assert (anonymous.user_id, anonymous.anonymous_id) == (None, "anon9")
    assert [each.message_id for each in events] == [each["messageId"] for each in body["batch"]]


def test_nulls_and_omissions_are_alike() -> None:
    names = ("anonymousId", "context", "properties", "traits", "timestamp", "groupId", "category")
    assert event(track("1") | dict.fromkeys(names)) == event(track("1"))


def test_a_skewed_clock_is_corrected_by_when_the_request_was_sent() -> None:
    sent = track("1", timestamp="2026-11-21T10:00:00Z")
    assert event(sent, sentAt="2026-11-21T10:00:30Z").occurred_at == RECEIVED_AT - timedelta(
        seconds=30
    )
    assert event(sent).occurred_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert event(sent, sentAt="yesterday").occurred_at == event(sent).occurred_at


def test_the_original_timestamp_is_the_senders_clock() -> None:
    sent = track("1", originalTimestamp="2026-11-21T10:00:00Z", timestamp="2026-11-01T10:00:00Z")
    corrected = event(sent, sentAt="2026-11-21T10:00:30Z").occurred_at
    assert corrected == RECEIVED_AT - timedelta(seconds=30)


def test_imports_are_not_corrected() -> None:
    sent = track("1", timestamp="2024-01-01T00:00:00Z")
    imported = event(sent, call="import", sentAt="2026-11-21T10:00:00Z")
    assert imported.occurred_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert imported.known_from == "import"


def test_the_future_becomes_now_and_says_so() -> None:
    future = event(track("1", timestamp="2099-01-01T00:00:00Z"))
    assert future.occurred_at == RECEIVED_AT
    assert future.clamped_from == datetime(2099, 1, 1, tzinfo=UTC)


def test_without_a_time_it_happened_when_it_came() -> None:
    assert event(track("1")).occurred_at == RECEIVED_AT


def test_a_message_without_an_id_gets_one_that_is_always_the_same() -> None:
    nameless = {"type": "track", "userId": "ada", "event": "a"}
    first, second = ([each.message_id for each in translate(nameless, nameless)] for _ in range(2))
    assert first == second == ["journal-9-0", "journal-9-1"]


def test_traits_of_identify_may_be_in_the_context() -> None:
    sent = {"type": "identify", "userId": "ada", "context": {"traits": {"email": "a@example.com"}}}
    assert event(sent).traits == {"email": "a@example.com"}
    assert event(sent | {"traits": {"title": "ceo"}}).traits == {
        "email": "a@example.com",
        "title": "ceo",
    }


def test_a_group_call_names_its_account_before_the_context_does() -> None:
    sent = {"type": "group", "userId": "ada", "groupId": "acme", "context": {"groupId": "globex"}}
    assert event(sent).account_key == "acme"


@pytest.mark.parametrize("call", ["track", "identify", "page", "screen", "group", "alias"])
def test_a_call_of_its_own_needs_no_type(call: str) -> None:
    sent = {"userId": "ada", "event": "a", "groupId": "acme", "previousId": "b", "type": "nonsense"}
    (result,) = translate_body(json.dumps(sent).encode(), call)
    assert isinstance(result, CanonicalEvent)
    assert result.kind == call


@pytest.mark.parametrize(
    ("sent", "reason", "detail"),
    [
        (5, "wrong_type", "batch[0]: found int; allowed: object"),
        (
            track("1") | {"userId": 1.5},
            "wrong_type",
            "batch[0].userId: found float; allowed: str or null",
        ),
        (
            track("1", context={"groupId": []}),
            "wrong_type",
            "batch[0].context.groupId: found array; allowed: str or null",
        ),
        (
            track("1", properties="a"),
            "wrong_type",
            "batch[0].properties: found str; allowed: object or null",
        ),
        (
            track("1", None),
            "missing_user_id",
            "batch[0].userId: found none; allowed: a userId or an anonymousId",
        ),
        (
            track("1", event=""),
            "missing_event",
            "batch[0].event: found none; allowed: text that is not empty",
        ),
        (
            {"type": "group", "userId": "ada"},
            "missing_group_id",
            "batch[0].groupId: found none; allowed: text that is not empty",
        ),
        (
            {"type": "alias", "userId": "ada"},
            "missing_previous_id",
            "batch[0].previousId: found none; allowed: text that is not empty",
        ),
        (
            {"type": "purchase", "userId": "ada"},
            "unknown_type",
            "batch[0].type: found 'purchase'; allowed: track, identify, page, screen, group, alias",
        ),
        (
            track("1", timestamp="1970-01-01T00:00:00Z"),
            "time_implausible",
            "batch[0].timestamp: found 1970-01-01T00:00:00+00:00; allowed: from 2000-01-01 on",
        ),
        (
            track("1", timestamp="noon"),
            "time_unreadable",
            "batch[0].timestamp: found 'noon'; allowed: an ISO 8601 time",
        ),
        (
            track("1", properties={"a": ["b\0"]}),
            "nul_character",
            "batch[0].properties.a[0]: found a NUL character; allowed: text without it",
        ),
        (
            track("1", properties={"a": "\ud800"}),
            "lone_surrogate",
            "batch[0].properties.a: found half a character; allowed: Unicode text",
        ),
        (
            track("1", properties={"a": float("nan")}),
            "number_not_finite",
            "batch[0].properties.a: found nan; allowed: a finite number",
        ),
        (
            track("1", "a" * 513),
            "identifier_too_long",
            "batch[0].userId: found 513 characters; allowed: at most 512",
        ),
    ],
)
def test_a_bad_event_says_what_where_and_what_is_allowed(
    sent: object, reason: str, detail: str
) -> None:
    assert rejected(sent) == (reason, detail)


def test_an_event_over_the_limit_is_refused() -> None:
    sent = track("1", properties={"a": "b" * EVENT_LIMIT})
    (result,) = translate(sent)
    assert isinstance(result, Rejected)
    found = len(json.dumps(sent))
    assert result.detail == f"batch[0]: found {found} bytes; allowed: at most {EVENT_LIMIT}"


@pytest.mark.parametrize(
    "bad", [{"a": "\ud800"}, {"a": "\0"}, {"a": float("inf")}, {"\udfff": 1}, {"a": [{"b": "\0"}]}]
)
def test_a_bad_event_leaves_the_99_beside_it_alone(bad: dict[str, Any]) -> None:
    sent = [track(str(number)) for number in range(99)]
    sent.insert(50, track("bad", properties=bad))
    results = translate(*sent)
    assert [result.message_id for result in results if isinstance(result, Rejected)] == ["bad"]
    assert sum(isinstance(result, CanonicalEvent) for result in results) == 99


def test_bytes_that_are_no_text_cost_only_their_event() -> None:
    body = b'{"batch": [{"type": "track", "userId": "a\xff", "event": "a"}, %s]}'
    first, second = translate_body(body % json.dumps(track("1")).encode())
    assert isinstance(first, Rejected)
    assert first.reason == "lone_surrogate"
    assert isinstance(second, CanonicalEvent)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b"{}", b'{"batch": 5}', b'{"batch": null}', b"[" * 100_000]
)
def test_a_body_without_a_list_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        DIALECTS["segment"].take_apart("batch", body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = [
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "event",
    "name",
    "category",
    "properties",
    "traits",
    "context",
    "timestamp",
    "originalTimestamp",
    "sentAt",
]
near_events = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])},
    optional={name: st.text() | json_values for name in FIELDS if name != "type"},
)


@given(st.lists(json_values | near_events, max_size=5), json_values, st.booleans())
def test_any_json_gets_a_fate_that_both_stores_can_hold(
    sent: list[Any], sent_at: Any, keeps_unicode: bool
) -> None:
    body = json.dumps({"batch": sent, "sentAt": sent_at}, ensure_ascii=not keeps_unicode)
    results = translate_body(body.encode("utf-8", "surrogatepass"))
    assert len(results) == len(sent)
    for result in results:
        stored = msgspec.json.encode(result)
        assert b"\\u0000" not in stored.replace(b"\\\\", b"")
        if isinstance(result, Rejected):
            assert result.reason != "untranslatable"
        else:
            assert result.occurred_at <= result.received_at


@given(st.binary())
def test_any_bytes_are_taken_apart_or_refused(body: bytes) -> None:
    for call in ("batch", "track"):
        try:
            DIALECTS["segment"].take_apart(call, body)
        except UnreadableBody:
            continue
        translate_body(body, call)
