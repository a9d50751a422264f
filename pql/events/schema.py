"""The tables of the event store as SQLAlchemy Core, from which every metric query is built."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Column, DateTime, MetaData, String, Table

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("workspace_id", BigInteger, nullable=False),
    Column("account_id", BigInteger),
    Column("contact_id", BigInteger),
    Column("original_contact_id", BigInteger),  # who had the id that it came with; never changes
    Column("names_account", Boolean, nullable=False),  # it says itself which account; see below
    Column("source_id", BigInteger),
    Column("kind", String, nullable=False),  # track, page, screen, identify, group, alias
    Column("name", String, nullable=False),  # the event's name; for the other kinds, the kind
    Column("occurred_at", DateTime, nullable=False),  # UTC, skew corrected
    Column("received_at", DateTime, nullable=False),  # UTC
    Column("clamped_from", DateTime),  # what the clock said where it said the future
    Column("message_id", String, nullable=False),
    Column("message_digest", BigInteger, nullable=False),  # see digests.py
    Column("properties", String, nullable=False),  # a JSON object
    Column("filtered", Boolean, nullable=False),  # stored, but in no metric: internal people, tests
    Column("is_copy", Boolean, nullable=False),  # the row of one event for a further account
    Column("batch_id", BigInteger, nullable=False),
)

"""Contacts are merged, and merges undone: `contact_id` is whose event it is now.

The account of an event that does not say it is that of its contact, and may change with it.
"""

loaded_batches = Table("loaded_batches", metadata, Column("batch_id", BigInteger, nullable=False))

store_identity = Table("store_identity", metadata, Column("identity", String, nullable=False))
"""One row, written when the file is made: the state remembers it, and so knows its event store."""

ACTIVITY_KINDS = ("track", "page", "screen")
"""What counts as something a person did; `event: any` in a metric means these."""

ARROW_SCHEMA = pa.schema(
    [
        pa.field("workspace_id", pa.int64(), nullable=False),
        pa.field("account_id", pa.int64()),
        pa.field("contact_id", pa.int64()),
        pa.field("original_contact_id", pa.int64()),
        pa.field("names_account", pa.bool_(), nullable=False),
        pa.field("source_id", pa.int64()),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("occurred_at", pa.timestamp("us"), nullable=False),
        pa.field("received_at", pa.timestamp("us"), nullable=False),
        pa.field("clamped_from", pa.timestamp("us")),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("properties", pa.string(), nullable=False),
        pa.field("filtered", pa.bool_(), nullable=False),
        pa.field("is_copy", pa.bool_(), nullable=False),
    ]
)
"""Events as they are handed over. The store adds the other columns: the digest and the batch."""

DIGESTED_SCHEMA = ARROW_SCHEMA.append(pa.field("message_digest", pa.int64(), nullable=False))
"""The same with their digests, where these are known already."""

ATTRIBUTION_SCHEMA = pa.schema(
    [
        pa.field("workspace_id", pa.int64(), nullable=False),
        pa.field("from_contact_id", pa.int64(), nullable=False),
        pa.field("to_contact_id", pa.int64(), nullable=False),
        pa.field("account_id", pa.int64()),
    ]
)
"""Events stored for one contact that turn out to be another's, or that now have an account."""

RESTORATION_SCHEMA = pa.schema(
    [
        pa.field("workspace_id", pa.int64(), nullable=False),
        pa.field("original_contact_id", pa.int64(), nullable=False),
        pa.field("contact_id", pa.int64(), nullable=False),
        pa.field("from_account_id", pa.int64()),
        pa.field("to_account_id", pa.int64()),
    ]
)
"""Events given back when a merge is undone, by the contact they came for.

They become those of `contact_id`. Those of them that are in `from_account_id` only because their
contact was get `to_account_id`, or none where that is NULL; a row for each account that was lost.
"""

MOVE_SCHEMA = pa.schema(
    [
        pa.field("workspace_id", pa.int64(), nullable=False),
        pa.field("contact_id", pa.int64(), nullable=False),
        pa.field("since", pa.timestamp("us")),
        pa.field("until", pa.timestamp("us")),
        pa.field("from_account_id", pa.int64(), nullable=False),
        pa.field("to_account_id", pa.int64()),
    ]
)
"""Stored events that count for another account than was known: those of a contact, between two
times (both excluded; NULL: no beginning, no end), that are in an account which they do not name.
"""
