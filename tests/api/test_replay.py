"""A replay over the API: asked for, queued as an analysis, its result fetched, or refused."""

import pytest
from flask.testing import FlaskClient

from pql.analyses import MOST_OPEN
from pql.definitions import versions
from tests.fixtures.web import Member

PATH = "/api/v1/definitions/plan"


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """What is refused does not depend on the database."""
    return migrated_sqlite_url


def test_it_is_queued_and_the_answer_says_where_its_result_will_be(
    client: FlaskClient, owner: Member, stranger: Member
) -> None:
    text, query = versions.starter(), "weeks=4&reps=3&per_rep=15"
    answer = client.post(f"{PATH}?{query}", data=text, headers=owner.bearer("admin"))
    assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")
    address = answer.headers["Location"]
    found = client.get(address, headers=owner.bearer()).get_json()
    assert (found["kind"], found["requested_by"], found["result"]) == (
        "definition_plan",
        "admin key",
        None,
    )
    assert found["parameters"] == {
        "text": text,
        "weeks": 4,
        "definition": None,
        "reps": 3,
        "per_rep": 15,
    }
    assert client.get(address, headers=stranger.bearer()).status_code == 404


@pytest.mark.parametrize(
    ("query", "text", "field"),
    [
        ("weeks=0", versions.starter(), "weeks"),
        ("weeks=53", versions.starter(), "weeks"),
        ("reps=3", versions.starter(), "reps"),
        ("definition=nothing", versions.starter(), "definition"),
        ("", "metrics: [", "file"),
    ],
)
def test_what_cannot_be_replayed_is_refused_before_it_is_queued(
    client: FlaskClient, owner: Member, query: str, text: str, field: str
) -> None:
    answer = client.post(f"{PATH}?{query}", data=text, headers=owner.bearer("admin"))
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.get_json()["errors"]} or field == "file"
    assert client.get("/api/v1/analyses", headers=owner.bearer()).get_json()["data"] == []


def test_a_full_queue_says_when_to_try_again(client: FlaskClient, owner: Member) -> None:
    for _ in range(MOST_OPEN):
        client.post(PATH, data=versions.starter(), headers=owner.bearer("admin"))
    answer = client.post(PATH, data=versions.starter(), headers=owner.bearer("admin"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "cancel one or wait" in answer.get_json()["detail"]
