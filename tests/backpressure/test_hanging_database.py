"""A database that says nothing at all: nobody waits for it for ever, and nothing is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pql.settings import Settings
from pql.state.migrate import migrate
from pql.state.patience import SECONDS_BEYOND, Patience
from pql.state.store import State
from routes.application import create_app
from routes.service import Service
from tests.backpressure.test_outages import Sender, assert_api_and_pages_ask_to_wait, stored_ids
from tests.fixtures.postgres import own_server
from tests.fixtures.postgres_cluster import PostgresServer
from tests.fixtures.web import make_member

TIMEOUT = 0.5
PATIENCE = Patience(statement=TIMEOUT, lock=TIMEOUT / 5)
AT_MOST = TIMEOUT + SECONDS_BEYOND + PATIENCE.connecting
"""Seconds for one request: a connection that was there, and then one that cannot be made."""
SLACK = 5.0


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of this file's own, to be stopped without harm to other tests."""
    with own_server() as server:
        yield server


@pytest.fixture
def impatient(server: PostgresServer) -> Iterator[State]:
    state = State(server.url("postgres"), PATIENCE)
    yield state
    state.close()


def test_intake_asks_to_try_again_and_loses_nothing(server: PostgresServer, tmp_path: Path) -> None:
    stores = (server.url("postgres"), f"duckdb:///{tmp_path / 'events.duckdb'}")
    app = create_app(Settings(*stores, secret_key="s", database_timeout=TIMEOUT))
    service: Service = app.extensions["pql"]
    migrate(service.state)
    sender = Sender(app.test_client(), make_member(service.state, "owner"))
    assert sender.send("before") == 200
    with server.hanging(), ThreadPoolExecutor(3) as threads:
        began = monotonic()
        assert list(threads.map(sender.send, ["one", "two", "three"])) == [503] * 3
        assert monotonic() - began < 2 * AT_MOST + SLACK
        assert_api_and_pages_ask_to_wait(sender)
    sender.send_refused_again()
    assert sender.send("after") == 200
    found = stored_ids(service.settings, service.state, sender.member.workspace_id)
    assert found == ["after", "before", "one", "three", "two"]
    service.state.close()


def test_no_statement_waits_longer_than_it_may(server: PostgresServer, impatient: State) -> None:
    with impatient.reading() as session:
        session.execute(text("SELECT 1"))
        began = monotonic()
        with server.hanging(), pytest.raises(OperationalError, match="timeout"):
            session.execute(text("SELECT 1"))
        assert monotonic() - began < TIMEOUT + SECONDS_BEYOND + SLACK
    with impatient.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_the_server_ends_what_takes_too_long(impatient: State) -> None:
    with impatient.reading() as session:
        with pytest.raises(OperationalError, match="statement timeout"):
            session.execute(text("SELECT pg_sleep(30)"))
        session.rollback()
        assert session.scalar(text("SELECT 1")) == 1


def test_nobody_queues_for_a_lock_for_long(impatient: State) -> None:
    with impatient.writing() as session:
        session.execute(text("CREATE TABLE held (number integer)"))
    with impatient.writing() as holder:
        holder.execute(text("LOCK TABLE held"))
        with impatient.reading() as session, pytest.raises(OperationalError, match="lock timeout"):
            session.execute(text("SELECT * FROM held"))
