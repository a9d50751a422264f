"""Long work over the API: listed, shown, cancelled, each in its workspace."""

import pytest
from flask.testing import FlaskClient

from pql import analyses
from pql.state.store import State
from tests.fixtures.web import CREATED_AT, Member


def ask(state: State, member: Member) -> int:
    with state.writing() as session:
        return analyses.request(
            session, member.workspace_id, "a_kind", {}, now=CREATED_AT, requested_by="a key"
        ).id


def test_an_analysis_is_listed_and_shown_with_its_result(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    number = ask(web_state, owner)
    with web_state.writing() as session:
        claim = analyses.claim_next(session, CREATED_AT)
        assert claim is not None
        analyses.finish(session, claim, {"qualified": 3}, CREATED_AT)
    (row,) = client.get("/api/v1/analyses?state=done", headers=owner.bearer()).get_json()["data"]
    assert (row["id"], row["kind"], row["requested_by"]) == (number, "a_kind", "a key")
    assert "result" not in row
    found = client.get(f"/api/v1/analyses/{number}", headers=owner.bearer()).get_json()
    assert (found["state"], found["progress"], found["result"]) == ("done", 1.0, {"qualified": 3})


def test_cancelling_twice_is_fine_and_cancelling_what_is_over_is_a_conflict(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    path, admin = f"/api/v1/analyses/{ask(web_state, owner)}/cancel", owner.bearer("admin")
    for _ in range(2):
        answer = client.post(path, headers=admin)
        assert (answer.status_code, answer.get_json()["state"]) == (200, "cancelled")
    ask(web_state, owner)
    with web_state.writing() as session:
        claim = analyses.claim_next(session, CREATED_AT)
        assert claim is not None
        analyses.finish(session, claim, {}, CREATED_AT)
    answer = client.post(f"/api/v1/analyses/{claim.analysis_id}/cancel", headers=admin)
    assert answer.status_code == 409
    assert "is done already" in answer.get_json()["detail"]


def test_a_stranger_finds_and_cancels_nothing(
    client: FlaskClient, web_state: State, owner: Member, stranger: Member
) -> None:
    number, admin = ask(web_state, owner), stranger.bearer("admin")
    assert client.get("/api/v1/analyses", headers=admin).get_json()["data"] == []
    assert client.get(f"/api/v1/analyses/{number}", headers=admin).status_code == 404
    assert client.post(f"/api/v1/analyses/{number}/cancel", headers=admin).status_code == 404
    with web_state.reading() as session:
        shown = analyses.show_analysis(session, owner.workspace_id, number)
    assert shown.summary.state == "queued"


def test_a_number_beyond_every_database_is_not_found(client: FlaskClient, owner: Member) -> None:
    assert client.get(f"/api/v1/analyses/{10**30}", headers=owner.bearer()).status_code == 404


@pytest.mark.parametrize("query", ["state=gone", "cursor=nonsense", "limit=0", "kind=x"])
def test_a_wrong_filter_is_refused(client: FlaskClient, owner: Member, query: str) -> None:
    answer = client.get(f"/api/v1/analyses?{query}", headers=owner.bearer())
    assert answer.status_code == 422
