"""Bad values in the address: named, with what was found and what is allowed."""

import pytest
from flask.testing import FlaskClient

from tests.fixtures.web import Member


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """A bad value never reaches the database."""
    return migrated_sqlite_url


@pytest.mark.parametrize(
    ("parameter", "value", "allowed"),
    [
        ("motion", "hot", "no_touch, low_touch, high_touch, unknown"),
        ("status", "dead", "trial, free, paying"),
        ("pql", "yes", "met, not_met, unknown"),
        ("sort", "size", "score"),
        ("min_score", "-1", "0"),
        ("max_score", "101", "100"),
        ("max_score", "many", "integer"),
        ("limit", "0", "500"),
        ("limit", "501", "500"),
        ("cursor", "made up", "next_cursor"),
        ("cursor", "bnVsbA", "next_cursor"),
        ("cursor", "WyItbW90aW9uIixudWxsLDk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "next_cursor"),
        ("cursor", "WyJrZXkiLG51bGwsMV0", "another sort"),
        ("definition", "unheard_of", "trial_conversion"),
        ("q", "a\x00b", "NUL"),
        ("motoin", "high_touch", "motion"),
        ("format", "xml", "json, csv"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(
    client: FlaskClient, owner: Member, parameter: str, value: str, allowed: str
) -> None:
    query = {parameter: value}
    answer = client.get("/api/v1/accounts", query_string=query, headers=owner.bearer())
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()["errors"][0]
    assert (problem["location"], problem["field"], problem["found"]) == ("query", parameter, value)
    assert allowed in problem["message"]
    assert parameter in answer.get_json()["detail"]
