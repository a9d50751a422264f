"""The state store is opened in a process that ends, whatever happens to the one that asked."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from benchmarks.service import eventually
from pql.settings import Settings
from pql.state.opening import SchemaStale
from pql.state.store import State
from routes.command_line.preparing import prepare_state

ENDS_WITHIN = 30.0
PREPARE = """
from pql.settings import Settings
from routes.command_line.preparing import prepare_state
prepare_state(Settings({url!r}, "duckdb:///nowhere"))
"""


def test_the_embedded_state_is_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    prepare_state(Settings(url, f"duckdb:///{tmp_path}/events.duckdb"))
    state = State(url)
    assert "account" in inspect(state.engine).get_table_names()
    state.close()


def test_what_is_wrong_is_told(postgres_url: str) -> None:
    with pytest.raises(SchemaStale, match="pql migrate"):
        prepare_state(Settings(postgres_url, "duckdb:///nowhere"))


def test_nothing_is_left_of_one_that_is_killed_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with sqlite3.connect(file, isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")  # opening the state waits for it
        command = [sys.executable, "-c", PREPARE.format(url=f"sqlite:///{file}")]
        asking = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        children = Path(f"/proc/{asking.pid}/task/{asking.pid}/children")
        eventually("it is opened", children.read_text)
        asking.kill()
        asking.wait()
        lock.execute("ROLLBACK")
    # The other process has inherited the output, which ends when that does.
    said, _ = asking.communicate(timeout=ENDS_WITHIN)
    assert said == b""
