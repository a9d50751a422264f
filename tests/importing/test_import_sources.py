"""`pql import` of exports and of databases, as it is typed."""

import gzip
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routes.command_line import main
from tests.importing.exports.packing import archive, rows, sample

SECRET = "hunter2"
UNREACHABLE = f"postgresql+psycopg://ada:{SECRET}@127.0.0.1:1/product"
MAPPING = "events: {account: who, event: what, time: at}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mapping, and stores with a workspace."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("EVENTS_URL", f"duckdb:///{tmp_path / 'events.duckdb'}")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    run("workspace", "create", "owner")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def import_query(folder: Path, *arguments: str) -> Result:
    mapping = ("--mapping", str(folder / "mapping.yaml"), "--workspace", "owner")
    return run("import", "events", *arguments, *mapping)


def test_a_folder_of_exports_is_imported_and_again_changes_nothing(folder: Path) -> None:
    exports = folder / "exports"
    exports.mkdir()
    (exports / "2026.zip").write_bytes(archive("amplitude"))
    (exports / "damaged.json.gz").write_bytes(gzip.compress(sample("amplitude"))[:40])
    (exports / "notes.md").touch()
    (exports / "wrong.json").write_text('{"event_type": "seen"}\n')
    arguments = ("import", "export", str(exports), "--from", "amplitude", "--workspace", "owner")
    first, again = run(*arguments), run(*arguments)
    count = len(rows("amplitude"))
    assert f"{count} imported, 0 already there, 1 rejected" in first.stdout
    assert f"0 imported, {count} already there, 1 rejected" in again.stdout
    assert first.exit_code == again.exit_code == 1
    assert "Left out, as their names are none of exports: notes.md" in first.stderr
    assert f"{exports / 'damaged.json.gz'}: Compressed file ended" in first.stderr
    rejected = (folder / "exports.rejected.csv").read_text()
    assert f"{exports / 'wrong.json'},1,event_time,missing_event_time" in rejected


def test_what_a_query_gives_is_imported_and_again_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(folder / "product.db") as connection:
        connection.execute("CREATE TABLE did AS SELECT 'a1' AS who, '2026-01-05' AS at")
    connection.close()
    monkeypatch.setenv("PRODUCT_DATABASE", f"sqlite:///{folder / 'product.db'}")
    (folder / "did.sql").write_text("SELECT who, 'lesson' AS what, at FROM did\n")
    source = ("--sql", "env:PRODUCT_DATABASE", "--query", f"file:{folder / 'did.sql'}")
    arguments = (*source, "--rejected", str(folder / "rejected.csv"))
    first, again = import_query(folder, *arguments), import_query(folder, *arguments)
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "1 row read: 1 imported, 0 already there, 0 rejected" in first.stdout
    assert "1 row read: 0 imported, 1 already there, 0 rejected" in again.stdout


def test_an_address_s_secrets_are_never_told(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "address").write_text(f"{UNREACHABLE}\n")
    query = ("--query", "SELECT 1")
    hidden = import_query(tmp_path, "--sql", f"file:{tmp_path / 'address'}", *query)
    shown = import_query(tmp_path, "--sql", UNREACHABLE, *query)
    for done in (hidden, shown):
        assert done.exit_code == 1
        assert "Error: the database 127.0.0.1/product: connection failed" in done.stderr
        assert SECRET not in done.output
    assert len(hidden.stderr.splitlines()) == 1
    assert "Others on this machine can see a password" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give either a FILE, or --sql and --query."),
        (("--sql", "sqlite://"), "Give either a FILE, or --sql and --query."),
        (("--query", "SELECT 1"), "Give either a FILE, or --sql and --query."),
        (("--sql", "env:NOWHERE", "--query", "SELECT 1"), "the environment has no NOWHERE"),
        (("--sql", "file:/nowhere", "--query", "SELECT 1"), "/nowhere cannot be read"),
        (("--sql", f"x:{SECRET}", "--query", "SELECT 1"), "is none that SQLAlchemy reads"),
        (
            ("--sql", "sqlite://", "--query", "SELECT 1", "--preview"),
            "--preview is for files alone",
        ),
    ],
)
def test_where_rows_come_from_must_be_said(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    done = import_query(tmp_path, *arguments)
    assert done.exit_code in {1, 2}
    assert words in done.stderr
    assert SECRET not in done.output


def test_a_time_zone_is_for_mixpanel() -> None:
    arguments = ("--workspace", "owner", "--time-zone")
    export = ("import", "export", "FILE", "--from")
    other = run(*export, "segment", *arguments, "Europe/Berlin")
    unknown = run(*export, "mixpanel", *arguments, "Berlin")
    assert "--time-zone is for mixpanel: the others write UTC." in other.stderr
    assert "found 'Berlin'; allowed: a time zone as in Europe/Berlin" in unknown.stderr
