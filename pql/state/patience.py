"""How long a process waits for PostgreSQL before it says that it does not answer.

A server that was killed refuses a connection at once. One that hangs (a stopped machine, a disk
that does not come back) says nothing at all, and its own timeouts hang with it; so the client
watches the time as well.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import ceil
from typing import Any

import psycopg
from psycopg.abc import RV
from sqlalchemy import Engine, event

SECONDS_TO_CONNECT = 2, 5
"""At least, as the driver has it, and at most; between them as long as a statement may take."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds, and how many probes: a peer that is gone for good is noticed after 25 seconds."""
SECONDS_BEYOND = 1.0
"""The server gives up first, where it can, and says what it was at."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that one statement may take, and that it may wait for the locks of others."""

    statement: float
    lock: float

    @property
    def connecting(self) -> int:
        """Seconds that it may take to connect."""
        least, most = SECONDS_TO_CONNECT
        return min(most, max(least, ceil(self.statement)))


WORK = Patience(statement=600, lock=60)
"""Of the worker and of commands: what they ask for may take minutes, not hours."""
MIGRATION = Patience(statement=6 * 3600, lock=60)
"""A migration rewrites tables. It must not make others queue behind it for its own lock."""


class WatchedConnection(psycopg.Connection[Any]):
    """A connection whose statements fail, with an OperationalError, when no answer comes."""

    seconds: float | None = None

    def wait(
        self,
        gen: Generator[Any, Any, RV],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> RV:
        """Wait for the server, but no longer than `seconds`. The connection is no good after."""
        try:
            return super().wait(gen, interval, self.seconds if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()  # an answer that comes later would be taken for another's
            raise


def limit_patience(engine: Engine, patience: Patience) -> None:
    """Have every connection of the engine give up in time."""

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]
    ) -> WatchedConnection:
        limits = {"connect_timeout": patience.connecting, **KEEPALIVE}
        connection = WatchedConnection.connect(*arguments, **{**limits, **named})
        connection.seconds = patience.statement + SECONDS_BEYOND
        connection.execute(
            "SELECT set_config('statement_timeout', %s, false),"
            " set_config('lock_timeout', %s, false)",
            (_milliseconds(patience.statement), _milliseconds(patience.lock)),
        )
        connection.commit()
        return connection


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
