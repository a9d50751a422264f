"""`pql finder`: warnings first, then what holds, as text, JSON and YAML."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pql.definitions.reading import read_definitions
from pql.events.duckdb_store import DuckDBEventStore
from pql.state.store import State
from tests.command_line.conftest import Run
from tests.finder.planting import plant_trials
from tests.fixtures.product import make_product


@pytest.fixture
def planted(pql: Run, embedded: Mapping[str, str]) -> Run:
    """A workspace `growth` whose trials convert with 7 messages or more."""
    pql("migrate")
    state = State(embedded["DATABASE_URL"])
    store = DuckDBEventStore(Path(embedded["EVENTS_URL"].removeprefix("duckdb:///")))
    plant_trials(make_product(state, store, "growth")).store()
    store.close()
    state.close()
    return pql


@pytest.fixture
def leads(tmp_path: Path) -> str:
    """A table whose outcome is in another column too."""
    generator = np.random.default_rng(1)
    visits = generator.poisson(5, 500)
    converted = generator.random(500) < np.where(visits >= 7, 0.5, 0.1)
    frame = pd.DataFrame({"visits": visits, "paid": converted * 10, "converted": converted})
    frame.to_csv(tmp_path / "leads.csv", index=False)
    return str(tmp_path / "leads.csv")


def test_a_workspace_is_searched(planted: Run, tmp_path: Path) -> None:
    file = tmp_path / "found.yaml"
    result = planted("finder", "--workspace", "growth", "--yaml", str(file))
    assert result.exit_code == 0, result.stderr
    assert "Recommended: message_sent at least 7 times in the first 7 days." in result.stdout
    assert "Association, not cause" in result.stdout
    assert "found_activation" in read_definitions(file.read_text(), "found.yaml").definitions
    assert planted("definitions", "validate", str(file)).exit_code == 0


def test_everything_is_in_the_json(planted: Run) -> None:
    asked = ("finder", "--workspace", "growth", "--windows", "3,7", "--events", "report_opened")
    found = json.loads(planted(*asked, "--json").stdout)
    columns = {part["column"] for each in found["candidates"] for part in each["parts"]}
    assert columns
    assert all(name.startswith(("report_opened_", "any_")) for name in columns)
    assert not any(name.endswith("_in_1_day") for name in columns)
    assert found["permutations"] == 500
    assert found["conclusion"]


def test_a_table_is_searched_with_warnings_first(pql: Run, leads: str) -> None:
    result = pql("finder", "--table", leads, "--outcome", "converted")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.lstrip().startswith("Warning: paid tells the outcome too well")
    assert "visits at least 7" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "give --workspace NAME, or --table FILE with --outcome COLUMN"),
        (("--workspace", "nobody"), "nobody"),
        (("--workspace", "growth", "--events", "unheard_of"), "never recorded: unheard_of"),
        (("--workspace", "growth", "--windows", "3,14"), "longer than 7 days"),
        (("--workspace", "growth", "--windows", "x"), "not a valid integer range"),
    ],
)
def test_what_cannot_be_searched_is_said(
    planted: Run, arguments: tuple[str, ...], complaint: str
) -> None:
    result = planted("finder", *arguments)
    assert result.exit_code != 0
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr
