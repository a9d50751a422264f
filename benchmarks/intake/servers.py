"""Servers to send to, each in processes of its own, and PostgreSQL as one would run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from benchmarks.peer import model
from benchmarks.service import PATIENCE, PQL, Service, ServiceFailed, eventually, free_port
from routes.serving import KEEP_ALIVE
from tests.fixtures.postgres_cluster import PostgresServer, find_programs, running_cluster

PROGRAMS = Path(sys.executable).parent
WEB_THREADS = 16
WORKSPACE = "speed"
NO_LIMIT = 10**15
"""Nobody loads what the journal takes in meanwhile."""
PEER_KEY = "a-key-of-the-peer"

CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 4GB
max_connections = 100
log_min_messages = warning
"""
"""Durable, and not so small that it measures checkpoints."""


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """An empty cluster until the block ends."""
    programs = find_programs()
    if programs is None:
        raise ServiceFailed("PostgreSQL is not installed: run .ci/system-packages")
    with running_cluster(programs, CONFIGURATION) as cluster:
        yield cluster


def create_database(cluster: PostgresServer, name: str) -> str:
    """The address of a new, empty database."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return cluster.url(name)


def prepare(folder: Path, **settings: str) -> tuple[Service, str]:
    """Our stores in a folder, migrated and with a workspace; and a write key for it.

    The service is not started. `settings` are environment variables.
    """
    stores = {
        "DATABASE_URL": f"sqlite:///{folder / 'state.db'}",
        "EVENTS_URL": f"duckdb:///{folder / 'events.duckdb'}",
        "JOURNAL_LIMIT_EVENTS": str(NO_LIMIT),
        "JOURNAL_LIMIT_BYTES": str(NO_LIMIT),
    }
    service = Service(folder, {**os.environ, **stores, **settings}, free_port())
    if "postgresql" in service.environment["DATABASE_URL"]:
        service.run("migrate")
    service.run("workspace", "create", WORKSPACE)
    return service, service.create_key(WORKSPACE, "write")


@contextmanager
def running_web(service: Service) -> Iterator[int]:
    """Our web process alone, without the worker: its port."""
    command = [str(PQL), "web", "--port", str(service.port)]
    with _running(command, service.environment, service.port, service.folder / "web.log"):
        yield service.port


@contextmanager
def running_empty(folder: Path) -> Iterator[int]:
    """The empty view behind the same server with the same number of threads: its port."""
    port = free_port()
    command = _program(
        "granian",
        {
            "interface": "wsgi",
            "http": "1",
            "workers": 1,
            "blocking-threads": WEB_THREADS,
            "log-level": "error",
            "port": port,
        },
    )
    with _running(
        [*command, "benchmarks.intake.empty:application"], {}, port, folder / "empty.log"
    ):
        yield port


@contextmanager
def running_peer(
    folder: Path, database_url: str, worker_class: str, workers: int, threads: int
) -> Iterator[int]:
    """The peer with its table made: its port."""
    engine = create_engine(database_url)
    model.Base.metadata.create_all(engine)
    engine.dispose()
    environment = {"PEER_DATABASE_URL": database_url, "PEER_KEY": PEER_KEY}
    port = free_port()
    command = _program(
        "gunicorn",
        {
            "worker-class": worker_class,
            "workers": workers,
            "threads": threads,
            "keep-alive": KEEP_ALIVE,
            "log-level": "warning",
            "bind": f"127.0.0.1:{port}",
        },
    )
    command += ["--no-control-socket", "benchmarks.peer.application:from_environment()"]
    with _running(command, environment, port, folder / "peer.log"):
        yield port


def _program(name: str, options: Mapping[str, str | int]) -> list[str]:
    words = [str(word) for option, value in options.items() for word in (f"--{option}", value)]
    return [str(PROGRAMS / name), *words]


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], port: int, log: Path
) -> Iterator[None]:
    with log.open("w") as written:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )
    try:
        eventually(
            f"{command[0]} answers or ended",
            lambda: process.poll() is not None or _answers(port),
        )
        if process.poll() is not None:
            raise ServiceFailed(log.read_text()[-4_000:])
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    with suppress(OSError, HTTPException):
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        connection.close()
        return True
    return False
