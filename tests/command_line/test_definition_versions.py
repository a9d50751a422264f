"""`pql definitions export`, `history` and `diff`: what was applied, and what it changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from pql.definitions.versions import starter

Run = Callable[..., Result]

FIRST = "metrics:\n  logins: {event: login, aggregate: count, window: first 1 day}  # a try\n"
SECOND = FIRST.replace("first 1 day", "first 7 days")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "growth.yaml"
    path.write_text(SECOND)
    return path


@pytest.fixture
def ours(pql: Run, tmp_path: Path) -> tuple[str, str]:
    """A workspace with three versions: the starter, FIRST and SECOND."""
    assert pql("workspace", "create", "ours").exit_code == 0
    for number, text in enumerate((FIRST, SECOND), start=2):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        why = f"reason {number}"
        applied = pql("definitions", "apply", str(path), "--workspace", "ours", "--message", why)
        assert applied.exit_code == 0
    return ("--workspace", "ours")


def test_every_version_is_exported_exactly_as_it_was_applied(
    pql: Run, ours: tuple[str, str], tmp_path: Path
) -> None:
    assert pql("definitions", "export", *ours).stdout == SECOND
    assert pql("definitions", "export", *ours, "--version", "2").stdout == FIRST
    assert pql("definitions", "export", *ours, "--version", "1").stdout == starter()
    output = tmp_path / "exported.yaml"
    told = pql("definitions", "export", *ours, "--output", str(output))
    assert told.stdout == f"{output} is written.\n"
    assert output.read_text() == SECOND
    missing = pql("definitions", "export", *ours, "--version", "4")
    assert (missing.exit_code, missing.stderr) == (
        1,
        "Error: there is no version 4; the newest is 3\n",
    )


def test_the_history_tells_who_what_and_why(pql: Run, ours: tuple[str, str]) -> None:
    newest, _, oldest = json.loads(pql("definitions", "history", *ours, "--json").stdout)
    assert (newest["number"], newest["applied_by"]) == (3, "command line")
    assert (newest["changes"], newest["message"]) == ("metrics: 1 changed", "reason 3")
    assert (oldest["changes"], oldest["message"]) == ("", "")
    table = pql("definitions", "history", *ours, COLUMNS="200").stdout
    assert "metrics: 1 changed" in table
    assert "reason 3" in table


WINDOW = "~ metrics.logins.window: first 1 day -> first 7 days\n"
BACK = "~ metrics.logins.window: first 7 days -> first 1 day\n"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ([], WINDOW),
        (["--to", "3"], WINDOW),
        (["--from", "2"], WINDOW),
        (["--from", "2", "--to", "3"], WINDOW),
        (["--from", "3", "--to", "2"], BACK),
        (["FILE"], ""),
        (["FILE", "--from", "2"], WINDOW),
        (["--from", "2", "--to", "2"], ""),
    ],
)
def test_a_difference_is_told_and_the_exit_code_says_whether_there_is_one(
    pql: Run, ours: tuple[str, str], file: Path, asked: list[str], told: str
) -> None:
    words = [str(file) if word == "FILE" else word for word in asked]
    result = pql("definitions", "diff", *words, *ours)
    assert (result.stdout, result.exit_code) == (told, 1 if told else 0)


def test_a_remark_makes_no_difference_but_to_the_lines(
    pql: Run, ours: tuple[str, str], file: Path
) -> None:
    file.write_text(SECOND.replace("  # a try", ""))
    assert pql("definitions", "diff", str(file), *ours).exit_code == 0
    result = pql("definitions", "diff", str(file), *ours, "--text")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"--- version 3\n+++ {file}\n")
    assert "first 7 days}  # a try" in result.stdout
    assert pql("definitions", "diff", "--from", "3", *ours, "--text").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "9"], "there is no version 9; the newest is 3"),
        (["FILE", "--to", "2"], "FILE and --to"),
        (["BROKEN"], "has 1 problem"),
    ],
)
def test_what_cannot_be_compared_ends_with_two(
    pql: Run, ours: tuple[str, str], file: Path, words: list[str], said: str
) -> None:
    broken = file.with_name("broken.yaml")
    broken.write_text("metrics: 3")
    named = {"FILE": str(file), "BROKEN": str(broken)}
    result = pql("definitions", "diff", *(named.get(word, word) for word in words), *ours)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_stranger_does_not_see_our_versions(pql: Run, ours: tuple[str, str]) -> None:
    pql("workspace", "create", "theirs")
    result = pql("definitions", "export", "--workspace", "theirs", "--version", "2")
    assert result.exit_code == 1
    assert "the newest is 1" in result.stderr
    assert ours
