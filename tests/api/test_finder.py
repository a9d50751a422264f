"""`POST /api/v1/finder` queues a search, whose result is an analysis."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from pql import analyses
from pql.events.duckdb_store import DuckDBEventStore
from pql.state.store import State
from routes.analysis_kinds import FINDER, function_of
from tests.fixtures.web import Member

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_search_is_queued_and_its_result_is_an_analysis(
    client: FlaskClient, web_state: State, owner: Member, event_store: DuckDBEventStore
) -> None:
    asked = {"days": 3, "windows": [1, 3]}
    answer = client.post("/api/v1/finder", json=asked, headers=owner.bearer("admin"))
    assert answer.status_code == 202
    assert answer.get_json()["kind"] == FINDER
    found = client.get(answer.headers["Location"], headers=owner.bearer()).get_json()
    assert found["parameters"]["days"] == 3
    with web_state.writing() as session:
        claim = analyses.claim_next(session, NOW)
        assert claim is not None
        work = analyses.find_claimed(session, claim)
    result = function_of(work.kind)(
        web_state,
        event_store,
        work.workspace_id,
        work.parameters,
        progress=lambda _share, _text: None,
        now=NOW,
    )
    assert result["recommended"] is None
    assert result["conclusion"].startswith("No reliable threshold")


@pytest.mark.parametrize(
    "asked",
    [
        {"days": 0},
        {"windows": [14]},
        {"unit": "rows"},
        {"events": []},
        {"status": "paying"},
        {"age": 7},
    ],
)
def test_what_makes_no_sense_is_refused(
    client: FlaskClient, owner: Member, asked: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/finder", json=asked, headers=owner.bearer("admin"))
    assert answer.status_code == 422
