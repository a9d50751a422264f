"""CloudEvents in our words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.intake.recordings import RECEIVED_AT, events, reason, translate
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.dialects import DIALECTS
from usage_ingest.dialects.dialect import UnreadableBody

SEEN = {"specversion": "1.0", "id": "1", "source": "/app", "type": "seen", "userid": "ada"}


def event(**fields: Any) -> CanonicalEvent:
    (found,) = events("cloudevents", "events", SEEN | fields)
    return found


def test_an_event_says_who_did_what_for_which_account() -> None:
    found = event(accountid="acme", time="2026-11-01T12:00:00Z", data={"k": 1})
    assert (found.kind, found.name, found.user_id) == ("track", "seen", "ada")
    assert (found.account_key, found.properties) == ("acme", {"k": 1})
    assert found.occurred_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert event().occurred_at == RECEIVED_AT


def test_an_id_is_unique_within_its_source() -> None:
    assert event().message_id == "/app 1"
    assert event(source="/other").message_id == "/other 1"


def test_the_subject_is_the_person_where_nothing_else_names_one() -> None:
    assert event(userid=None, subject="grace").user_id == "grace"
    assert event(subject="grace").user_id == "ada"
    assert event(userid=None, anonymousid="visitor", subject="grace").user_id is None


def test_types_that_tell_about_people_and_accounts() -> None:
    identify = event(type="identify", anonymousid="visitor", data={"title": "ceo"})
    assert (identify.kind, identify.anonymous_id) == ("identify", "visitor")
    assert (identify.traits, identify.properties) == ({"title": "ceo"}, {})
    group = event(type="group", accountid="acme", data={"plan": "trial"})
    assert (group.kind, group.account_key, group.traits) == ("group", "acme", {"plan": "trial"})
    assert event(type="alias", previousid="visitor").previous_id == "visitor"


def test_an_event_may_be_an_accounts_and_nobodys() -> None:
    found = event(userid=None, accountid="acme")
    assert (found.user_id, found.anonymous_id, found.account_key) == (None, None, "acme")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"specversion": "0.3"}, "unknown_specversion"),
        ({"id": ""}, "missing_id"),
        ({"source": None}, "missing_source"),
        ({"type": None}, "missing_type"),
        ({"userid": None}, "missing_userid"),
        ({"type": "group"}, "missing_accountid"),
        ({"type": "alias"}, "missing_previousid"),
        ({"data": "text"}, "wrong_type"),
        ({"data_base64": "YQ=="}, "wrong_type"),
        ({"time": "noon"}, "time_unreadable"),
        ({"id": "1" * 513}, "identifier_too_long"),
    ],
)
def test_a_bad_event_has_a_reason(changes: dict[str, Any], expected: str) -> None:
    assert reason("cloudevents", "events", [SEEN | changes])[0] == expected


def test_a_bad_event_keeps_its_id() -> None:
    (result,) = translate("cloudevents", "events", [SEEN | {"data": 5}])
    assert result.message_id == "/app 1"


@pytest.mark.parametrize("body", [b"", b"5", b"{}", b'"text"', b"[", b'{"specversion": "1.0"'])
def test_a_body_that_is_none_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        DIALECTS["cloudevents"].take_apart("events", body)
