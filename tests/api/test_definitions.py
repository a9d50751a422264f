"""Definitions over the API: shown, checked, applied, kept."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from pql.definitions import versions
from pql.state.models import Change
from pql.state.store import State
from tests.fixtures.account_rows import add_account
from tests.fixtures.web import Member

STARTER = versions.starter()
CHANGED = f"{STARTER}\n# mended\n"
UNKNOWN_METRIC = """\
metrics:
  logins: {event: login, aggregate: count, window: first 7 days}
definitions:
  trial_conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria:
      - {metric: longins, at_least: 3}
    require: all
"""


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/definitions/validate"), ("PUT", "/api/v1/definitions")]
)
def test_an_unknown_metric_is_named_with_its_line(
    client: FlaskClient, owner: Member, method: str, path: str
) -> None:
    answer = client.open(path, method=method, data=UNKNOWN_METRIC, headers=owner.bearer("admin"))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    (problem,) = answer.get_json()["errors"]
    assert (problem["location"], problem["line"]) == ("body", 8)
    assert problem["field"] == "definitions.trial_conversion.criteria[0].metric"
    assert "longins" in problem["found"]
    assert "logins" in problem["message"]
    current = client.get("/api/v1/definitions", headers=owner.bearer()).get_json()
    assert current["number"] == 1


def test_checking_changes_nothing(client: FlaskClient, owner: Member) -> None:
    key = owner.bearer("admin")
    answer = client.post("/api/v1/definitions/validate", data=CHANGED, headers=key)
    assert answer.get_json()["valid"] is True
    assert "trial_conversion" in answer.get_json()["definitions"]
    assert client.get("/api/v1/definitions", headers=key).get_json()["text"] == STARTER


def test_applying_makes_a_version_and_has_everything_evaluated_again(
    client: FlaskClient, owner: Member, stranger: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme")
        add_account(session, stranger.workspace_id, "theirs")
    key = owner.bearer("admin")
    applied = client.put("/api/v1/definitions", data=CHANGED, headers=key).get_json()
    assert (applied["number"], applied["applied_by"]) == (2, "admin key")
    again = client.put("/api/v1/definitions", data=CHANGED, headers=key).get_json()
    assert again["number"] == 2
    listed = client.get("/api/v1/definitions/versions", headers=key).get_json()["data"]
    assert [version["number"] for version in listed] == [2, 1]
    assert "text" not in listed[0]
    with web_state.reading() as session:
        assert session.scalars(select(Change.subject_id)).all() == [account.id]


def test_a_stranger_keeps_its_own_definitions(
    client: FlaskClient, owner: Member, stranger: Member
) -> None:
    client.put("/api/v1/definitions", data=CHANGED, headers=owner.bearer("admin"))
    theirs = client.get("/api/v1/definitions", headers=stranger.bearer()).get_json()
    assert (theirs["number"], theirs["text"]) == (1, STARTER)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/definitions/validate"), ("PUT", "/api/v1/definitions")]
)
def test_a_file_that_asks_for_too_much_is_refused_with_the_limit(
    client: FlaskClient, owner: Member, method: str, path: str
) -> None:
    metric = "  m{}: {{event: e, aggregate: count, window: first 7 days}}\n"
    text = "metrics:\n" + "".join(map(metric.format, range(201)))
    answer = client.open(path, method=method, data=text, headers=owner.bearer("admin"))
    assert answer.status_code == 422
    (problem,) = answer.get_json()["errors"]
    assert (problem["line"], problem["field"]) == (202, "metrics.m200")
    assert problem["found"] == "201 metrics"
    assert problem["message"].startswith("allowed: 200 at most")


@pytest.mark.parametrize(("body", "status"), [(b"\xff", 400), (b"", 422), (b"a: [", 422)])
def test_what_is_no_definition_file_is_refused(
    client: FlaskClient, owner: Member, body: bytes, status: int
) -> None:
    answer = client.put("/api/v1/definitions", data=body, headers=owner.bearer("admin"))
    assert answer.status_code == status
    assert answer.get_json()["detail"]
