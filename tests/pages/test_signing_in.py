"""Signing in: with a key that may read, until it is revoked, and never by another site's form."""

import pytest
from flask.testing import FlaskClient

from pql.access import find_key, revoke_key
from pql.state.store import State
from tests.fixtures.web import CREATED_AT, Member
from tests.pages.conftest import SignIn
from tests.pages.forms import token_in

PAGES = ["/accounts", "/accounts/acme", "/accounts.csv", "/leads"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_for_a_key_first(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("scope", ["read", "admin"])
def test_a_key_that_may_read_signs_in(
    client: FlaskClient, owner: Member, sign_in: SignIn, scope: str
) -> None:
    sign_in(owner, scope)
    assert client.get("/accounts").status_code == 200


@pytest.mark.parametrize("key", ["", "pql_read_wrong", "\x00"])
def test_a_wrong_key_does_not(client: FlaskClient, key: str) -> None:
    token = token_in(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"key": key, "csrf_token": token})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text


def test_a_write_key_does_not(client: FlaskClient, owner: Member) -> None:
    token = token_in(client.get("/sign-in").text)
    form = {"key": owner.keys["write"], "csrf_token": token}
    assert client.post("/sign-in", data=form).status_code == 401


def test_a_form_without_the_token_is_refused(client: FlaskClient, owner: Member) -> None:
    answer = client.post("/sign-in", data={"key": owner.keys["read"]})
    assert answer.status_code == 400
    assert "CSRF" in answer.text


def test_the_cookie_is_closed_to_scripts_and_other_sites(
    client: FlaskClient, owner: Member
) -> None:
    token = token_in(client.get("/sign-in").text)
    form = {"key": owner.keys["read"], "csrf_token": token}
    cookie = client.post("/sign-in", data=form).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert owner.keys["read"] not in cookie


def test_over_https_the_cookie_stays_there(client: FlaskClient) -> None:
    answer = client.get("/sign-in", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_revoking_the_key_signs_out(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    sign_in(owner)
    with web_state.writing() as session:
        key = find_key(session, owner.keys["read"])
        assert key is not None
        revoke_key(session, owner.workspace_id, key.id, CREATED_AT)
    assert client.get("/accounts").status_code == 302


def test_signing_out_ends_the_session(client: FlaskClient, owner: Member, sign_in: SignIn) -> None:
    sign_in(owner)
    token = token_in(client.get("/accounts").text)
    assert client.post("/sign-out").status_code == 400
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 303
    assert client.get("/accounts").status_code == 302


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/leads?stage=MQL", "/leads?stage=MQL"),
        ("https://example.com/", "/accounts"),
        ("//example.com/", "/accounts"),
        ("/\\example.com", "/accounts"),
        ("\\\\example.com", "/accounts"),
        ("javascript:alert(1)", "/accounts"),
        ("", "/accounts"),
    ],
)
def test_signing_in_leads_to_the_page_asked_for_but_never_elsewhere(
    client: FlaskClient, owner: Member, wanted: str, reached: str
) -> None:
    token = token_in(client.get("/sign-in").text)
    form = {"key": owner.keys["read"], "csrf_token": token, "next": wanted}
    assert client.post("/sign-in", data=form).headers["Location"] == reached


def test_whoever_tries_key_after_key_has_to_wait(client: FlaskClient, owner: Member) -> None:
    token = token_in(client.get("/sign-in").text)
    wrong = {"key": "pql_read_wrong", "csrf_token": token}
    statuses = [client.post("/sign-in", data=wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = client.post("/sign-in", data=wrong | {"key": owner.keys["read"]})
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Too many keys that are none" in refused.text
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert client.post("/sign-in", data=wrong, environ_base=elsewhere).status_code == 401


def test_signing_in_often_is_no_offence(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    for _ in range(15):
        sign_in(owner, "read")
    assert client.get("/accounts").status_code == 200
