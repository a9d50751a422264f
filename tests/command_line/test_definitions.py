"""`pql definitions`: check a file, put it in force, put an older one back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from pql.definitions.json_schema import definitions_schema
from pql.definitions.versions import starter

Run = Callable[..., Result]

GOOD = "metrics:\n  logins: {event: login, aggregate: count, window: first 1 day}\n"
BAD = "metrics:\n  logins: {event: login, agregate: count, window: first day}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "growth.yaml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def workspace(pql: Run) -> str:
    assert pql("workspace", "create", "ours").exit_code == 0
    return "ours"


def test_a_valid_file_is_said_to_be_valid(pql: Run, file: Path) -> None:
    result = pql("definitions", "validate", str(file))
    assert result.exit_code == 0
    assert "1 metric, 0 definitions, valid" in result.stdout


def test_every_problem_of_a_file_is_printed_with_its_line(pql: Run, file: Path) -> None:
    file.write_text(BAD)
    result = pql("definitions", "validate", str(file))
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.partition(": found")[0] for line in lines[:3]] == [
        f"{file}:2: metrics.logins.aggregate",
        f"{file}:2: metrics.logins.agregate",
        f"{file}:2: metrics.logins.window",
    ]


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_a_file_that_asks_for_too_much_is_refused_with_the_limit(
    pql: Run, workspace: str, file: Path, command: str
) -> None:
    metric = "  m{}: {{event: e, aggregate: count, window: first 7 days}}\n"
    file.write_text("metrics:\n" + "".join(map(metric.format, range(201))))
    where = [] if command == "validate" else ["--workspace", workspace]
    result = pql("definitions", command, str(file), *where)
    assert result.exit_code == 1
    found = f"{file}:202: metrics.m200: found 201 metrics; allowed: 200 at most"
    assert result.stderr.startswith(found)


def test_a_file_that_is_not_utf_8_is_refused_in_one_line(pql: Run, file: Path) -> None:
    file.write_bytes(b"metrics: \xff")
    result = pql("definitions", "validate", str(file))
    assert result.exit_code == 1
    assert "not UTF-8 at byte 9" in result.stderr


def test_validating_for_a_workspace_names_events_that_it_never_recorded(
    pql: Run, file: Path, workspace: str
) -> None:
    result = pql("definitions", "validate", str(file), "--workspace", workspace)
    assert result.exit_code == 0
    assert ": metrics.logins.event: no event login was ever recorded" in result.stderr
    assert "demo_booked" not in result.stderr, "the file names no event of leads"
    assert "leads is left out: it goes back to its default" not in result.stderr, "the same"
    assert "provisional is left out: it goes back to nothing" in result.stderr


def test_a_file_is_put_in_force_once_and_shown(pql: Run, file: Path, workspace: str) -> None:
    first = pql("definitions", "apply", str(file), "--workspace", workspace)
    again = pql("definitions", "apply", str(file), "--workspace", workspace)
    assert first.stdout.startswith("Version 2 is in force in ours.\nChanged: metrics: 1 added, 3")
    assert again.stdout == "Version 2 was in force already in ours.\n"
    assert pql("definitions", "export", "--workspace", workspace).stdout == GOOD


def test_a_bad_file_is_not_applied(pql: Run, file: Path, workspace: str) -> None:
    file.write_text(BAD)
    assert pql("definitions", "apply", str(file), "--workspace", workspace).exit_code == 1
    assert pql("definitions", "export", "--workspace", workspace).stdout == starter()


def test_what_is_put_in_force_is_told_difference_by_difference(
    pql: Run, file: Path, workspace: str
) -> None:
    pql("definitions", "apply", str(file), "--workspace", workspace)
    file.write_text(GOOD.replace("first 1 day", "first 7 days"))
    result = pql("definitions", "apply", str(file), "--workspace", workspace)
    assert result.stdout.splitlines() == [
        "Version 3 is in force in ours.",
        "Changed: metrics: 1 changed.",
        "  ~ metrics.logins.window: first 1 day -> first 7 days",
    ]


def test_an_older_version_is_put_back_in_force(pql: Run, file: Path, workspace: str) -> None:
    pql("definitions", "apply", str(file), "--workspace", workspace)
    result = pql("definitions", "revert", "--to", "1", "--workspace", workspace)
    assert result.stdout.startswith("Version 3 is in force in ours.\nChanged: metrics: 3 added")
    assert pql("definitions", "export", "--workspace", workspace).stdout == starter()


def test_a_version_that_never_was_cannot_be_put_back(pql: Run, workspace: str) -> None:
    result = pql("definitions", "revert", "--to", "7", "--workspace", workspace)
    assert result.exit_code == 1
    assert result.stderr == "Error: there is no version 7; the newest is 1\n"


def test_the_schema_for_editors_is_printed_or_written(pql: Run, tmp_path: Path) -> None:
    printed = pql("definitions", "schema").stdout
    assert json.loads(printed) == definitions_schema()
    output = tmp_path / "definitions.schema.json"
    assert pql("definitions", "schema", "--output", str(output)).exit_code == 0
    assert output.read_text() == printed
