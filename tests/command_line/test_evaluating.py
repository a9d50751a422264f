"""`pql definitions evaluate` shows what a file would have done, as a table and as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from pql.events.duckdb_store import DuckDBEventStore
from pql.state.store import State
from tests.command_line.conftest import Run
from tests.fixtures.product import DAY, START, make_product

TEXT = """
metrics:
  lessons: {event: lesson_watched, aggregate: count, window: first 3 days}
definitions:
  conversion:
    population: status is free
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: lessons, at_least: 2}]
    require: all
"""


@pytest.fixture
def file(pql: Run, embedded: Mapping[str, str], tmp_path: Path) -> str:
    """A definition file, and a workspace `learning` with four past trials."""
    pql("migrate")
    state = State(embedded["DATABASE_URL"])
    store = DuckDBEventStore(Path(embedded["EVENTS_URL"].removeprefix("duckdb:///")))
    product = make_product(state, store, "learning")
    for lessons, paid in [(2, True), (3, False), (1, True), (0, False)]:
        account = product.account(
            status="paying" if paid else "free", paid=START + 5 * DAY if paid else None
        )
        product.does(account, "lesson_watched", *[START] * lessons)
    product.does(product.account(status="internal"), "lesson_watched", START + 60 * DAY)
    store.close()
    state.close()
    path = tmp_path / "definitions.yaml"
    path.write_text(TEXT)
    return str(path)


def test_the_figures_come_as_json(pql: Run, file: str) -> None:
    result = pql("definitions", "evaluate", file, "--workspace", "learning", "--format", "json")
    (document,) = json.loads(result.stdout)
    whole = document["whole"]
    assert (document["window_days"], document["horizon_days"]) == (3, 30)
    assert (whole["population"], whole["converted"], whole["met"]) == (4, 2, 2)
    assert whole["precision"]["value"] == 0.5
    assert whole["lift"]["value"] == 1


def test_the_table_shows_shares_with_their_intervals_and_who_is_left_out(
    pql: Run, file: str
) -> None:
    result = pql("definitions", "evaluate", file, "--workspace", "learning")
    assert result.exit_code == 0
    assert "Left out: 0 too young to tell" in result.stdout
    assert "1 internal" in " ".join(result.stdout.split())


def test_a_definition_the_file_has_not_is_refused_with_those_it_has(pql: Run, file: str) -> None:
    result = pql(
        "definitions", "evaluate", file, "--workspace", "learning", "--definition", "another"
    )
    assert result.exit_code == 1
    assert "known: conversion" in result.stderr
