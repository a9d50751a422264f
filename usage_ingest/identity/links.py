"""What events say about which ids are one person's, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.holdings import Moved
from usage_ingest.identity.placeholders import is_placeholder
from usage_ingest.identity.records import AccountRecord, ContactRecord, address_of
from usage_ingest.traits import SET, SET_ONCE

TWO_KNOWN_USERS = "two_known_users"
"""A link that waits for a decision: it would make one of two that both have a user id."""
KEPT_APART = "kept_apart"
"""A link that was refused: somebody decided that the two are not one person."""

LINK = "link"
"""Who made a merge that an event asked for."""
IDENTIFY, ALIAS, DEVICE, EMAIL, REVIEW = "identify", "alias", "device", "email", "review"
"""Why there is a merge: what the event was, what it told, or that somebody approved it."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Stored events of `origin` become `contact`'s; those without an account get `account`."""

    origin: ContactRecord
    contact: ContactRecord
    account: AccountRecord | None


@dataclass(frozen=True, slots=True)
class Move:
    """Stored events of `contact` that are in `before` though they do not say so go to `after`:
    those that happened between two times, both excluded.
    """

    contact: ContactRecord
    since: datetime | None
    until: datetime | None
    before: AccountRecord
    after: AccountRecord | None


@dataclass(frozen=True, slots=True)
class Merge:
    """`origin` became `target`, which got by it what `moved` says."""

    origin: ContactRecord
    target: ContactRecord
    moved: Moved
    why: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An event says that two contacts are one, which nobody but a person may decide."""

    origin: ContactRecord
    target: ContactRecord
    event: CanonicalEvent


class Ids(NamedTuple):
    """The ids of an event that name somebody."""

    user: str | None
    anonymous: str | None
    previous: str | None

    @classmethod
    def of(cls, event: CanonicalEvent) -> Ids:
        return cls(*map(_real, (event.user_id, event.anonymous_id, event.previous_id)))

    def leave_out_any_of(self, event: CanonicalEvent) -> bool:
        return self != (event.user_id, event.anonymous_id, event.previous_id)


def address_said(event: CanonicalEvent) -> str | None:
    """The e-mail address that an event tells of who did it, as two of them are compared."""
    said = event.traits.get("email") if event.kind == IDENTIFY else None
    for operation, operands in event.person_changes:
        if operation in {SET, SET_ONCE}:
            said = operands.get("email") or said
    return address_of(said)


def _real(identifier: str | None) -> str | None:
    return None if identifier is None or is_placeholder(identifier) else identifier
