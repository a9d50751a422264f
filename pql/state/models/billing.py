"""What the payment provider told: its events as they came, and whose customer is which account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, RowNumber, WorkspaceKey


class BillingEvent(Base):
    """One event of the provider, kept once and for good.

    `content` is what is used of the object in it, as it was at `occurred_at`, the provider's time.
    """

    __tablename__ = "billing_event"
    __table_args__ = (
        UniqueConstraint("workspace_id", "event_id"),
        Index("ix_billing_event_customer", "workspace_id", "customer_id"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    event_id: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(100))
    customer_id: Mapped[str] = mapped_column(String(255))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class BillingCustomer(Base):
    """A customer of the provider, and the account that it is, once that is known.

    `linked_by` says how it is known. Without an account, `why` says what it waits for, and
    `candidates` are keys of accounts that somebody is to decide about. `refused` are keys that it
    is not. `hints` are what the events say of whose it is: metadata, references, e-mail addresses.
    `changed_at` is set where something came that was not taken up yet.
    """

    __tablename__ = "billing_customer"
    __table_args__ = (
        UniqueConstraint("workspace_id", "customer_id"),
        Index("ix_billing_customer_changed", "changed_at"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    customer_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int | None] = mapped_column(
        RowNumber, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    linked_by: Mapped[str] = mapped_column(String(300), default="")
    why: Mapped[str] = mapped_column(Text, default="")
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    refused: Mapped[list[Any]] = mapped_column(default=list)
    hints: Mapped[dict[str, Any]] = mapped_column(default=dict)
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
