"""Fitted scores over the API: how they were judged, what they say, having them fitted again."""

from flask.testing import FlaskClient

from pql import analyses
from pql.state.store import State
from tests.fixtures.account_rows import add_account
from tests.fixtures.fitted_rows import EVALUATION, USED, add_model, add_score
from tests.fixtures.web import Member


def test_a_definition_without_a_fit_says_so(client: FlaskClient, owner: Member) -> None:
    for shown in client.get("/api/v1/fitted", headers=owner.bearer()).get_json()["data"]:
        assert not shown["is_used"]
        assert "no score was fitted" in shown["reason"]


def test_a_model_is_shown_with_its_evaluation_and_only_to_its_workspace(
    client: FlaskClient, owner: Member, stranger: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        name = add_model(session, owner.workspace_id).definition
    path = f"/api/v1/fitted?definition={name}"
    (shown,) = client.get(path, headers=owner.bearer()).get_json()["data"]
    assert (shown["is_used"], shown["reason"], shown["evaluation"]) == (True, USED, EVALUATION)
    assert shown["model"]["terms"][0]["metric"] == "messages_sent"
    assert "draws" not in shown["model"]
    (theirs,) = client.get(path, headers=stranger.bearer()).get_json()["data"]
    assert theirs["model"] is None


def test_an_account_shows_its_fitted_score_beside_the_usage_score(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        model = add_model(session, owner.workspace_id)
        for key, messages in (("acme", 40.0), ("quiet", 1.0)):
            account = add_account(
                session, owner.workspace_id, key, score=50, motion="low_touch", status="trial"
            )
            add_score(session, account, model, messages)
    given = client.get("/api/v1/accounts/acme", headers=owner.bearer()).get_json()
    (fitted,) = given["fitted"]
    assert given["usage_score"] == 50
    assert fitted["base"] + sum(part["points"] for part in fitted["parts"]) == fitted["score"]
    assert (fitted["rank"], fitted["of"], fitted["reason"]) == (1, 2, USED)
    assert fitted["low"] < fitted["probability"] < fitted["high"]


def test_a_model_that_is_not_used_says_why_on_the_account(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        model = add_model(session, owner.workspace_id, is_used=False, reason="Not used: a leak.")
        account = add_account(session, owner.workspace_id, "acme", status="trial")
        add_score(session, account, model, 40.0)
    (fitted,) = client.get("/api/v1/accounts/acme", headers=owner.bearer()).get_json()["fitted"]
    assert (fitted["is_used"], fitted["reason"], fitted["score"]) == (
        False,
        "Not used: a leak.",
        None,
    )


def test_fitting_is_asked_for(client: FlaskClient, owner: Member, web_state: State) -> None:
    answer = client.post("/api/v1/fitted", headers=owner.bearer("admin"))
    assert answer.status_code == 202
    number = answer.get_json()["id"]
    assert answer.headers["Location"].endswith(f"/api/v1/analyses/{number}")
    with web_state.reading() as session:
        asked = analyses.show_analysis(session, owner.workspace_id, number)
    assert (asked.summary.kind, asked.parameters) == (
        "fitted_score",
        {"definition": None, "until": None},
    )


def test_a_definition_that_is_not_in_force_is_refused(client: FlaskClient, owner: Member) -> None:
    for method in ("GET", "POST"):
        path = "/api/v1/fitted?definition=elsewhere"
        answer = client.open(path, method=method, headers=owner.bearer("admin"))
        assert answer.status_code == 422
