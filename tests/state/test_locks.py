"""The locks by which SQLite's connections know of those in other processes."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from pql.state.store import State

SHARED_FIRST, SHARED_SIZE = 0x40000000 + 2, 510
"""Where SQLite's shared lock is: https://sqlite.org/lockingv3.html."""
TAKES_ALL = """
import fcntl
with open({file!r}, "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, {size}, {first})
"""


def test_a_new_connection_takes_no_lock_from_the_others_of_its_process(tmp_path: Path) -> None:
    """Without its lock, another process that ends takes itself for the last one: it deletes what
    was written ahead, which this one goes on with.
    """
    file = tmp_path / "state.db"
    state = State(f"sqlite:///{file}")
    with state.engine.connect() as first:
        first.execute(text("CREATE TABLE example (number INTEGER)"))
        first.commit()
        state.engine.connect().close()
        program = TAKES_ALL.format(file=str(file), first=SHARED_FIRST, size=SHARED_SIZE)
        other = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
        assert b"BlockingIOError" in other.stderr
    state.close()
