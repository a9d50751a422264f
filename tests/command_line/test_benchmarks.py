"""`pql benchmarks`: tables for people, JSON and CSV for programs."""

import csv
import io
import json
from collections.abc import Mapping

import pytest

from pql.state.store import State
from pql.workspaces import find_workspace
from tests.command_line.conftest import Run
from tests.fixtures.benchmark_documents import add_benchmarks

REPORTS = ["show", "curve", "survival", "first-times", "drift", "retention"]


@pytest.fixture
def workspace(pql: Run, embedded: Mapping[str, str]) -> str:
    """A workspace with benchmarks; a stranger's has none."""
    for name in ("ours", "strangers"):
        assert pql("workspace", "create", name).exit_code == 0
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        add_benchmarks(session, find_workspace(session, "ours").id)
    state.close()
    return "ours"


def rows(pql: Run, workspace: str, *asked: str) -> list[dict[str, str]]:
    """What a report prints as CSV."""
    result = pql("benchmarks", *asked, "--workspace", workspace, "--format", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_what_is_not_known_is_null_or_an_empty_cell(pql: Run, workspace: str) -> None:
    printed = pql("benchmarks", "show", "--workspace", workspace, "--format", "json").stdout
    known = {row["metric"]: (row["accounts"], row["p50"]) for row in json.loads(printed)["data"]}
    assert known == {"events": (40, 6.0), "active_days": (24, None)}
    cells = {row["metric"]: row["p50"] for row in rows(pql, workspace, "show")}
    assert cells == {"events": "6.0", "active_days": ""}


def test_the_rows_of_one_metric_are_a_table_with_their_date(pql: Run, workspace: str) -> None:
    asked = ("benchmarks", "show", "--workspace", workspace, "--metric", "events")
    shown = pql(*asked, COLUMNS="150")
    assert "as of 2026-03-01 00:00 UTC" in shown.stdout
    assert "6 (5 to 7.5)" in shown.stdout
    assert "active_days" not in shown.stdout
    assert "Moved, read with care: events" in shown.stderr


def test_rows_are_told_apart_by_segment(pql: Run, workspace: str) -> None:
    found = rows(pql, workspace, "show", "--by", "plan")
    assert [(row["segment"], row["accounts"]) for row in found] == [
        ("pro", "40"),
        ("(unknown)", "3"),
    ]
    only = rows(pql, workspace, "show", "--by", "plan", "--segment", "pro")
    assert [row["segment"] for row in only] == ["pro"]
    alone = pql("benchmarks", "show", "--workspace", workspace, "--segment", "pro")
    assert "--segment needs --by" in alone.stderr


def test_a_curve_is_printed_bin_by_bin(pql: Run, workspace: str) -> None:
    found = rows(pql, workspace, "curve", "--metric", "events")
    assert [(row["bins"], row["from"], row["converted"]) for row in found] == [
        ("about equally many", "0.0", "0.1"),
        ("round values", "5.0", "0.3"),
    ]


def test_times_are_printed_day_by_day(pql: Run, workspace: str) -> None:
    found = rows(pql, workspace, "survival")
    assert {row["what"] for row in found} == {"has paid", "first paid", "first churned"}
    assert [(row["day"], row["share"]) for row in found[:2]] == [("1", "0.0"), ("7", "0.5")]
    refused = pql("benchmarks", "survival", "--by", "plan", "--workspace", workspace)
    assert "Not told: fewer than 25 accounts." in refused.stderr
    first = rows(pql, workspace, "first-times", "--metric", "events")
    assert {row["median_days"] for row in first} == {"7.0"}


def test_drift_marks_what_moved(pql: Run, workspace: str) -> None:
    found = rows(pql, workspace, "drift")
    assert {row["metric"]: row["moved"] for row in found} == {"events": "moved", "active_days": ""}


def test_retention_is_printed_week_by_week(pql: Run, workspace: str) -> None:
    (week,) = rows(pql, workspace, "retention", "--definition", "trial_conversion")
    assert (week["active"], week["others_active"]) == ("0.75", "0.1")
    shown = pql("benchmarks", "retention", "--workspace", workspace, COLUMNS="200").stdout
    assert "0.75 (" in shown


def test_an_earlier_version_can_be_asked_for(pql: Run, workspace: str) -> None:
    (version,) = rows(pql, workspace, "versions")
    assert version["customers"] == "40"
    same = rows(pql, workspace, "show", "--version", version["version"])
    assert same == rows(pql, workspace, "show")
    unknown = pql("benchmarks", "show", "--workspace", workspace, "--version", "99")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "there is no version 99" in unknown.stderr


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("report", REPORTS)
def test_a_strangers_benchmarks_are_not_shown(pql: Run, report: str) -> None:
    result = pql("benchmarks", report, "--workspace", "strangers")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No benchmarks yet" in result.stderr


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_is_what_the_api_answers(pql: Run, workspace: str, report: str) -> None:
    printed = pql("benchmarks", report, "--workspace", workspace, "--format", "json").stdout
    answer = json.loads(printed)
    assert answer["moved"] == ["events"]
    assert answer["version"]["customers"] == 40
    assert answer["data"]
