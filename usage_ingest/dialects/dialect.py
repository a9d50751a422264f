"""What a dialect is: one file that reads requests as one family of SDKs writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from pql.access import COMPANY
from usage_ingest.canonical import CanonicalEvent, Rejected


class UnreadableBody(ValueError):
    """A whole request body that cannot be taken apart into events. The text says why."""


@dataclass(frozen=True, slots=True)
class RawEvents:
    """A request body taken apart, its events still as bytes of JSON.

    `key` is the key named in the body. `sent_at` is the request's time by the sender's clock, as it
    was written. `path` is how a message names the list, "" where the body is the one event.
    """

    events: Sequence[msgspec.Raw]
    key: str | None = None
    sent_at: object = None
    path: str = ""

    def place(self, position: int) -> str:
        """How a message names an event: `batch[3]`, or nothing where there is only one."""
        return f"{self.path}[{position}]" if self.path else ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a translator knows of an event besides its bytes.

    `fallback_id` identifies the event where the sender gave no message id: it is the same each time
    the journal entry is read. `account_group_type` is the source's setting: which of several kinds
    of groups is the account.
    """

    call: str
    received_at: datetime
    sent_at: object
    place: str
    fallback_id: str
    account_group_type: str = COMPANY


class Dialect(Protocol):
    """Takes requests apart and translates their events. Pure: same bytes, same events."""

    def take_apart(self, call: str, body: bytes) -> RawEvents:
        """The events of a body, not yet read.

        Raises:
            UnreadableBody: it is not JSON or has not the shape of the call.
        """
        ...

    def translate(self, raw: bytes, circumstances: Circumstances) -> CanonicalEvent | Rejected:
        """One event in our words, or why it cannot be used."""
        ...
