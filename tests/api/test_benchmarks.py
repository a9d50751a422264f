"""Benchmarks over the API: the rows in force, and asking for new ones."""

from flask.testing import FlaskClient

from pql.definitions import versions
from pql.state.models import BenchmarkRow, BenchmarkVersion, Workspace
from pql.state.store import State
from tests.fixtures.web import CREATED_AT, Member


def test_the_benchmarks_in_force_are_listed_and_only_to_their_workspace(
    client: FlaskClient, owner: Member, stranger: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        version = BenchmarkVersion(
            workspace_id=owner.workspace_id,
            definition_version_id=versions.current(session, owner.workspace_id).version_id,
            as_of=CREATED_AT,
            customers=12,
            digest="0" * 64,
        )
        session.add(version)
        session.flush()
        for day in (2, 1):
            named = {"metric": "logins", "population": "later_customers", "day": day}
            session.add(BenchmarkRow(version_id=version.id, **named, accounts=12))
    listed = client.get("/api/v1/benchmarks", headers=owner.bearer()).get_json()
    assert (listed["customers"], listed["as_of"]) == (12, CREATED_AT.isoformat())
    assert [row["day"] for row in listed["data"]] == [1, 2]
    assert listed["data"][0]["p50"] is None
    theirs = client.get("/api/v1/benchmarks", headers=stranger.bearer()).get_json()
    assert theirs == {"as_of": None, "customers": None, "data": []}


def test_a_refresh_is_asked_for(client: FlaskClient, owner: Member, web_state: State) -> None:
    answer = client.post("/api/v1/benchmarks/refresh", headers=owner.bearer("admin"))
    assert answer.status_code == 202
    with web_state.reading() as session:
        asked = session.get_one(Workspace, owner.workspace_id).benchmarks_requested_at
    assert asked is not None
    assert answer.get_json()["requested_at"] == asked.isoformat()
