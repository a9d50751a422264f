"""Keys: who may write, read or change a workspace.

A key is a readable prefix and 32 random bytes. Its SHA-256 is kept: with 256 random bits nothing is
gained by a slow hash, and a slow one would cost more than the event it lets in.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pql.state.models import ApiKey, BrowserSession

WRITE = "write"
READ = "read"
ADMIN = "admin"

SCOPES: dict[str, frozenset[str]] = {
    WRITE: frozenset({WRITE}),
    READ: frozenset({READ}),
    ADMIN: frozenset({READ, ADMIN, WRITE}),
}
"""What a key of each scope may do. A write key ships inside programs, so it can do nothing else."""

RANDOM_BYTES = 32
NAME_LENGTH = 100
ACCOUNT_GROUP_TYPE = "account_group_type"
"""A source's setting: which of the group types that its SDK sends is the account."""
COMPANY = "company"
"""The group type that is the account where the source does not say otherwise."""
_HINT_CHARACTERS = 4
_KEY = re.compile(f"pql_({'|'.join(SCOPES)})_[A-Za-z0-9_-]{{43}}")
"""What `create_key` makes: 32 random bytes are 43 characters of URL-safe base64."""


class ScopeUnknown(ValueError):
    """The scope is none of `SCOPES`."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"scope {scope!r} is unknown; allowed: {', '.join(SCOPES)}")


class KeyNameInvalid(ValueError):
    """A key needs a name, so that a list can tell it from the others."""

    def __init__(self, name: str) -> None:
        super().__init__(f"key name {name!r} must have 1 to {NAME_LENGTH} characters")


class KeyUnknown(LookupError):
    """The workspace has no such key."""

    def __init__(self, key_id: int) -> None:
        super().__init__(f"the workspace has no key with id {key_id}")


def create_key(
    session: Session,
    workspace_id: int,
    name: str,
    scope: str,
    now: datetime,
    *,
    account_group_type: str = COMPANY,
) -> tuple[ApiKey, str]:
    """Make a key. The second value is the key itself, which nobody can show again.

    `account_group_type`: which group type is the account in events that are sent with the key.

    Raises:
        ScopeUnknown: `scope` is not write, read or admin.
        KeyNameInvalid: `name` is empty or too long.
    """
    if scope not in SCOPES:
        raise ScopeUnknown(scope)
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        raise KeyNameInvalid(name)
    plain_text = f"pql_{scope}_{secrets.token_urlsafe(RANDOM_BYTES)}"
    key = ApiKey(
        workspace_id=workspace_id,
        name=name.strip(),
        scope=scope,
        hint=f"pql_{scope}_...{plain_text[-_HINT_CHARACTERS:]}",
        digest=digest_of(plain_text),
        created_at=now,
        settings={} if account_group_type == COMPANY else {ACCOUNT_GROUP_TYPE: account_group_type},
    )
    session.add(key)
    session.flush()
    return key, plain_text


def is_key(plain_text: str) -> bool:
    """Whether the text looks like a key: no database need be asked for another."""
    return _KEY.fullmatch(plain_text) is not None


def find_key(session: Session, plain_text: str) -> ApiKey | None:
    """The key that `plain_text` is, `None` where it is unknown or revoked."""
    of_digest = select(ApiKey).where(ApiKey.digest == digest_of(plain_text))
    return session.scalar(of_digest.where(ApiKey.revoked_at.is_(None)))


def digests_after(session: Session, key_id: int) -> Sequence[tuple[int, str]]:
    """Id and digest of every key in force whose id is higher.

    Who has them all knows of a text that it is no key without asking for each.
    """
    later = select(ApiKey.id, ApiKey.digest).where(ApiKey.id > key_id, ApiKey.revoked_at.is_(None))
    return [(row[0], row[1]) for row in session.execute(later)]


def account_group_types(session: Session, key_ids: Collection[int]) -> dict[int, str]:
    """Which group type is the account, for each of these sources."""
    chosen = select(ApiKey.id, ApiKey.settings).where(ApiKey.id.in_(key_ids))
    return {
        key_id: settings.get(ACCOUNT_GROUP_TYPE, COMPANY)
        for key_id, settings in session.execute(chosen)
    }


def list_keys(session: Session, workspace_id: int) -> Sequence[ApiKey]:
    """Every key of the workspace, revoked ones too, oldest first. `hint` is what may be shown."""
    return session.scalars(
        select(ApiKey).where(ApiKey.workspace_id == workspace_id).order_by(ApiKey.id)
    ).all()


def revoke_key(session: Session, workspace_id: int, key_id: int, now: datetime) -> ApiKey:
    """Close a key for good, and every session opened with it. Revoking again keeps the first time.

    Raises:
        KeyUnknown: the workspace has no key with this id.
    """
    key = session.scalar(
        select(ApiKey).where(ApiKey.id == key_id, ApiKey.workspace_id == workspace_id)
    )
    if key is None:
        raise KeyUnknown(key_id)
    key.revoked_at = key.revoked_at or now
    session.execute(delete(BrowserSession).where(BrowserSession.key_id == key_id))
    return key


def may(key: ApiKey, scope: str) -> bool:
    """Whether the key may do what `scope` names."""
    return scope in SCOPES[key.scope]


def digest_of(plain_text: str) -> str:
    """The SHA-256 of a key, in hexadecimal. Any text has one, lone surrogates too."""
    return hashlib.sha256(plain_text.encode("utf-8", "surrogatepass")).hexdigest()
