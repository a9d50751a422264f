"""One account: the explanation as it was stored, and how all of it came about."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from pql.state.store import State
from routes.service import current_time
from tests.fixtures.account_rows import (
    add_account,
    add_contact,
    add_fact,
    add_standing,
    leading_definition,
)
from tests.fixtures.benchmark_documents import add_moved_benchmarks
from tests.fixtures.web import CREATED_AT, Member


def ask(client: FlaskClient, member: Member, key: str, **parameters: Any) -> Any:
    path = f"/api/v1/accounts/{key}"
    return client.get(path, query_string=parameters, headers=member.bearer())


def test_the_explanation_is_given_as_it_was_stored(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "acme", score=70, motion="low_touch")
        definition = leading_definition(session, owner.workspace_id)
    given = ask(client, owner, "acme").get_json()
    assert given["explanation"] == given["standings"][0]["explanation"]
    assert given["explanation"] == given["history"]["data"][0]["explanation"]
    assert given["explanation"]["definition"] == definition
    assert given["explanation"]["score"]["parts"][0]["benchmark"]["p50"] == 1400
    assert (given["id"], given["motion"], given["usage_score"]) == ("acme", "low_touch", 70)


def test_an_account_that_is_pql_by_usage_and_mql_by_marketing_is_seen_as_one(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        account = add_account(
            session, owner.workspace_id, "acme", score=90, motion="high_touch", pql="met"
        )
        add_contact(session, account, "bob")
        add_contact(session, account, "ada", stage="MQL", score=62)
    given = ask(client, owner, "acme").get_json()
    assert given["pql"] == "met"
    assert given["people"] == 2
    shown = [(c["email"], c["lead_stage"], c["lead_score"]) for c in given["contacts"]]
    assert shown == [("ada@example.com", "MQL", 62), ("bob@example.com", None, None)]


def test_it_says_which_benchmarks_of_the_result_have_moved(
    client: FlaskClient, owner: Member, stranger: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme", score=70, motion="low_touch")
        add_moved_benchmarks(session, account)
        add_account(session, stranger.workspace_id, "acme", score=70, motion="low_touch")
    moved = ask(client, owner, "acme").get_json()["moved"]
    assert [(each["metric"], each["median_before"]) for each in moved] == [("messages_sent", 1400)]
    assert ask(client, stranger, "acme").get_json()["moved"] == []


def test_the_life_cycle_says_how_it_was_known(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    known = {"status": {"known_from": "trait", "detail": "plan", "at": CREATED_AT.isoformat()}}
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme", lifecycle=known)
        add_fact(session, account, "status", "trial", CREATED_AT)
    given = ask(client, owner, "acme").get_json()
    assert given["lifecycle"] == known
    assert given["facts"][0] | {"recorded_at": None} == {
        "field": "status",
        "value": "trial",
        "effective_at": CREATED_AT.isoformat(),
        "known_from": "trait",
        "detail": "plan",
        "recorded_at": None,
    }


def test_the_history_comes_in_pages_newest_first(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme")
        for score in range(5):
            add_standing(session, account, f"d{score}", score=score, motion="no_touch", pql="met")
    first = ask(client, owner, "acme", history_limit=3).get_json()["history"]
    cursor = first["next_cursor"]
    second = ask(client, owner, "acme", history_limit=3, history_cursor=cursor).get_json()
    scores = [change["usage_score"] for change in first["data"] + second["history"]["data"]]
    assert scores == [4, 3, 2, 1, 0]
    assert second["history"]["next_cursor"] is None


@pytest.mark.parametrize(
    "key",
    [
        "a/b",
        "a/",
        ".",
        "..",
        "a\nb",
        "/a",
        "a//b",
        "https://example.com/x?y=1#z",
        "ü ñ",
        "a.csv",
        "100%",
        "../x",
        "a'b\"<c>",
    ],
)
def test_any_key_that_a_product_gives_can_be_asked_for(
    client: FlaskClient, owner: Member, web_state: State, key: str
) -> None:
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, key)
    for answer in (
        ask(client, owner, quote(key, safe="")),
        client.get("/api/v1/account", query_string={"id": key}, headers=owner.bearer()),
    ):
        assert answer.status_code == 200
        assert answer.get_json()["id"] == key


@pytest.mark.parametrize("key", ["nobody", "a%00b", "%ff", "x" * 5000])
@pytest.mark.parametrize("path", ["/api/v1/accounts/", "/api/v1/account?id="])
def test_an_unknown_account_is_not_found(
    client: FlaskClient, owner: Member, path: str, key: str
) -> None:
    answer = client.get(f"{path}{key}", headers=owner.bearer())
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_an_account_that_is_not_named_is_asked_for(client: FlaskClient, owner: Member) -> None:
    answer = client.get("/api/v1/account", headers=owner.bearer())
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "id")


def test_a_day_of_the_trial_counts_from_one(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    began = current_time() - timedelta(days=5, minutes=1)
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "trial", status="trial", trial_started_at=began)
        add_account(session, owner.workspace_id, "paid", status="paying", trial_started_at=began)
    assert ask(client, owner, "trial").get_json()["trial_day"] == 6
    assert ask(client, owner, "paid").get_json()["trial_day"] is None
