"""`pql import` as it is typed: without a service, on stores of its own."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routes.command_line import importing, main

MAPPING = "events: {account: account_id, event: event, time: at}\n"
ROWS = "account_id,event,at\na1,lesson,2026-01-05\na1,exam,2026-01-06\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mapping, a file to import and stores with a workspace."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("EVENTS_URL", f"duckdb:///{tmp_path / 'events.duckdb'}")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text(ROWS)
    run("workspace", "create", "owner")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def import_rows(folder: Path, workspace: str = "owner", *more: str) -> Result:
    mapping = ("--mapping", str(folder / "mapping.yaml"), "--workspace", workspace)
    return run("import", "events", str(folder / "rows.csv"), *mapping, *more)


def test_rows_are_loaded_and_importing_again_changes_nothing(folder: Path) -> None:
    first, again = import_rows(folder), import_rows(folder)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "2 rows read: 2 imported, 0 already there, 0 rejected" in first.stdout
    assert "2 rows read: 0 imported, 2 already there, 0 rejected" in again.stdout
    stats = run("stats", "--workspace", "owner", "--json").stdout
    assert '"stored": 2' in stats
    assert '"pending": 0' in stats


def test_the_rest_goes_in_and_the_rejected_rows_are_named(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS.replace("2026-01-06", "soon"))
    done = import_rows(folder)
    assert done.exit_code == 0
    assert "1 imported, 0 already there, 1 rejected" in done.stdout
    assert "3,at,not a time,soon" in (folder / "rows.csv.events.rejected.csv").read_text()


def test_a_preview_shows_how_a_file_is_understood_and_writes_nothing(folder: Path) -> None:
    rows = ROWS.replace(",", ";").replace("2026-01-05", "5/1/2026").replace("2026-01-06", "soon")
    (folder / "rows.csv").write_text(rows)
    shown = import_rows(folder, "owner", "--preview")
    assert shown.exit_code == 0
    assert "UTF-8, cells separated by semicolon" in shown.stdout
    assert "Cannot be told: at: 5/1/2026 may be 5 January or 1 May" in shown.stdout
    refused = import_rows(folder)
    assert refused.exit_code == 1
    assert "Say time_format: day_first or month_first (--time-format)" in refused.stderr
    said = import_rows(folder, "owner", "--preview", "--time-format", "day_first")
    assert "2026-01-05" in said.stdout
    assert "Of the first 2 rows 1 would go in, 1 would be rejected." in said.stdout
    assert "row 3: at: not a time: 'soon'" in said.stdout
    assert "Nothing was written." in said.stdout
    assert '"stored": 0' in run("stats", "--workspace", "owner", "--json").stdout
    assert not (folder / "rows.csv.events.rejected.csv").exists()


def test_what_cannot_be_said_of_a_file_is_told_with_its_option(folder: Path) -> None:
    done = import_rows(folder, "owner", "--encoding", "klingon")
    assert done.exit_code == 2
    assert "Invalid value for '--encoding'" in done.stderr


def test_it_fails_where_every_row_is_rejected(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS.replace("2026", "soon"))
    assert import_rows(folder).exit_code == 1


def test_a_wrong_header_names_what_is_missing_and_what_is_there(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS.replace("account_id", "account"))
    done = import_rows(folder)
    assert done.exit_code == 1
    assert "no column account_id; it has account, event, at" in done.stderr
    assert not (folder / "rows.csv.events.rejected.csv").exists()


def test_a_mistake_in_the_mapping_is_told_with_line_and_field(folder: Path) -> None:
    (folder / "mapping.yaml").write_text("events:\n  event: a\n  tiem: b\n")
    done = import_rows(folder)
    assert done.exit_code == 1
    assert "mapping.yaml:3: events.tiem: found an unknown field" in done.stderr


def test_an_unknown_workspace_is_told(folder: Path) -> None:
    done = import_rows(folder, "stranger")
    assert done.exit_code == 1
    assert "no workspace 'stranger'" in done.stderr


def test_it_does_not_wait_forever_for_a_worker_that_does_not_get_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "PATIENCE", 0.0)
    with pytest.raises(importing.WorkerStalled, match="safe in the journal"):
        importing.wait_until_few(lambda: 7, few=0)


def test_waiting_ends_when_few_enough_are_left() -> None:
    counts = iter((9, 9, 7, 3))
    heard: list[int] = []
    importing.wait_until_few(lambda: next(counts), few=3, tell=heard.append)
    assert heard == [9, 7]
