"""The fitted score on the page of an account: its points, or why there is none."""

from flask.testing import FlaskClient

from pql.state.store import State
from tests.fixtures.account_rows import add_account
from tests.fixtures.fitted_rows import USED, add_model, add_score
from tests.fixtures.web import Member
from tests.pages.conftest import SignIn


def test_the_points_of_each_metric_are_shown(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    with web_state.writing() as session:
        model = add_model(session, owner.workspace_id)
        account = add_account(session, owner.workspace_id, "acme", status="trial")
        add_score(session, account, model, 40.0)
    sign_in(owner)
    page = client.get("/accounts/acme").text
    assert "Of 100 trials like this one about" in page
    assert "Number 1 of 1 scored now." in page
    assert "Average trial" in page
    assert USED in page


def test_a_score_that_is_not_used_or_not_there_yet_says_why(
    client: FlaskClient, owner: Member, stranger: Member, sign_in: SignIn, web_state: State
) -> None:
    with web_state.writing() as session:
        add_model(session, owner.workspace_id, is_used=False, reason="Not used: <b>a leak</b>.")
        add_account(session, owner.workspace_id, "acme", status="trial")
        add_model(session, stranger.workspace_id)
        add_account(session, stranger.workspace_id, "young", status="trial")
    sign_in(owner)
    assert "Not used: &lt;b&gt;a leak&lt;/b&gt;." in client.get("/accounts/acme").text
    sign_in(stranger)
    assert "when day 7 of the trial is over" in client.get("/accounts/young").text
