"""Which messages are stored already, by their receipts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.state.bulk import chunks
from pql.state.models import Receipt
from usage_ingest.receipts import STORED, digest_of


def received_ids(session: Session, workspace_id: int, message_ids: Collection[str]) -> set[str]:
    """Those of the ids that the workspace has stored. One in quarantine may come again."""
    by_digest = {digest_of(message_id): message_id for message_id in message_ids}
    found: set[str] = set()
    for digests in chunks(by_digest):
        stored = select(Receipt.digest).where(
            Receipt.workspace_id == workspace_id,
            Receipt.fate == STORED,
            Receipt.digest.in_(digests),
        )
        found |= {by_digest[bytes(digest)] for digest in session.scalars(stored)}
    return found
