"""`pql finder`: the verdict first, then the table and what was not searched; JSON and YAML."""

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
    assert result.stdout.startswith(
        "Recommended: message_sent at least 7 times in the first 7 days,"
    )
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


def test_a_table_is_searched_and_what_is_set_aside_is_told(pql: Run, leads: str) -> None:
    asked = ("finder", "--table", leads, "--outcome", "converted")
    refused = pql(*asked)
    assert refused.stdout.startswith("No reliable threshold: Nothing is left to search")
    assert "- paid tells the outcome too well" in refused.stdout
    assert "- visits tells much, and nothing else is there to compare" in refused.stdout
    answered = pql(*asked, "--known-at-start", "visits")
    assert answered.exit_code == 0, answered.stderr
    assert "The strongest is visits at least 7" in answered.stdout


def test_the_recommended_one_is_in_the_table_with_its_rivals_at_80_columns(planted: Run) -> None:
    for arguments in ((), ("--all",)):
        printed = planted("finder", "--workspace", "growth", *arguments).stdout
        lines = printed.splitlines()
        assert max(len(line) for line in lines) <= 80
        table, _, rest = printed.partition("To adopt it")
        (chosen,) = [line for line in table.splitlines() if " recommended " in line]
        assert chosen.startswith(" message_sent at least 7 ")
        assert "\n message_sent at least 5 " in table
        assert "found_activation" in rest


def test_a_refusal_is_short_and_all_shows_the_rest(pql: Run, tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    columns = {f"x{number}": generator.poisson(5, 400) for number in range(12)}
    frame = pd.DataFrame({**columns, "converted": generator.random(400) < 0.2})
    frame.to_csv(tmp_path / "noise.csv", index=False)
    asked = ("finder", "--table", str(tmp_path / "noise.csv"), "--outcome", "converted")
    short, everything = pql(*asked).stdout, pql(*asked, "--all").stdout
    assert short.startswith("No reliable threshold: ")
    assert len(short.splitlines()) <= 6
    assert "--all" in short
    assert "candidates were tried" in everything
    assert len(everything.splitlines()) > 40


def test_a_table_can_be_looked_at_before_it_is_searched(pql: Run, tmp_path: Path) -> None:
    rows = [
        f"{number};{1 + number % 12}/{number % 28 + 1}/2024;{number % 7},5;Signed"
        for number in range(40)
    ]
    (tmp_path / "t.csv").write_text("id;began;x;state\n" + "\n".join(rows) + "\n40;5/1/2024;1;No\n")
    asked = ("finder", "--table", str(tmp_path / "t.csv"), "--preview", "--time", "began")
    unclear = pql(*asked, "--outcome", "state").stdout
    assert "t.csv: UTF-8, cells separated by semicolon" in unclear
    assert "x: comma before decimals, as in" in unclear
    assert "Cannot be searched so: state is neither 1 or 0" in unclear
    said = pql(*asked, "--outcome", "state", "--positive", "signed").stdout
    assert "state: 40 yes, 1 no, 0 unknown" in said
    assert "began: month first, as in" in said
    assert "began: from 2024-01-01 to 2024-" in said
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--preview",), "give --table FILE"),
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
