"""Files of an installation are their user's alone, whatever the umask and whoever left them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pql.events.duckdb_store import DuckDBEventStore
from pql.installed_files import keep_files_private
from pql.private_files import open_private, tighten
from pql.settings import Settings, read_settings
from pql.state.migrate import migrate
from pql.state.store import State
from routes.command_line import main
from routes.secret_key import read_secret_key

FOLDER, FILE, SHARED = 0o700, 0o600, 0o755

# What `pql serve` makes, in one process: the state, the events, what is written ahead of both, the
# socket, and the key of the sessions.
STARTED = """
import os, sys
from pathlib import Path
from pql.events.opening import open_event_store
from pql.private_files import made_private
from pql.settings import read_settings
from pql.state.opening import opened_state
from routes.secret_key import read_secret_key

os.umask(int(sys.argv[1], 8))
settings = read_settings()
with made_private(), opened_state(settings) as state:
    store = open_event_store(settings)
    store._connection.execute("CREATE TABLE large AS SELECT range AS n FROM range(100)")
    read_secret_key(settings)
    with state.journal_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE written (n)")
    for path in sorted(Path().rglob("*")):
        print(oct(path.stat().st_mode & 0o777), path)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=["000", "022"])
def umask(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.umask(int(request.param, 8))
    yield request.param
    os.umask(before)


def test_what_the_processes_make_is_private(umask: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("DATABASE_URL", "EVENTS_URL"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", STARTED, umask],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    made = {path: int(bits, 8) for bits, path in map(str.split, done.stdout.splitlines())}
    names = (
        *("", "/state.db", "/state-journal.db", "/state-journal.db-wal", "/secret-key"),
        *("/events.duckdb", "/events.duckdb.wal", "/events.duckdb.socket"),
    )
    assert {f"pql-data{name}" for name in names} <= made.keys()
    assert made.pop("pql-data") == FOLDER
    assert set(made.values()) == {FILE}


def test_every_command_makes_private_files_and_files_of_the_users_as_he_has_them(
    umask: str, tmp_path: Path
) -> None:
    stores = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/deep/er/state.db",
        "EVENTS_URL": f"duckdb:///{tmp_path}/deep/er/events.duckdb",
    }
    own = tmp_path / "schema.json"
    for command in (
        ("workspace", "create", "acme"),
        ("stats", "--workspace", "acme"),
        ("plan", "schema", "--output", str(own)),
    ):
        result = CliRunner(env=stores).invoke(main, command)
        assert result.exit_code == 0, result.output
    assert {mode(tmp_path / folder) for folder in ("deep", "deep/er")} == {FOLDER}
    assert {mode(file) for file in (tmp_path / "deep/er").iterdir()} == {FILE}
    assert mode(own) == 0o666 & ~int(umask, 8)
    assert os.umask(int(umask, 8)) == int(umask, 8)


def test_the_stores_themselves_are_private_without_a_strict_umask(
    umask: str, tmp_path: Path
) -> None:
    assert umask
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(SHARED)
    settings = Settings(f"sqlite:///{shared}/state.db", f"duckdb:///{shared}/events.duckdb")
    state = State(settings.database_url)
    migrate(state)
    store = DuckDBEventStore(shared / "events.duckdb")
    read_secret_key(settings)
    with open_private(shared / "rejected.csv"):
        found = {file.name: mode(file) for file in shared.iterdir() if file.suffix != ".wal"}
    assert {"state.db", "state-journal.db", "events.duckdb", "rejected.csv"} <= found.keys()
    assert set(found.values()) == {FILE}
    assert mode(shared) == SHARED, "a folder that the operator made is his"
    store.close()
    state.close()


def test_what_an_earlier_release_left_open_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "EVENTS_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "pql-data"
    folder.mkdir(SHARED)
    names = ("state.db", "state.db-wal", "state-journal.db", "events.duckdb", "secret-key")
    for name in names:
        (folder / name).touch()
        (folder / name).chmod(0o664)
    foreign = folder / "notes.txt"
    foreign.touch()
    foreign.chmod(0o644)
    assert keep_files_private(read_settings()) == []
    assert mode(folder) == FOLDER
    assert {mode(folder / name) for name in names} == {FILE}
    assert mode(foreign) == 0o644


def test_what_cannot_be_closed_is_told_and_ends_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give a file away")
    file = tmp_path / "events.duckdb"
    file.touch()
    file.chmod(0o644)
    os.chown(file, 12_345, 12_345)
    settings = Settings(f"sqlite:///{tmp_path}/state.db", f"duckdb:///{file}")
    assert keep_files_private(settings) == [file]
    assert mode(file) == 0o644
    file.chmod(FILE)
    assert tighten(file)
