"""Benchmarks over the API: rows, segments, reports and versions, and asking for new ones."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from pql.state.models import Workspace
from pql.state.store import State
from tests.fixtures.benchmark_documents import AS_OF, add_benchmarks
from tests.fixtures.web import Member

ROOT = "/api/v1/benchmarks"
REPORTS = ["", "/curves", "/drift", "/first-times", "/retention", "/survival"]


@pytest.fixture
def version(web_state: State, owner: Member) -> int:
    with web_state.writing() as session:
        return add_benchmarks(session, owner.workspace_id)


@pytest.fixture
def read(client: FlaskClient, owner: Member, version: int) -> Any:
    """Reads an address below benchmarks with the owner's key; the answer must be good."""
    assert version

    def get(path: str) -> dict[str, Any]:
        answer = client.get(f"{ROOT}{path}", headers=owner.bearer())
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    return get


def test_rows_of_all_accounts_are_listed_with_their_version(read: Any, version: int) -> None:
    found = read("")
    assert found["version"] == {
        "id": version,
        "as_of": AS_OF.isoformat(),
        "customers": 40,
        "definitions": 1,
    }
    assert found["moved"] == ["events"]
    rows = {row["metric"]: row for row in found["data"]}
    assert (rows["events"]["p50"], rows["events"]["median_low"]) == (6, 5)
    assert (rows["active_days"]["accounts"], rows["active_days"]["p50"]) == (24, None)
    assert rows["events"]["segment"] == {"by": None, "value": None}


@pytest.mark.parametrize(
    ("query", "accounts"),
    [
        ("?metric=events", [40]),
        ("?day=7", []),
        ("?population=non_converters", []),
        ("?by=plan", [40, 3]),
        ("?by=plan&segment=pro", [40]),
        ("?by=plan&metric=active_days", []),
        ("?by=size", []),
    ],
)
def test_rows_are_filtered(read: Any, query: str, accounts: list[int]) -> None:
    assert [row["accounts"] for row in read(query)["data"]] == accounts


def test_a_curve_has_its_bins_with_their_rates(read: Any) -> None:
    (curve,) = read("/curves?metric=events")["data"]
    assert curve["steps"][0]["rate"]["successes"] == 15
    assert curve["steps"][0]["below"] is None
    assert (curve["everybody"]["value"], curve["unknown_accounts"]) == (0.2, 2)
    assert read("/curves?metric=nothing")["data"] == []


def test_survival_is_of_all_accounts_or_of_each_segment(read: Any) -> None:
    (whole,) = read("/survival")["data"]
    assert set(whole["first"]) == {"paid", "churned"}
    assert whole["pays"]["points"][1]["share"] == 0.5
    by_plan = read("/survival?by=plan")["data"]
    assert [each["refused"] for each in by_plan] == [None, "fewer than 25 accounts"]
    assert [each["segment"]["value"] for each in by_plan] == ["pro", None]


def test_first_times_are_of_a_metric_and_a_segment(read: Any) -> None:
    (whole,) = read("/first-times?metric=events")["data"]
    assert (whole["event"], whole["curve"]["median"]) == ("any", 7)
    (pro,) = read("/first-times?by=plan&segment=pro")["data"]
    assert (pro["accounts"], pro["curve"]) == (3, None)


def test_drift_says_which_metrics_moved(read: Any) -> None:
    (drift,) = read("/drift")["data"]
    assert {each["metric"]: each["moved"] for each in drift["metrics"]} == {
        "events": True,
        "active_days": False,
    }
    assert drift["divided_at"] == AS_OF.isoformat()


def test_retention_compares_two_groups_by_week(read: Any) -> None:
    (retention,) = read("/retention?definition=trial_conversion")["data"]
    (week,) = retention["weeks"]
    assert (week["activated"]["value"], week["not_activated"]["value"]) == (0.75, 0.1)
    assert week["difference"]["low"] < week["difference"]["value"] == 0.65


def test_an_older_version_can_still_be_read(
    read: Any, version: int, web_state: State, owner: Member
) -> None:
    with web_state.writing() as session:
        newer = add_benchmarks(session, owner.workspace_id)
    assert newer == version  # nothing changed, so it is the same
    listed = read("/versions")["data"]
    assert [each["id"] for each in listed] == [version]
    assert read(f"?version={version}") == read("")


@pytest.mark.parametrize("path", REPORTS)
def test_a_stranger_sees_nothing_of_them(
    client: FlaskClient, stranger: Member, version: int, path: str
) -> None:
    key = stranger.bearer()
    theirs = client.get(f"{ROOT}{path}", headers=key).get_json()
    assert theirs == {"version": None, "moved": [], "data": []}
    asked = client.get(f"{ROOT}{path}?version={version}", headers=key)
    assert asked.status_code == 404
    assert "events" not in asked.text
    assert client.get(f"{ROOT}/versions", headers=key).get_json() == {"data": []}


@pytest.mark.parametrize(
    "query", ["?segment=pro", "?day=-1", "?population=all", "?version=0", "?metrics=events"]
)
def test_what_cannot_be_asked_for_is_refused(
    client: FlaskClient, owner: Member, query: str
) -> None:
    assert client.get(f"{ROOT}{query}", headers=owner.bearer()).status_code == 422


def test_a_refresh_is_asked_for(client: FlaskClient, owner: Member, web_state: State) -> None:
    answer = client.post(f"{ROOT}/refresh", headers=owner.bearer("admin"))
    assert answer.status_code == 202
    with web_state.reading() as session:
        asked = session.get_one(Workspace, owner.workspace_id).benchmarks_requested_at
    assert asked is not None
    assert answer.get_json()["requested_at"] == asked.isoformat()
