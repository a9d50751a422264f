"""The tracking plan over the API: applied, shown, its violations listed, each in its workspace."""

import pytest
from flask.testing import FlaskClient

from pql.plans.checking import Violation
from pql.plans.recording import Seen, record_violations
from pql.state.store import State
from tests.fixtures.web import CREATED_AT, Member

PLAN = "events:\n  message_sent: {properties: {channel: {type: text}}}\n"


def put(client: FlaskClient, member: Member, text: str = PLAN, scope: str = "admin") -> int:
    return client.put("/api/v1/plan", data=text, headers=member.bearer(scope)).status_code


def test_a_plan_is_applied_and_shown_in_its_workspace_only(
    client: FlaskClient, owner: Member, stranger: Member
) -> None:
    assert client.get("/api/v1/plan", headers=owner.bearer()).status_code == 404
    assert put(client, owner) == 200
    shown = client.get("/api/v1/plan", headers=owner.bearer()).get_json()
    assert (shown["number"], shown["text"], shown["applied_by"]) == (1, PLAN, "admin key")
    missing = client.get("/api/v1/plan", headers=stranger.bearer())
    assert missing.status_code == 404
    assert missing.get_json()["detail"] == "the workspace has no tracking plan; apply one first"


def test_what_is_wrong_with_a_plan_is_told_with_its_line(
    client: FlaskClient, owner: Member
) -> None:
    text = "events:\n  a: {properties: {b: {type: int}}}\n"
    answer = client.put("/api/v1/plan", data=text, headers=owner.bearer("admin"))
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert (error["line"], error["field"], error["found"]) == (
        2,
        "events.a.properties.b.type",
        '"int"',
    )


@pytest.mark.parametrize("scope", ["read", "write"])
def test_only_an_admin_key_applies(client: FlaskClient, owner: Member, scope: str) -> None:
    assert put(client, owner, scope=scope) == 403


def test_a_body_that_is_no_text_is_refused(client: FlaskClient, owner: Member) -> None:
    answer = client.put("/api/v1/plan", data=b"\xff", headers=owner.bearer("admin"))
    assert answer.status_code == 400


def test_violations_are_listed_to_their_workspace(
    client: FlaskClient, owner: Member, stranger: Member, web_state: State
) -> None:
    violation = Violation("wrong_type", "channel", "7 (whole number)", "text")
    with web_state.writing() as session:
        for event in ("message_sent", "message_sent", "login"):
            seen = Seen(event, violation, "m1", CREATED_AT)
            record_violations(session, owner.workspace_id, [seen])
    address = "/api/v1/plan/violations"
    listed = client.get(address, headers=owner.bearer()).get_json()["data"]
    assert [(each["event"], each["events"]) for each in listed] == [
        ("message_sent", 2),
        ("login", 1),
    ]
    assert listed[0]["example"] == {
        "message_id": "m1",
        "found": "7 (whole number)",
        "allowed": "text",
    }
    one = client.get(f"{address}?event=login", headers=owner.bearer()).get_json()["data"]
    assert [each["event"] for each in one] == ["login"]
    assert client.get(address, headers=stranger.bearer()).get_json() == {"data": []}


def test_a_plan_is_taken_out_of_force_in_its_workspace_only(
    client: FlaskClient, owner: Member, stranger: Member
) -> None:
    put(client, owner)
    put(client, stranger)
    for expected in (204, 404):
        removed = client.delete("/api/v1/plan", headers=owner.bearer("admin"))
        assert removed.status_code == expected
    assert client.get("/api/v1/plan", headers=owner.bearer()).status_code == 404
    assert client.get("/api/v1/plan", headers=stranger.bearer()).status_code == 200


def test_a_plan_keeps_why_it_was_applied(client: FlaskClient, owner: Member) -> None:
    key = owner.bearer("admin")
    applied = client.put("/api/v1/plan?message=first+try", data=PLAN, headers=key).get_json()
    assert applied["message"] == "first try"
