"""What a dialect is: one file that reads requests as one family of SDKs writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

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
    `is_history`: it brings the past, as imports do, and its events may be of any age.
    """

    events: Sequence[msgspec.Raw]
    key: str | None = None
    sent_at: object = None
    path: str = ""
    is_history: bool = False


class Circumstances(msgspec.Struct, frozen=True):
    """What a translator knows of an event besides its bytes.

    `path` and `position` are where it is in the request, `sent_at` is the request's time by the
    sender's clock as it was written, `entry_id` is the journal entry's number.
    `account_group_type` is the source's setting: which of several kinds of groups is the account.
    """

    call: str
    received_at: datetime
    sent_at: object
    path: str
    position: int
    entry_id: int
    account_group_type: str = COMPANY

    @property
    def place(self) -> str:
        """How a message names the event: `batch[3]`, or nothing where there is only one."""
        return f"{self.path}[{self.position}]" if self.path else ""

    @property
    def fallback_id(self) -> str:
        """Identifies the event where the sender gave no message id.

        It is the same each time the journal entry is read.
        """
        return f"journal-{self.entry_id}-{self.position}"


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


@runtime_checkable
class BodyDialect(Dialect, Protocol):
    """A dialect that can also read a whole body in one go, which is quicker."""

    def translate_body(self, body: bytes, first: Circumstances) -> list[CanonicalEvent] | None:
        """Every event of a body, where each is good; `first` are the circumstances of the first.

        None where any needs a closer look, one by one. The body has no NUL character.
        """
        ...


@runtime_checkable
class WrappedDialect(Dialect, Protocol):
    """A dialect whose bodies are not always JSON."""

    def unwrap(self, body: bytes) -> bytes:
        """The JSON in a body. What is JSON already stays as it is.

        Raises:
            UnreadableBody: there is none.
        """
        ...
