"""Accounts of the workspace's product and the facts their life cycle was worked out from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import AccountKey, Base, Identifier, WorkspaceKey


class Account(Base):
    """A company, team or workspace of the customer. `key` is the id the product gave it.

    Life-cycle columns are derived from the account's facts; `lifecycle` tells for each how it was
    known (`{"status": {"known_from": "trait", "detail": ..., "at": ...}}`). `motion`, `usage_score`
    and `pql` are copies of the leading standing, so that the list can filter, sort and page on an
    index. `is_person`: it is one person's own, because the workspace wants that.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        Index("ix_account_workspace_motion", "workspace_id", "motion", "usage_score"),
        Index("ix_account_workspace_status", "workspace_id", "status"),
        Index("ix_account_next_evaluation", "next_evaluation_at"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    key: Mapped[str] = mapped_column(String(512))
    name: Mapped[str | None] = mapped_column(Text)
    is_person: Mapped[bool] = mapped_column(default=False, server_default=false())
    traits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    trait_times: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """When each trait was said, ISO 8601: what is said late undoes nothing newer."""
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    status: Mapped[str] = mapped_column(String(10), default="unknown")
    plan: Mapped[str | None] = mapped_column(String(200))
    trial_started_at: Mapped[datetime | None]
    trial_ends_at: Mapped[datetime | None]
    converted_at: Mapped[datetime | None]
    churned_at: Mapped[datetime | None]
    lifecycle: Mapped[dict[str, Any]] = mapped_column(default=dict)

    pql: Mapped[str | None] = mapped_column(String(10))
    usage_score: Mapped[int | None]
    motion: Mapped[str | None] = mapped_column(String(12))
    evaluated_at: Mapped[datetime | None]
    next_evaluation_at: Mapped[datetime | None]
    """When time alone may change the standing: the trial's next day begins, a window closes."""


class AccountFact(Base):
    """Something learnt about an account's life cycle. Replay reads it.

    It is only added to, but for what turns out never to have been so: what the provider's events
    told and, with an earlier one that came later, follows no more (`settling.withdraw_facts`), what
    events told of an account that went to another (`usage_ingest.loading.reconsidering`), and what
    is one too many (`settling.KEPT_AT_EACH_END`).
    """

    __tablename__ = "account_fact"
    __table_args__ = (
        UniqueConstraint("account_id", "field", "value", "effective_at", "known_from"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    account_id: Mapped[AccountKey] = mapped_column(index=False)
    field: Mapped[str] = mapped_column(String(20))
    """`status`, `plan`, `trial_started_at`, `trial_ends_at`; and what Stripe tells besides."""
    value: Mapped[str] = mapped_column(String(200))
    effective_at: Mapped[datetime]
    known_from: Mapped[str] = mapped_column(String(10))
    """`trait`, `event`, `import` or `stripe`."""
    detail: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
