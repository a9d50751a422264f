"""`pql stats` counts, `pql benchmarks show` lists; both for people and for programs."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pql.benchmarks.comparing import LATER_CUSTOMERS
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.repository import save
from pql.definitions import versions
from pql.state.store import State
from pql.workspaces import find_workspace
from tests.command_line.conftest import Run
from tests.fixtures.account_rows import add_account

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = {
    ("events", LATER_CUSTOMERS, 6): Percentiles(40, p10=1, p25=2.5, p50=6, p75=9, p90=12),
    ("active_days", LATER_CUSTOMERS, 6): Percentiles(24),
}


@pytest.fixture
def workspace(pql: Run, embedded: Mapping[str, str]) -> str:
    """A workspace with one account and benchmarks; a stranger's has neither."""
    for name in ("ours", "strangers"):
        assert pql("workspace", "create", name).exit_code == 0
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        ours = find_workspace(session, "ours").id
        add_account(session, ours, "acme")
        version_id = versions.current(session, ours).version_id
        save(session, ours, version_id, ROWS, customers=40, as_of=NOW)
    state.close()
    return "ours"


def test_stats_are_numbers_for_programs(pql: Run, workspace: str) -> None:
    counts = json.loads(pql("stats", "--workspace", workspace, "--json").stdout)
    assert (counts["accounts"], counts["journaled"], counts["stored"]) == (1, 0, 0)
    theirs = json.loads(pql("stats", "--workspace", "strangers", "--json").stdout)
    assert theirs["accounts"] == 0


def test_stats_are_a_table_that_says_what_each_number_means(pql: Run, workspace: str) -> None:
    shown = pql("stats", "--workspace", workspace, COLUMNS="120").stdout
    line = next(line for line in shown.splitlines() if "accounts known" in line)
    assert "1" in line
    assert all(name in shown for name in ("journaled", "pending", "stored", "quarantined"))


def test_benchmarks_leave_what_is_not_known_null(pql: Run, workspace: str) -> None:
    rows = json.loads(pql("benchmarks", "show", "--workspace", workspace, "--json").stdout)
    known = {row["metric"]: (row["accounts"], row["p50"]) for row in rows}
    assert known == {"events": (40, 6.0), "active_days": (24, None)}


def test_benchmarks_of_one_metric_are_a_table_with_their_date(pql: Run, workspace: str) -> None:
    asked = ("benchmarks", "show", "--workspace", workspace, "--metric", "events")
    shown = pql(*asked, COLUMNS="150").stdout
    assert "as of 2026-03-01 00:00 UTC" in shown
    assert "2.5" in shown
    assert "active_days" not in shown


@pytest.mark.usefixtures("workspace")
def test_a_strangers_benchmarks_are_not_shown(pql: Run) -> None:
    result = pql("benchmarks", "show", "--workspace", "strangers")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "No benchmarks yet" in result.stderr
