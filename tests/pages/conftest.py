"""Pages as a browser's user sees them: signed in, on accounts written by hand."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

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
