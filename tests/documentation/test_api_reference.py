"""docs/api.md says what the API says of itself, and its examples work."""

import json
import shlex
from typing import Any

import pytest
from flask.testing import FlaskClient

from pql import analyses
from pql.definitions.versions import starter
from pql.plans import versions as plans
from pql.state.models import BillingCustomer
from pql.state.store import State
from tests.documentation.api_reference import page_with
from tests.documentation.pages import Page
from tests.fixtures.account_rows import add_account, add_contact
from tests.fixtures.people_rows import add_merge, add_review
from tests.fixtures.quarantined import quarantined_row
from tests.fixtures.web import CREATED_AT, Member

PAGE = Page("docs/api.md")
[PLAN] = Page("docs/tracking-plans.md").blocks("yaml")[:1]
FILES = {"@growth.yaml": starter(), "@plan.yaml": PLAN}
REFUSED, *EXAMPLES = PAGE.command_lines("curl")


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """What the page says does not depend on the database."""
    return migrated_sqlite_url


@pytest.fixture
def known(web_state: State, owner: Member) -> None:
    """One of everything that the examples ask for."""
    with web_state.writing() as session:
        plans.apply(session, owner.workspace_id, PLAN, "plan.yaml", CREATED_AT, "a test")
        account = add_account(
            session, owner.workspace_id, "acme", score=90, motion="high_touch", pql="met"
        )
        add_contact(session, account, "lead", stage="MQL", score=62)
        session.add(quarantined_row(owner.workspace_id, CREATED_AT))
        add_review(session, owner.workspace_id, CREATED_AT)
        add_merge(session, owner.workspace_id, CREATED_AT)
        session.add(
            BillingCustomer(
                workspace_id=owner.workspace_id,
                customer_id="cus_example",
                hints={"emails": [], "metadata": []},
                first_seen_at=CREATED_AT,
            )
        )
        analyses.request(
            session, owner.workspace_id, "replay", {}, now=CREATED_AT, requested_by="a test"
        )


def send(client: FlaskClient, member: Member, curl: list[str]) -> Any:
    """The answer to a command line of curl."""
    words = iter(curl[1:])
    method, address, options = "GET", "", dict[str, Any]()
    for word in words:
        if word == "-H":
            name, _, value = next(words).replace("$KEY", member.keys["admin"]).partition(": ")
            options["headers"] = {name: value}
        elif word == "-X":
            method = next(words)
        elif word == "--json":
            options["json"] = json.loads(next(words))
        elif word == "--data-binary":
            options["data"] = FILES[next(words)]
        else:
            address = word.removeprefix("$PQL")
    return client.open(address, method=method, **options)


def test_the_page_says_what_the_api_says(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    assert PAGE.text == page_with(PAGE.text, document), "run `make docs`"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("curl", EXAMPLES, ids=shlex.join)
def test_every_example_is_answered(client: FlaskClient, owner: Member, curl: list[str]) -> None:
    answer = send(client, owner, curl)
    assert 200 <= answer.status_code < 300, answer.text


def test_the_error_is_the_one_shown(client: FlaskClient, owner: Member) -> None:
    [shown] = PAGE.blocks("json")
    assert send(client, owner, REFUSED).get_json() == json.loads(shown)
