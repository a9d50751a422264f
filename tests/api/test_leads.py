"""Leads over the API: listed, explained, accepted, rejected."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from pql.leads.querying import find_lead
from pql.state.store import State
from tests.fixtures.account_rows import add_account, add_contact
from tests.fixtures.web import Member


@pytest.fixture
def leads(web_state: State, owner: Member) -> None:
    with web_state.writing() as session:
        acme = add_account(
            session, owner.workspace_id, "acme", score=90, motion="high_touch", pql="met"
        )
        add_contact(session, acme, "ada", stage="MQL", score=62)
        add_contact(session, acme, "bob", stage="lead", score=20)
        add_contact(session, acme, "cleo")


def ask(client: FlaskClient, member: Member, **parameters: Any) -> Any:
    return client.get("/api/v1/leads", query_string=parameters, headers=member.bearer())


@pytest.mark.usefixtures("leads")
def test_leads_are_listed_with_where_their_account_stands(
    client: FlaskClient, owner: Member
) -> None:
    page = ask(client, owner).get_json()
    assert [(lead["email"], lead["stage"]) for lead in page["data"]] == [
        ("ada@example.com", "MQL"),
        ("bob@example.com", "lead"),
    ]
    ada = page["data"][0]
    assert (ada["account"], ada["account_motion"], ada["account_pql"]) == (
        "acme",
        "high_touch",
        "met",
    )


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"stage": "MQL"}, ["ada"]),
        ({"min_score": 21}, ["ada"]),
        ({"max_score": 20}, ["bob"]),
        ({"account": "acme", "sort": "score"}, ["bob", "ada"]),
        ({"q": "BOB"}, ["bob"]),
        ({"grade": 1}, []),
    ],
)
def test_leads_are_filtered(
    client: FlaskClient, owner: Member, asked: dict[str, Any], found: list[str]
) -> None:
    assert [lead["user_id"] for lead in ask(client, owner, **asked).get_json()["data"]] == found


@pytest.mark.usefixtures("leads")
def test_leads_come_in_pages(client: FlaskClient, owner: Member) -> None:
    first = ask(client, owner, limit=1).get_json()
    second = ask(client, owner, limit=1, cursor=first["next_cursor"]).get_json()
    assert [lead["user_id"] for lead in first["data"] + second["data"]] == ["ada", "bob"]
    assert second["next_cursor"] is None


@pytest.mark.usefixtures("leads")
def test_sales_accepts_an_mql_once(client: FlaskClient, owner: Member) -> None:
    path, key = "/api/v1/leads/ada@example.com/accept", owner.bearer("admin")
    accepted = client.post(path, headers=key).get_json()
    assert accepted["stage"] == "SQL"
    assert accepted["moves"][0]["moved_by"] == "admin key"
    again = client.post(path, headers=key)
    assert again.status_code == 409
    assert "this lead is SQL" in again.get_json()["detail"]


@pytest.mark.usefixtures("leads")
def test_sales_rejects_with_a_reason(client: FlaskClient, owner: Member) -> None:
    path, key = "/api/v1/leads/ada@example.com/reject", owner.bearer("admin")
    for body in ({}, {"reason": ""}, {"reason": "a\x00b"}, {"reason": "x", "other": 1}):
        assert client.post(path, json=body, headers=key).status_code == 422
    rejected = client.post(path, json={"reason": "no budget"}, headers=key).get_json()
    assert rejected["stage"] == "lead"
    assert rejected["rejected_at"] is not None
    assert "no budget" in rejected["moves"][0]["reason"]


@pytest.mark.usefixtures("leads")
def test_an_address_that_two_leads_have_is_refused_with_their_ids(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        ada = find_lead(session, owner.workspace_id, "ada@example.com").contact_id
        globex = add_account(session, owner.workspace_id, "globex")
        other = add_contact(session, globex, "u-900", stage="MQL")
        other.email = "Ada@example.com"
        ids = [ada, other.id]
    path, key = "/api/v1/leads/ada@example.com", owner.bearer("admin")
    answers = [
        client.get(path, headers=key),
        client.post(f"{path}/accept", headers=key),
        client.post(f"{path}/reject", json={"reason": "no budget"}, headers=key),
    ]
    assert [answer.status_code for answer in answers] == [409] * 3
    words = f"name one by its id: {ids[0]} and {ids[1]}"
    assert all(words in answer.get_json()["detail"] for answer in answers)
    stages = {lead["id"]: lead["stage"] for lead in ask(client, owner).get_json()["data"]}
    assert [stages[each] for each in ids] == ["MQL", "MQL"]


@pytest.mark.parametrize("name", ["17", "nobody@example.com", "9" * 30, "9" * 5000, "a%00b", "%0a"])
@pytest.mark.usefixtures("leads")
def test_an_unknown_lead_is_not_found(client: FlaskClient, owner: Member, name: str) -> None:
    answer = client.get(f"/api/v1/leads/{name}", headers=owner.bearer())
    assert answer.status_code == 404
    assert "e-mail" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "email", ["a/b@example.com", "a/accept@example.com", "Ü?#@example.com", ".."]
)
def test_a_lead_is_asked_for_by_any_address_it_has(
    client: FlaskClient, owner: Member, web_state: State, email: str
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme")
        add_contact(session, account, "ada", stage="MQL").email = email
    path = f"/api/v1/leads/{quote(email, safe='')}"
    assert client.get(path, headers=owner.bearer()).get_json()["email"] == email
    decided = client.post(f"{path}/accept", headers=owner.bearer("admin"))
    assert (decided.status_code, decided.get_json()["stage"]) == (200, "SQL")
