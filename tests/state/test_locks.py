"""The locks by which SQLite's connections know of one another, in one process and in others."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from pql.state.store import State

OPENS_AND_CLOSES = """
import sqlite3
connection = sqlite3.connect({file!r})
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("SELECT count(*) FROM example").fetchall()
connection.close()
"""


def test_a_new_connection_takes_no_lock_from_the_others_of_its_process(tmp_path: Path) -> None:
    """Without its lock, another process that ends takes itself for the last one: it deletes what
    was written ahead, which this one goes on with.
    """
    file = tmp_path / "state.db"
    state = State(f"sqlite:///{file}")
    with state.engine.connect() as first, state.engine.connect() as second:
        first.execute(text("CREATE TABLE example (number INTEGER)"))
        first.commit()
        second.execute(text("INSERT INTO example VALUES (1)"))
        second.commit()
        program = OPENS_AND_CLOSES.format(file=str(file))
        subprocess.run([sys.executable, "-c", program], check=True)
        assert file.with_name("state.db-wal").exists()
    state.close()
