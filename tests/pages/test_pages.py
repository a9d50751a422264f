"""The pages: what they say, what they escape, what they say where there is nothing."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from pql.state.models import Account
from pql.state.store import State
from pql.workspace_settings import change_settings
from tests.fixtures.account_rows import add_account, add_contact, add_fact
from tests.fixtures.web import CREATED_AT, Member
from tests.pages.conftest import SignIn
from tests.pages.forms import token_in

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


def test_an_empty_workspace_says_how_to_send_the_first_event(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    page = client.get("/accounts").text
    assert "pql keys create --workspace owner --scope write" in page
    assert "v1/track" in page


@pytest.mark.usefixtures("accounts")
def test_a_filter_without_a_match_says_how_to_ask_for_less(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    assert "No account matches" in client.get("/accounts?q=nothing").text


@pytest.mark.usefixtures("accounts")
def test_a_stranger_sees_an_empty_list_and_no_account(
    client: FlaskClient, stranger: Member, sign_in: SignIn
) -> None:
    sign_in(stranger)
    assert "Acme" not in client.get("/accounts").text
    answer = client.get("/accounts/acme/1")
    assert answer.status_code == 404
    assert "Acme" not in answer.text


def test_what_a_product_sends_is_text_on_every_page(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    with web_state.writing() as session:
        account = add_account(
            session,
            owner.workspace_id,
            ATTACK,
            name=ATTACK,
            score=50,
            motion="low_touch",
            plan=ATTACK,
            traits={ATTACK: ATTACK, "list": [ATTACK]},
            lifecycle={"status": {"known_from": "event", "detail": ATTACK}},
        )
        add_fact(session, account, "plan", ATTACK, CREATED_AT)
        add_contact(session, account, "ada", stage="MQL").name = ATTACK
    sign_in(owner, "admin")
    for path in ("/accounts", f"/accounts?q={ATTACK[:8]}", "/leads"):
        page = client.get(path).text
        assert "&lt;script&gt;" in page
        assert "<script" not in page
        assert "<img src=x" not in page
    page = client.get("/accounts/" + ATTACK.replace("/", "%2F")).text
    assert page.count("&lt;script&gt;") > 5
    assert "<script" not in page
    assert "<img src=x" not in page


@pytest.mark.usefixtures("accounts")
def test_a_bad_filter_is_explained(client: FlaskClient, owner: Member, sign_in: SignIn) -> None:
    sign_in(owner)
    answer = client.get("/accounts?motion=hot")
    assert answer.status_code == 422
    assert "motion: Must be one of" in answer.text


@pytest.mark.usefixtures("accounts")
def test_sales_accepts_and_rejects_leads_with_an_admin_key_only(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    page = client.get("/leads").text
    assert "Accept" not in page.replace("Accepting and rejecting needs", "")
    token = {"csrf_token": token_in(page)}
    assert client.post("/leads/1/accept", data=token).status_code == 403
    sign_in(owner, "admin")
    token = {"csrf_token": token_in(client.get("/leads").text)}
    assert client.post("/leads/1/accept").status_code == 400
    assert client.post("/leads/1/accept", data=token).status_code == 303
    assert "the lead is an SQL now" in client.get("/leads").text
    assert client.post("/leads/1/reject", data=token).status_code == 409
    reason = token | {"reason": "no budget"}
    assert client.post("/leads/1/reject", data=reason).status_code == 303
    assert "sent back" in client.get("/leads").text


@pytest.mark.usefixtures("accounts")
def test_a_stranger_decides_about_no_lead(
    client: FlaskClient, stranger: Member, sign_in: SignIn
) -> None:
    sign_in(stranger, "admin")
    token = {"csrf_token": token_in(client.get("/leads").text)}
    assert client.post("/leads/1/accept", data=token).status_code == 404


def test_what_was_taken_away_or_cannot_be_read_is_said_in_words(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme", name="Acme")
        add_fact(session, account, "plan", "", CREATED_AT)
        add_fact(session, account, "trial_started_at", "unreadable", CREATED_AT)
    sign_in(owner)
    page = client.get("/accounts/acme").text
    assert "Plan: taken away" in page
    assert "Trial started: not readable" in page


@pytest.mark.usefixtures("accounts")
def test_times_and_trial_days_are_those_of_the_workspaces_zone(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    sign_in(owner)
    assert "01 Sep 2026, 08:00 UTC" in client.get("/accounts/acme%2F1").text
    with web_state.writing() as session:
        change_settings(session, owner.workspace_id, {"time_zone": "Europe/Helsinki"})
        account = session.scalars(select(Account).where(Account.key == "acme/1")).one()
        add_fact(session, account, "trial_started_at", "2026-08-31", CREATED_AT)
    page = client.get("/accounts/acme%2F1").text
    assert '<time datetime="2026-09-01T08:00:00+00:00">01 Sep 2026, 11:00 EEST</time>' in page
    assert '<time datetime="2026-08-31">31 Aug 2026</time>' in page
