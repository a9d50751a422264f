"""The quarantine over the API: listed, shown, mended and sent through again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.arriving import Arriving
from tests.fixtures.loading import RECEIVED_AT, track
from tests.fixtures.quarantined import nameless
from tests.fixtures.web import Member


def ask(service: Arriving, member: Member, **parameters: Any) -> Any:
    path, key = "/api/v1/quarantine", member.bearer()
    answer = service.client.get(path, query_string=parameters, headers=key)
    assert answer.status_code == 200
    return answer.get_json()


def show(service: Arriving, member: Member, quarantined_id: int) -> Any:
    path = f"/api/v1/quarantine/{quarantined_id}"
    return service.client.get(path, headers=member.bearer())


def replay(service: Arriving, member: Member, scope: str = "admin", **asked: Any) -> Any:
    path, key = "/api/v1/quarantine/replay", member.bearer(scope)
    return service.client.post(path, json=asked, headers=key)


def test_the_quarantine_is_listed_with_its_reasons(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(owner, nameless("1"), nameless("2"), track("3", user=None))
    listed = ask(arriving, owner)
    assert [each["message_id"] for each in listed["data"]] == ["3", "2", "1"]
    assert listed["reasons"] == {"missing_event": 2, "missing_user_id": 1}
    assert listed["data"][0]["source"] == "write key"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"reason": "missing_event"}, ["1"]),
        ({"reason": "none"}, []),
        ({"source": 10**6}, []),
        ({"since": (RECEIVED_AT - timedelta(days=900)).isoformat()}, ["2", "1"]),
        ({"since": (RECEIVED_AT + timedelta(days=90000)).isoformat()}, []),
    ],
)
def test_the_quarantine_is_filtered(
    arriving: Arriving, owner: Member, asked: dict[str, Any], found: list[str]
) -> None:
    arriving.load_sent(owner, nameless("1"), track("2", user=None))
    assert [each["message_id"] for each in ask(arriving, owner, **asked)["data"]] == found


def test_the_quarantine_comes_in_pages(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(owner, *(nameless(str(number)) for number in range(5)))
    found, cursor = [], None
    for _ in range(3):
        page = ask(arriving, owner, limit=2, **({"cursor": cursor} if cursor else {}))
        found += [each["message_id"] for each in page["data"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == (["4", "3", "2", "1", "0"], None)


def test_an_event_is_shown_as_it_was_sent(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(owner, nameless("1", properties={"plan": "pro"}))
    (listed,) = ask(arriving, owner)["data"]
    shown = show(arriving, owner, listed["id"]).get_json()
    assert '"plan":' in shown["content"]
    assert (shown["call"], shown["is_event"], shown["resolution"]) == ("batch", True, None)


def test_a_dry_run_says_what_would_come_of_it(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(owner, nameless("1"))
    asked: dict[str, Any] = {
        "reason": "missing_event",
        "mend": {"set": {"event": "x"}},
        "dry_run": True,
    }
    result = replay(arriving, owner, **asked).get_json()
    assert (result["selected"], result["outcomes"], result["more"]) == (1, {"accepted": 1}, False)
    assert result["expected"][0]["name"] == "x"
    assert arriving.load().events == 0


def test_a_replay_says_who_asked_for_it(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(owner, nameless("1"))
    (listed,) = ask(arriving, owner)["data"]
    replay(
        arriving,
        owner,
        ids=[listed["id"]],
        mend={"rename": {"userId": "event"}, "default": {"userId": "bob"}},
    )
    assert arriving.load().stored == 1
    assert ask(arriving, owner) == {"data": [], "next_cursor": None, "reasons": {}}
    shown = show(arriving, owner, listed["id"]).get_json()
    assert (shown["resolution"], shown["resolved_by"]) == ("stored", "admin key")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"mend": {"set": {"a": 1}}},
        {"reason": "x", "mend": {"put": {}}},
        {"reason": "x", "mend": {"set": {"a..b": 1}}},
        {"ids": []},
        {"ids": ["x"]},
        {"since": "yesterday"},
        {"reasons": "x"},
    ],
)
def test_a_replay_that_cannot_be_meant_is_refused(
    arriving: Arriving, owner: Member, asked: dict[str, Any]
) -> None:
    assert replay(arriving, owner, **asked).status_code == 422


def test_only_an_admin_replays(arriving: Arriving, owner: Member) -> None:
    for scope in ("read", "write"):
        assert replay(arriving, owner, scope, ids=[1]).status_code == 403


def test_a_stranger_sees_and_changes_nothing(
    arriving: Arriving, owner: Member, stranger: Member
) -> None:
    arriving.load_sent(owner, nameless("1"))
    (listed,) = ask(arriving, owner)["data"]
    assert ask(arriving, stranger)["data"] == []
    assert ask(arriving, stranger)["reasons"] == {}
    assert show(arriving, stranger, listed["id"]).status_code == 404
    assert replay(arriving, stranger, ids=[listed["id"]]).get_json()["selected"] == 0
    assert show(arriving, owner, 10**30).status_code == 404
