"""A session on the pages: ended for good, not handed on, and asked again when it is over."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from pql.settings import Settings
from pql.state.models import BrowserSession
from pql.state.store import State
from routes.application import create_app
from routes.service import Service, current_time
from tests.fixtures.web import Member, make_member
from tests.pages.conftest import SignIn
from tests.pages.forms import token_in


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("pql_session")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, value: str) -> FlaskClient:
    """Somebody who has a copy of the cookie."""
    copied = app.test_client()
    copied.set_cookie("pql_session", value)
    return copied


def sign_out(client: FlaskClient) -> None:
    token = token_in(client.get("/accounts").text)
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 303


def test_after_signing_out_a_copy_of_the_cookie_opens_nothing(
    app: Flask, client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner, "admin")
    token = {"csrf_token": token_in(client.get("/accounts").text)}
    cookie = cookie_of(client)
    sign_out(client)
    assert client.get("/accounts").status_code == 302
    assert with_cookie(app, cookie).get("/accounts").status_code == 302
    assert with_cookie(app, cookie).post("/leads/1/accept", data=token).status_code == 302


def test_signing_out_ends_that_session_and_no_other(
    app: Flask, client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    elsewhere = app.test_client()
    form = {"key": owner.keys["read"], "csrf_token": token_in(elsewhere.get("/sign-in").text)}
    elsewhere.post("/sign-in", data=form)
    sign_out(client)
    assert elsewhere.get("/accounts").status_code == 200


def test_signing_in_again_makes_another_session_and_ends_the_first(
    app: Flask, client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    sign_in(owner)
    first = cookie_of(client)
    sign_in(owner)
    assert with_cookie(app, first).get("/accounts").status_code == 302
    assert client.get("/accounts").status_code == 200
    with web_state.reading() as session:
        assert len(session.scalars(select(BrowserSession)).all()) == 1


def test_a_cookie_of_the_release_before_asks_to_sign_in(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["key_id"] = 1
    assert client.get("/accounts").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "times",
    [
        {"seen_at": timedelta(hours=-12)},
        {"ends_at": timedelta(0)},
        {"ends_at": timedelta(days=47), "seen_at": timedelta(days=40)},
    ],
    ids=["nobody used it", "its time is over", "from a clock that was ahead"],
)
def test_a_session_that_is_over_asks_to_sign_in(
    client: FlaskClient,
    owner: Member,
    sign_in: SignIn,
    web_state: State,
    times: dict[str, timedelta],
) -> None:
    sign_in(owner)
    now = current_time()
    with web_state.writing() as session:
        session.execute(update(BrowserSession).values({n: now + t for n, t in times.items()}))
    assert client.get("/accounts").status_code == 302


def test_a_page_notes_that_the_session_is_used(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    sign_in(owner)
    long_ago = current_time() - timedelta(hours=11)
    with web_state.writing() as session:
        session.execute(update(BrowserSession).values(seen_at=long_ago))
    assert client.get("/accounts").status_code == 200
    with web_state.reading() as session:
        assert session.scalars(select(BrowserSession.seen_at)).one() > long_ago


def test_no_answer_to_somebody_who_is_signed_in_is_kept_by_the_browser(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    for path in ("/accounts", "/account?id=nobody", "/accounts.csv", "/sign-in"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.fixture
def lost(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """Somebody signed in at a service whose database is gone."""
    settings = Settings(migrated_sqlite_url, f"duckdb:///{tmp_path}/e.duckdb", secret_key="s")
    app = create_app(settings)
    service: Service = app.extensions["pql"]
    member = make_member(service.state, "owner")
    client = app.test_client()
    form = {"key": member.keys["read"], "csrf_token": token_in(client.get("/sign-in").text)}
    assert client.post("/sign-in", data=form).status_code == 303
    service.state.close()
    file = Path(migrated_sqlite_url.removeprefix("sqlite:///"))
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.mkdir()
    yield client
    service.state.close()


def test_without_its_database_the_service_says_so(lost: FlaskClient) -> None:
    assert lost.get("/accounts").status_code == 503
    token = token_in(lost.get("/sign-in").text)
    key = f"pql_read_{'x' * 43}"
    for path, form in (("/sign-in", {"key": key}), ("/sign-out", {})):
        answer = lost.post(path, data=form | {"csrf_token": token})
        assert answer.status_code == 503
        assert "A store is damaged or gone" in answer.text
