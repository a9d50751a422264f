"""Signing in: with a key that may read, until it is revoked, and never by another site's form."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

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
        ("/accounts\r\nX: 1", "/accounts"),
        ("/\t/example.com", "/accounts"),
        ("/%0d%0aX: 1", "/%0d%0aX:%201"),
        ("/accounts?q=mü ller&id=%2e%2e", "/accounts?q=m%C3%BC%20ller&id=%2e%2e"),
        ("/\u2028/\x85", "/accounts"),
        ("/[::1", "/%5B::1"),
        (f"/{'x' * 20_000}", "/accounts"),
    ],
)
def test_signing_in_leads_to_the_page_asked_for_but_never_elsewhere(
    client: FlaskClient, owner: Member, wanted: str, reached: str
) -> None:
    token = token_in(client.get("/sign-in").text)
    form = {"key": owner.keys["read"], "csrf_token": token, "next": wanted}
    assert client.post("/sign-in", data=form).headers["Location"] == reached


SLASHES = st.sampled_from(
    ["/", "//", "///", "\\", "/\\", "/%0d%0a", "/..", "/@", "https:", "\t", " "]
)
ADDRESSES = st.lists(
    SLASHES
    | st.sampled_from(["example.com", "\r\n", "X: 1", "\x85", "[", "ü"])
    | st.text(max_size=9),
    max_size=6,
).map("".join)


def test_no_text_leads_elsewhere_and_none_makes_it_fail(client: FlaskClient, owner: Member) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(ADDRESSES)
    def lead(wanted: str) -> None:
        form = {"key": owner.keys["read"], "next": wanted}
        page = client.get("/sign-in", query_string={"next": wanted})
        answer = client.post("/sign-in", data=form | {"csrf_token": token_in(page.text)})
        assert (page.status_code, answer.status_code) == (200, 303)
        location = answer.headers["Location"]
        assert location.isascii()
        assert location.isprintable()
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert client.get(location).status_code < 500

    lead()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/a%3Fb%0Ac%23",
        "/account?id=..%2F%0A",
        "/account?id=%E2%82%AC%25",
        "/accounts?q=%5C&sort=-score",
    ],
)
def test_signing_in_leads_to_the_very_address_that_was_asked_for(
    client: FlaskClient, owner: Member, path: str
) -> None:
    asked = client.get(path)
    form = client.get(asked.headers["Location"]).text
    wanted = re.search(r'name="next" value="([^"]+)"', form)
    assert wanted
    fields = {"key": owner.keys["read"], "csrf_token": token_in(form)}
    answer = client.post("/sign-in", data=fields | {"next": unescape(wanted[1])})
    assert answer.headers["Location"] == path


@pytest.mark.parametrize(
    "parameters",
    ["_scheme=javascript", "_external=1&_scheme=ftp", "_anchor=x", "_method=POST", "endpoint=x"],
)
@pytest.mark.parametrize("path", ["/accounts", "/leads", "/analyses"])
def test_a_list_links_to_itself_whatever_else_its_address_says(
    client: FlaskClient, owner: Member, sign_in: SignIn, path: str, parameters: str
) -> None:
    sign_in(owner)
    answer = client.get(f"{path}?{parameters}&lead_id=3")
    assert answer.status_code == 200
    assert all(
        link.startswith(("/", "#")) for link in re.findall(r'(?:href|action)="(.*?)"', answer.text)
    )
    assert parameters.partition("=")[0] not in answer.text


def test_whoever_tries_key_after_key_has_to_wait(client: FlaskClient, owner: Member) -> None:
    token = token_in(client.get("/sign-in").text)
    wrong = {"key": "pql_read_wrong", "csrf_token": token}
    statuses = [client.post("/sign-in", data=wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = client.post("/sign-in", data=wrong)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Too many keys that are none" in refused.text
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert client.post("/sign-in", data=wrong, environ_base=elsewhere).status_code == 401
    made_up = {"X-Forwarded-For": "198.51.100.7"}
    assert client.post("/sign-in", data=wrong, headers=made_up).status_code == 429
    right = client.post("/sign-in", data=wrong | {"key": owner.keys["read"]})
    assert (right.status_code, client.get("/accounts").status_code) == (303, 200)


@pytest.mark.parametrize("path", ["/api/v1/accounts", "/v1/receipts/1", "/v1/projects/{}/settings"])
def test_whoever_sends_key_after_key_elsewhere_has_to_wait_as_well(
    client: FlaskClient, owner: Member, path: str
) -> None:
    def ask(key: str) -> TestResponse:
        return client.get(path.format(key), headers={"Authorization": f"Bearer {key}"})

    answers = [ask(f"pql_write_{number:043}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 0 < int(answers[10].headers["Retry-After"]) <= 60
    assert "Too many keys that are none" in answers[10].text
    assert ask(owner.keys["admin"]).status_code not in {401, 429}


def test_signing_in_often_is_no_offence(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    for _ in range(15):
        sign_in(owner, "read")
    assert client.get("/accounts").status_code == 200
