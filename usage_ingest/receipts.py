"""Receipts: what became of each message, and with that whether one is a repetition.

A receipt is written in the transaction that decides the message's fate. It is kept for the
deduplication window; imports, which may be repeated any time, keep theirs for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from pql.accounts.facts import FROM_IMPORT
from pql.state.bulk import Insert, chunks, insert_into, table_of
from pql.state.models import Receipt
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.translation import Translated

STORED = "stored"
DUPLICATE = "duplicate"
QUARANTINED = "quarantined"

RECEIPTS = table_of(Receipt)
FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A message and its fate."""

    translated: Translated
    fate: str


def digest_of(message_id: str) -> bytes:
    """The 16 bytes under which a message's receipt is found."""
    return blake2b(message_id.encode(), digest_size=16).digest()


def judge(
    session: Session,
    workspace_id: int,
    messages: Sequence[Translated],
    deduplication: timedelta,
    now: datetime,
) -> list[Judged]:
    """Decide the fate of a workspace's messages, in order, and write their receipts.

    The first message of an id counts. One that was quarantined may come again: mended, it is
    stored; as bad as before, it is a duplicate.
    """
    digests = [_digest(message.result) for message in messages]
    fates = _known_fates(session, workspace_id, {digest for digest in digests if digest}, now)
    judged, written = [], {}
    for message, digest in zip(messages, digests, strict=True):
        fate = _fate(message.result, fates.get(digest) if digest else None)
        judged.append(Judged(message, fate))
        if digest and fate != DUPLICATE:
            fates[digest] = fate
            written[digest] = (fate, _expiry(message.result, deduplication, now))
    _write(session, workspace_id, written)
    return judged


def forget_expired(session: Session, now: datetime) -> int:
    """Delete receipts whose window is over, `FORGOTTEN_AT_ONCE` at most; returns how many."""
    expired = RECEIPTS.c.expires_at <= now
    some = session.scalars(select(RECEIPTS.c.digest).where(expired).limit(FORGOTTEN_AT_ONCE)).all()
    for digests in chunks(some):
        session.execute(delete(RECEIPTS).where(expired, RECEIPTS.c.digest.in_(digests)))
    return len(some)


def _digest(result: CanonicalEvent | Rejected) -> bytes | None:
    return digest_of(result.message_id) if result.message_id else None


def _fate(result: CanonicalEvent | Rejected, known: str | None) -> str:
    if isinstance(result, Rejected):
        return QUARANTINED if known is None else DUPLICATE
    return DUPLICATE if known == STORED else STORED


def _expiry(
    result: CanonicalEvent | Rejected, deduplication: timedelta, now: datetime
) -> datetime | None:
    is_import = isinstance(result, CanonicalEvent) and result.known_from == FROM_IMPORT
    return None if is_import else now + deduplication


def _known_fates(
    session: Session, workspace_id: int, digests: set[bytes], now: datetime
) -> dict[bytes, str]:
    alive = or_(RECEIPTS.c.expires_at.is_(None), RECEIPTS.c.expires_at > now)
    mine = select(RECEIPTS.c.digest, RECEIPTS.c.fate).where(
        RECEIPTS.c.workspace_id == workspace_id, alive
    )
    return {
        bytes(digest): fate
        for some in chunks(digests)
        for digest, fate in session.execute(mine.where(RECEIPTS.c.digest.in_(some)))
    }


def _write(
    session: Session, workspace_id: int, fates: Mapping[bytes, tuple[str, datetime | None]]
) -> None:
    if not fates:
        return
    statement = insert_into(session, Receipt)
    statement = statement.on_conflict_do_update(
        index_elements=["workspace_id", "digest"],
        set_={"fate": statement.excluded.fate, "expires_at": statement.excluded.expires_at},
    )
    _execute(session, statement, workspace_id, fates)


def _execute(
    session: Session,
    statement: Insert,
    workspace_id: int,
    fates: Mapping[bytes, tuple[str, datetime | None]],
) -> None:
    """Insert a row for each message of a load, each value as the driver takes it.

    SQLAlchemy would convert every value of every row, which costs more than the insert itself; the
    rows of a load share one or two times.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect)
    expiry = RECEIPTS.c.expires_at.type.dialect_impl(connection.dialect)
    as_stored = cache(expiry.bind_processor(connection.dialect) or (lambda value: value))
    rows: list[Any] = [
        (workspace_id, digest, fate, as_stored(expires_at))
        for digest, (fate, expires_at) in sorted(fates.items())
    ]
    if not compiled.positional:
        rows = [dict(zip(RECEIPTS.columns.keys(), row, strict=True)) for row in rows]
    connection.exec_driver_sql(str(compiled), rows)
