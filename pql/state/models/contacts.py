"""People: contacts, the ids they go by, and the accounts they belong to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, JsonDocument, RowNumber, WorkspaceKey


class Contact(Base):
    """A person, known (`user_id`) or still anonymous.

    `account_id` is the account of the person's last `group` call.
    A contact that turned out to be another one stays as it was, with `merged_into_id`: the contact
    it is now, however many merges are between the two. `ContactMerge` has each of those.
    `is_identified`: a call said who this is. Until then its user id may be that of a visitor, which
    a server sends where others send an anonymous id.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_workspace_user", "workspace_id", "user_id"),
        Index("ix_contact_workspace_address", "workspace_id", "address"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    user_id: Mapped[str | None] = mapped_column(String(512))
    is_identified: Mapped[bool] = mapped_column(default=False, server_default=false())
    email: Mapped[str | None] = mapped_column(String(320))
    address: Mapped[str | None] = mapped_column(String(320))
    """The e-mail address in small letters, by which one is found to be another's, too."""
    name: Mapped[str | None] = mapped_column(Text)
    traits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    trait_times: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """When each trait was said, or taken away, ISO 8601: what is said late undoes nothing newer."""
    account_id: Mapped[int | None] = mapped_column(
        RowNumber, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    merged_into_id: Mapped[int | None] = mapped_column(
        RowNumber, ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    grouped_at: Mapped[datetime | None]
    """When that `group` call was made: one that arrives late does not undo a newer one."""
    places: Mapped[list[Any] | None] = mapped_column(JsonDocument)
    """Which account the person was said to be in, and when (see `usage_ingest.identity.places`)."""


class Identity(Base):
    """One id that a contact goes by. `kind` is `user` or `anonymous`.

    `contact_id` stays that of the contact it was first noted for, so that a merge can be undone;
    who that is now, `Contact.merged_into_id` says.
    """

    __tablename__ = "identity"

    workspace_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("workspace.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(512), primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    linked_at: Mapped[datetime]


class ContactAccount(Base):
    """That a contact was seen in an account, and since when. One person can be in several.

    `inherited`: only contacts that were merged into this one were seen there.
    """

    __tablename__ = "contact_account"

    contact_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    first_seen_at: Mapped[datetime]
    inherited: Mapped[bool] = mapped_column(default=False, server_default=false())
