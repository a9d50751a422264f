"""The databases that the other tests are given: empty, their own, and gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from pql.state.store import State
from pql.workspaces import create_workspace
from tests.fixtures.migrated import copy_of, empty
from tests.fixtures.postgres_cluster import PostgresServer
from tests.fixtures.web import CREATED_AT

HOLD_A_CLUSTER = """
from tests.fixtures.postgres_cluster import find_programs, running_cluster
with running_cluster(find_programs()) as server:
    print(server.folder, flush=True)
    input()
"""


@pytest.mark.parametrize("test", ["one", "another"])
def test_what_is_committed_can_be_read_and_no_other_test_sees_it(
    database_url: str, test: str
) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE account (name VARCHAR(40))"))
        connection.execute(text("INSERT INTO account VALUES (:name)"), {"name": test})
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT name FROM account")).all() == [test]
    engine.dispose()


def test_what_one_test_leaves_to_the_next_is_as_new(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    name = copy_of(postgres_server, postgres_template)
    for _ in range(2):
        state = State(postgres_server.url(name))
        with state.writing() as session:
            assert create_workspace(session, "owner", CREATED_AT).id == 1  # there is no other one
        with state.engine.connect() as forgotten:
            forgotten.execute(text("SELECT FROM workspace FOR UPDATE"))
            assert empty(postgres_server, name, postgres_template)
            forgotten.invalidate()
        state.close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE account RENAME TO gone",
        "ALTER TABLE account RENAME COLUMN key TO lock",
        "ALTER TABLE account ADD CONSTRAINT no_poison CHECK (key <> 'poison')",
        "CREATE TABLE another (number integer)",
        "UPDATE alembic_version SET version_num = 'earlier'",
    ],
)
def test_what_changed_more_than_rows_is_left_to_nobody(
    postgres_server: PostgresServer, postgres_template: str, change: str
) -> None:
    name = copy_of(postgres_server, postgres_template)
    with psycopg.connect(postgres_server.conninfo(name)) as connection:
        connection.execute(change.encode())
    assert not empty(postgres_server, name, postgres_template)


def test_postgresql_keeps_what_it_has_acknowledged(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW fsync")) == "on"
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    engine.dispose()


def test_a_killed_test_run_leaves_no_cluster_behind(postgres_server: PostgresServer) -> None:
    assert postgres_server.folder.is_dir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_CLUSTER],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        assert (folder / "data" / "postmaster.pid").exists()
        os.kill(holder.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not folder.exists()
