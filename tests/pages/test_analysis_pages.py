"""The pages of analyses: how far they are, what came of them, cancelling, and whose they are."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from pql import analyses
from pql.state.store import State
from tests.fixtures.web import CREATED_AT, Member
from tests.pages.conftest import SignIn
from tests.pages.forms import token_in


@pytest.fixture
def waiting(web_state: State, owner: Member) -> int:
    """An analysis of the owner's that waits."""
    with web_state.writing() as session:
        return analyses.request(
            session,
            owner.workspace_id,
            "definition_plan",
            {"weeks": 12, "text": "metrics:\n  <b>x</b>"},
            now=CREATED_AT,
            requested_by="growth",
        ).id


@pytest.fixture
def running(web_state: State, waiting: int) -> int:
    """The same, begun, and a third done."""
    with web_state.writing() as session:
        claim = analyses.claim_next(session, CREATED_AT)
        assert claim is not None
        analyses.report(session, claim, 1 / 3, "week 4 of 12", CREATED_AT)
    return waiting


def test_without_any_the_list_says_how_to_ask_for_one(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    answer = client.get("/analyses")
    assert "No analysis yet" in answer.text
    assert "Refresh" not in answer.headers


def test_progress_is_shown_and_the_page_comes_again(
    client: FlaskClient, owner: Member, sign_in: SignIn, running: int
) -> None:
    sign_in(owner)
    for address in ("/analyses", f"/analyses/{running}"):
        answer = client.get(address)
        assert "33 %" in answer.text
        assert answer.headers["Refresh"] == "2"
    page = client.get(f"/analyses/{running}").text
    assert "week 4 of 12" in page
    assert "<b>x</b>" not in page


def test_an_admin_cancels_it(
    client: FlaskClient, owner: Member, sign_in: SignIn, waiting: int
) -> None:
    sign_in(owner, "admin")
    token = token_in(client.get(f"/analyses/{waiting}").text)
    answer = client.post(f"/analyses/{waiting}/cancel", data={"csrf_token": token})
    assert answer.status_code == 303
    answer = client.get(f"/analyses/{waiting}")
    assert "Cancelled" in answer.text
    assert "Refresh" not in answer.headers


def test_a_reader_does_not_cancel_and_nobody_does_without_a_token(
    client: FlaskClient, owner: Member, sign_in: SignIn, waiting: int
) -> None:
    sign_in(owner)
    assert "cancel" not in client.get(f"/analyses/{waiting}").text.lower()
    token = token_in(client.get("/leads").text)
    assert client.post(f"/analyses/{waiting}/cancel", data={"csrf_token": token}).status_code == 403
    assert client.post(f"/analyses/{waiting}/cancel").status_code == 400


def test_why_it_failed_is_told(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State, waiting: int
) -> None:
    with web_state.writing() as session:
        claim = analyses.claim_next(session, CREATED_AT)
        assert claim is not None
        analyses.fail(session, claim, "the file <i>is</i> gone", CREATED_AT)
    sign_in(owner)
    page = client.get(f"/analyses/{waiting}").text
    assert "the file &lt;i&gt;is&lt;/i&gt; gone" in page


def test_an_admin_asks_the_finder_from_the_page(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    sign_in(owner, "admin")
    token = token_in(client.get("/analyses").text)
    form = {"csrf_token": token, "days": "14", "within": "60", "unit": "contacts", "status": "free"}
    answer = client.post("/analyses/finder", data=form)
    assert answer.status_code == 303
    with web_state.reading() as session:
        asked = analyses.list_analyses(session, owner.workspace_id).data[0]
        detail = analyses.show_analysis(session, owner.workspace_id, asked.id)
    assert detail.summary.kind == "finder"
    chosen = {name: detail.parameters[name] for name in ("days", "within", "unit", "status")}
    assert chosen == {"days": 14, "within": 60, "unit": "contacts", "status": "free"}
    assert detail.parameters["events"] is None
    assert detail.parameters["known_at_start"] == []
    assert client.post("/analyses/finder", data={**form, "days": "0"}).status_code == 422


def test_the_question_about_what_was_not_searched_is_answered_on_the_page(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    asked = {"days": 7, "within": 30, "unit": "accounts", "status": "trial", "events": ["paid_up"]}
    reason = "paid_up sounds like the outcome, or the step into it."
    result = {
        "verdict": "No reliable threshold: Nothing is left to search.",
        "more": [],
        "warnings": [{"sentence": reason, "is_set_aside": True}],
        "not_searched": [{"source": "paid_up", "sentence": reason, "is_question": True}],
        "question": "When is it known?",
        "note": "Association, not cause.",
        "split": {"note": ""},
        "candidates": [],
        "recommended": None,
        "popular_not_holding": [],
        "definition": None,
        "why_no_definition": None,
    }
    with web_state.writing() as session:
        options = {"now": CREATED_AT, "requested_by": "growth"}
        first = analyses.request(session, owner.workspace_id, "finder", asked, **options)
        claim = analyses.claim_next(session, CREATED_AT)
        assert claim is not None
        analyses.finish(session, claim, result, CREATED_AT)
    sign_in(owner, "admin")
    page = client.get(f"/analyses/{first.id}").text
    assert page.count(reason) == 1
    assert 'name="known_at_start" value="paid_up"' in page
    form = {"csrf_token": token_in(page), **asked, "known_at_start": ["paid_up"]}
    answer = client.post("/analyses/finder", data=form)
    assert answer.status_code == 303
    with web_state.reading() as session:
        latest = analyses.list_analyses(session, owner.workspace_id).data[0]
        detail = analyses.show_analysis(session, owner.workspace_id, latest.id)
    chosen = {name: detail.parameters[name] for name in ("events", "known_at_start")}
    assert chosen == {"events": ["paid_up"], "known_at_start": ["paid_up"]}


def test_a_reader_does_not_ask_the_finder(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    assert "Find what tells" not in client.get("/analyses").text
    token = token_in(client.get("/leads").text)
    assert client.post("/analyses/finder", data={"csrf_token": token}).status_code == 403


def test_a_stranger_sees_and_cancels_nothing(
    client: FlaskClient, stranger: Member, sign_in: SignIn, waiting: int
) -> None:
    sign_in(stranger, "admin")
    assert "Definition plan" not in client.get("/analyses").text
    assert client.get(f"/analyses/{waiting}").status_code == 404
    token = token_in(client.get("/leads").text)
    answer = client.post(f"/analyses/{waiting}/cancel", data={"csrf_token": token})
    assert answer.status_code == 404
