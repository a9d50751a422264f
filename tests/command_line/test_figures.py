"""`pql stats` counts, for people and for programs."""

import json
from collections.abc import Mapping

import pytest

from pql.state.store import State
from pql.workspaces import find_workspace
from tests.command_line.conftest import Run
from tests.fixtures.account_rows import add_account


@pytest.fixture
def workspace(pql: Run, embedded: Mapping[str, str]) -> str:
    """A workspace with one account; a stranger's has none."""
    for name in ("ours", "strangers"):
        assert pql("workspace", "create", name).exit_code == 0
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        ours = find_workspace(session, "ours").id
        add_account(session, ours, "acme")
    state.close()
    return "ours"


def test_stats_are_numbers_for_programs(pql: Run, workspace: str) -> None:
    counts = json.loads(pql("stats", "--workspace", workspace, "--json").stdout)
    assert (counts["accounts"], counts["journaled"], counts["stored"]) == (1, 0, 0)
    theirs = json.loads(pql("stats", "--workspace", "strangers", "--json").stdout)
    assert theirs["accounts"] == 0


def test_stats_say_what_is_wrong(pql: Run, workspace: str) -> None:
    shown = pql("stats", "--workspace", workspace).stdout
    assert "Warning: no worker has run yet: what comes in is kept and waits" in shown
    counts = json.loads(pql("stats", "--workspace", workspace, "--json").stdout)
    [warning] = counts["warnings"]
    assert warning.startswith("no worker has run yet")


def test_stats_are_a_table_that_says_what_each_number_means(pql: Run, workspace: str) -> None:
    shown = pql("stats", "--workspace", workspace, COLUMNS="120").stdout
    line = next(line for line in shown.splitlines() if "accounts known" in line)
    assert "1" in line
    assert all(name in shown for name in ("journaled", "pending", "stored", "quarantined"))
