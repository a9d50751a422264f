"""`pql plan`: checked, applied, shown, inferred."""

import json
from pathlib import Path

import pytest

from pql.events.duckdb_store import DuckDBEventStore
from pql.plans.json_schema import plan_schema
from tests.command_line.conftest import Run
from tests.fixtures.events import batch_of

PLAN = "events:\n  message_sent: {properties: {channel: {type: text}}}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    return file


def test_a_plan_is_checked(pql: Run, file: Path) -> None:
    assert pql("plan", "validate", str(file)).stdout == f"{file}: 1 event, valid\n"
    file.write_text("events: 1")
    refused = pql("plan", "validate", str(file))
    assert refused.exit_code == 1
    assert refused.stderr.startswith(
        f"{file}:1: events: found 1; allowed: a mapping of event names"
    )


def test_a_plan_is_applied_and_shown(pql: Run, file: Path) -> None:
    pql("workspace", "create", "demo")
    assert "tracking plan" in pql("plan", "show", "--workspace", "demo").stderr
    for _ in range(2):
        applied = pql("plan", "apply", str(file), "--workspace", "demo")
        assert applied.stdout == "Version 1 of the plan is in force in demo.\n"
    assert pql("plan", "show", "--workspace", "demo").stdout == PLAN
    listed = pql("plan", "violations", "--workspace", "demo", "--json")
    assert json.loads(listed.stdout) == []


def test_a_first_plan_is_written_from_what_was_seen(pql: Run, tmp_path: Path) -> None:
    pql("workspace", "create", "demo")
    store = DuckDBEventStore(tmp_path / "events.duckdb")
    store.append(batch_of(1, [{"properties": '{"channel": "chat"}'}]))
    store.close()
    printed = pql("plan", "infer", "--workspace", "demo").stdout
    assert "channel: {type: text}  # in 100% of 1" in printed
    output = tmp_path / "plan.yaml"
    pql("plan", "infer", "--workspace", "demo", "--output", str(output))
    assert output.read_text() == printed
    assert pql("plan", "apply", str(output), "--workspace", "demo").exit_code == 0


def test_a_plan_is_taken_out_of_force(pql: Run, file: Path) -> None:
    pql("workspace", "create", "demo")
    pql("plan", "apply", str(file), "--workspace", "demo", "--message", "a try")
    removed = pql("plan", "remove", "--workspace", "demo", "--message", "too early")
    assert removed.stdout == "Version 2: no plan is in force in demo.\n"
    assert pql("plan", "show", "--workspace", "demo").exit_code == 1
    assert pql("plan", "remove", "--workspace", "demo").exit_code == 1


def test_the_schema_of_plans_is_printed(pql: Run) -> None:
    assert json.loads(pql("plan", "schema").stdout) == plan_schema()
