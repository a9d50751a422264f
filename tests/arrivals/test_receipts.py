"""Every message has a receipt: where it is, or why it is not where it should be."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fixtures.arriving import Arriving
from tests.fixtures.loading import track
from tests.fixtures.quarantined import nameless
from tests.fixtures.web import Member


def ask(service: Arriving, member: Member, message_id: str, scope: str = "write") -> Any:
    answer = service.client.get(f"/v1/receipts/{message_id}", headers=member.bearer(scope))
    assert answer.status_code == 200
    return answer.get_json()


def test_a_message_is_pending_then_stored_for_its_account(
    arriving: Arriving, owner: Member
) -> None:
    arriving.send(owner, track("1", group="acme"))
    assert ask(arriving, owner, "1")["fate"] == "pending"
    arriving.load()
    stored = ask(arriving, owner, "1")
    assert (stored["fate"], stored["account"], stored["repetitions"]) == ("stored", "acme", 0)
    assert stored["received_at"] is not None


def test_a_repetition_changes_nothing_but_the_count(arriving: Arriving, owner: Member) -> None:
    arriving.send(owner, track("1"), track("1"), track("1"), track("2"))
    arriving.load()
    assert ask(arriving, owner, "1")["repetitions"] == 2
    assert ask(arriving, owner, "2")["repetitions"] == 0


def test_a_quarantined_message_says_why(arriving: Arriving, owner: Member) -> None:
    arriving.send(owner, nameless("1"))
    arriving.load()
    receipt = ask(arriving, owner, "1")
    assert (receipt["fate"], receipt["reason"]) == ("quarantined", "missing_event")
    assert "batch[0].event: found none" in receipt["detail"]
    assert receipt["decided_at"] == "2026-06-01T12:00:00Z"


def test_many_are_answered_in_the_order_asked(arriving: Arriving, owner: Member) -> None:
    arriving.send(owner, track("stored"), nameless("bad"))
    arriving.load()
    arriving.send(owner, track("waiting"))
    asked = ["none", "bad", "waiting", "stored", "none"]
    answer = arriving.client.post("/v1/receipts", json=asked, headers=owner.bearer("write"))
    fates = [(each["message_id"], each["fate"]) for each in answer.get_json()["receipts"]]
    assert fates == [
        ("none", "unknown"),
        ("bad", "quarantined"),
        ("waiting", "pending"),
        ("stored", "stored"),
        ("none", "unknown"),
    ]


def test_no_more_of_the_journal_is_looked_through_than_a_second_takes(
    arriving: Arriving, owner: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usage_ingest.receipts.MOST_EVENTS", 2)
    arriving.send(owner, track("1"), track("2"), track("3"))
    arriving.send(owner, track("4"))
    assert ask(arriving, owner, "4")["fate"] == "pending"
    assert ask(arriving, owner, "3")["fate"] == "unknown_or_pending"


def test_an_id_may_hold_what_an_address_does_not(arriving: Arriving, owner: Member) -> None:
    message_id = "https://example.com/products//1 42"
    arriving.send(owner, track(message_id))
    assert ask(arriving, owner, "https%3A%2F%2Fexample.com%2Fproducts%2F%2F1%2042") == ask(
        arriving, owner, message_id
    )
    assert ask(arriving, owner, message_id)["fate"] == "pending"


@pytest.mark.parametrize("scope", ["write", "read", "admin"])
def test_a_strangers_key_sees_nothing(
    arriving: Arriving, owner: Member, stranger: Member, scope: str
) -> None:
    arriving.send(owner, track("stored"), nameless("bad"))
    arriving.load()
    arriving.send(owner, track("waiting"))
    for message_id, fate in (("stored", "stored"), ("bad", "quarantined"), ("waiting", "pending")):
        assert ask(arriving, owner, message_id, scope)["fate"] == fate
        assert ask(arriving, stranger, message_id, scope)["fate"] == "unknown"


def test_without_a_worker_the_answer_says_what_to_do(client: FlaskClient, owner: Member) -> None:
    answer = client.get("/v1/receipts/1", headers=owner.bearer("write"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "start it (pql worker)" in answer.get_json()["message"]


def test_nobody_asks_without_a_key(client: FlaskClient) -> None:
    assert client.get("/v1/receipts/1").status_code == 401
    unknown = {"Authorization": "Bearer pql_write_unknown"}
    assert client.post("/v1/receipts", json=["1"], headers=unknown).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'["\\ud800"]', b'["\\u0000"]', json.dumps(["1"] * 1001).encode()]
)
def test_a_bad_question_is_refused(client: FlaskClient, owner: Member, body: bytes) -> None:
    answer = client.post("/v1/receipts", data=body, headers=owner.bearer("write"))
    assert answer.status_code == 400
    assert answer.get_json()["code"] == 400
