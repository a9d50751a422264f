"""`pql definitions plan` shows what a file would have done, as tables and as JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pql.events.duckdb_store import DuckDBEventStore
from pql.state.store import State
from tests.command_line.conftest import Run
from tests.fixtures.product import DAY
from tests.replay.conftest import definitions, planted


@pytest.fixture
def file(pql: Run, embedded: Mapping[str, str], tmp_path: Path) -> str:
    """A file that asks for two invites, where three are asked for; a trial that sent two."""
    pql("migrate")
    state = State(embedded["DATABASE_URL"])
    store = DuckDBEventStore(Path(embedded["EVENTS_URL"].removeprefix("duckdb:///")))
    owner = planted(state, store, "owner")
    started = datetime.now(UTC) - 3 * DAY
    owner.sends(owner.trial(started, name="Two invites"), [started + timedelta(hours=1)] * 2)
    store.close()
    state.close()
    path = tmp_path / "definitions.yaml"
    path.write_text(definitions(2))
    return str(path)


def test_the_tables_tell_the_changes_the_figures_and_who_enters_and_why(
    pql: Run, file: str
) -> None:
    capacity = ("--reps", "2", "--per-rep", "3")
    result = pql("definitions", "plan", file, "--workspace", "owner", *capacity, COLUMNS="160")
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "Applying it would change, against version 1:" in said
    assert "at_least: 3 -> 2" in said
    assert "Enters today: 1 Two invites (no_touch -> " in said
    assert "Leaves today: 0" in said
    assert "too young" in said
    assert "6 new accounts a week" in said


def test_the_whole_plan_comes_as_json(pql: Run, file: str) -> None:
    result = pql("definitions", "plan", file, "--workspace", "owner", "--weeks", "1", "--json")
    plan = json.loads(result.stdout)
    (report,) = plan["definitions"]
    assert [week["qualified"] for week in report["planned"]["weeks"]] == [1]
    assert report["changes"]["entering"]["accounts"][0]["name"] == "Two invites"
    assert report["bar"] is None


@pytest.mark.parametrize("half", [("--reps", "2"), ("--per-rep", "3")])
def test_half_a_capacity_is_none(pql: Run, file: str, half: tuple[str, str]) -> None:
    result = pql("definitions", "plan", file, "--workspace", "owner", *half)
    assert result.exit_code == 2
    assert "give --reps and --per-rep together" in result.stderr


def test_a_definition_the_file_has_not_is_refused_with_those_it_has(pql: Run, file: str) -> None:
    asked = ("--definition", "another")
    result = pql("definitions", "plan", file, "--workspace", "owner", *asked)
    assert result.exit_code == 1
    assert "known: conversion" in result.stderr
