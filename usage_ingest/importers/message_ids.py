"""Message ids that come out the same whenever the same row is imported again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

import msgspec

from usage_ingest.canonical import CanonicalEvent


def content_digest(*content: object) -> bytes:
    """Sixteen bytes for what a row says; equal content gives equal bytes."""
    encoded = msgspec.json.encode(content, enc_hook=str, order="deterministic")
    return blake2b(encoded, digest_size=16).digest()


def event_digest(event: CanonicalEvent) -> bytes:
    """The digest of what an event says. The moment counts unless it is only that of the import."""
    return content_digest(
        event.kind,
        event.name,
        event.user_id,
        event.account_key,
        None if event.occurred_at == event.received_at else event.occurred_at,
        event.properties,
        event.traits,
        event.lifecycle,
    )


def message_id(digest: bytes, ordinal: int) -> str:
    """The id of the row with this content, the `ordinal`-th (from 0) of its equals in the file."""
    return f"import:{digest.hex()}:{ordinal}"


class Occurrences:
    """Counts how often each digest came, on disk: a file of any length takes little memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def count(self, digest: bytes) -> int:
        """How often the digest came before."""
        counted = self._connection.execute(
            "INSERT INTO seen VALUES (?, 0) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
            (digest,),
        )
        return int(counted.fetchone()[0])


@contextmanager
def counting_occurrences() -> Iterator[Occurrences]:
    """Occurrences for one file; SQLite removes its temporary database at the end."""
    connection = sqlite3.connect("", isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        yield Occurrences(connection)
    finally:
        connection.close()
