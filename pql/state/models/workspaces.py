"""Workspaces, the keys that open them, and who is signed in with one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, Identifier, RowNumber, WorkspaceKey


class Workspace(Base):
    """One SaaS product, with its own keys, definitions and people.

    `settings` are its own as far as they differ from the defaults (see `pql.workspace_settings`).
    """

    __tablename__ = "workspace"

    id: Mapped[Identifier]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    benchmarks_requested_at: Mapped[datetime | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class ApiKey(Base):
    """A key of a workspace. A key with scope `write` is a source of events.

    Only the SHA-256 digest of the key is kept; `hint` is what a list may show of it. `settings` are
    those of the source, as far as they differ from the defaults (see `pql.access`).
    """

    __tablename__ = "api_key"

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(String(10))
    hint: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BrowserSession(Base):
    """Somebody who is signed in on the pages. The row goes when the session ends.

    Only the SHA-256 digest of the token in the cookie is kept. `seen_at` is written once in a while
    only: see `pql.sessions`.
    """

    __tablename__ = "browser_session"

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    key_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("api_key.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
