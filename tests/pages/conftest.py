"""Pages as a browser's user sees them: signed in, on accounts written by hand."""

from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from pql.state.store import State
from tests.fixtures.account_rows import add_account, add_contact, add_fact
from tests.fixtures.web import CREATED_AT, Member
from tests.pages.forms import token_in

SignIn = Callable[..., None]


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The queries behind the pages are tested on both databases with the API."""
    return migrated_sqlite_url


@pytest.fixture
def sign_in(client: FlaskClient) -> SignIn:
    """Sign the client in with the member's key of this scope."""

    def post_key(member: Member, scope: str = "read") -> None:
        token = token_in(client.get("/sign-in").text)
        form = {"key": member.keys[scope], "csrf_token": token}
        assert client.post("/sign-in", data=form).status_code == 303

    return post_key


@pytest.fixture
def accounts(web_state: State, owner: Member) -> None:
    """One account for each motion, the first with people, facts and a lead."""
    with web_state.writing() as session:
        mine = owner.workspace_id
        acme = add_account(
            session,
            mine,
            "acme/1",
            name="Acme",
            score=91,
            motion="high_touch",
            pql="met",
            status="trial",
            trial_started_at=CREATED_AT,
            traits={"employees": 40},
        )
        add_contact(session, acme, "ada", stage="MQL")
        add_fact(session, acme, "status", "trial", CREATED_AT)
        add_account(session, mine, "bolt", name="Bolt", score=40, motion="low_touch")
        add_account(session, mine, "coral", name="Coral", score=None, motion="unknown")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application is served, for a real browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
