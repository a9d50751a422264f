"""Accounts and contacts as a load knows them, while it finds out who is who."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from usage_ingest.traits import MOST_TRAITS, TraitChange, changed, in_time, times

LONGEST_EMAIL = 320
MOST_TRAIT_TIMES = 2 * MOST_TRAITS
"""When traits were said last that an account has, or had until they were taken away."""
Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class AccountRecord:
    """An account as the load knows it. `id` is None until it is written for the first time."""

    key: str
    first_seen_at: datetime
    last_seen_at: datetime
    id: int | None = None
    name: str | None = None
    is_person: bool = False
    traits: dict[str, Any] = field(default_factory=dict)
    trait_times: dict[str, str] = field(default_factory=dict)
    status: str = "unknown"
    stored: tuple[object, ...] = ()
    """What `people.py` read of it: what is still so is not written again."""
    concerns_leads: bool = False
    """Whether this load changed what the scores of its people rest on: its traits, its status."""

    def see(self, at: datetime) -> None:
        if at > self.last_seen_at:
            self.last_seen_at = at
        elif at < self.first_seen_at:
            self.first_seen_at = at

    def change(self, changes: Iterable[TraitChange], at: datetime) -> None:
        """Make the changes, but those that were said later than what they would undo."""
        timely = in_time(changes, self.trait_times, at)
        before, self.traits = self.traits, changed(self.traits, timely)
        self.concerns_leads |= self.traits != before
        said = times(timely, at)
        room = MOST_TRAIT_TIMES - len(self.trait_times)
        new = [name for name in said if name not in self.trait_times]
        self.trait_times = {**self.trait_times, **without(said, new[max(0, room) :])}
        self.name = text(self.traits.get("name")) or self.name


class Said(NamedTuple):
    """That a person is in an account, and when a call said so. No time: no call did.

    `inherited`: it was said of a contact that was merged into this one.
    """

    at: datetime | None
    account: AccountRecord
    inherited: bool = False


@dataclass(slots=True, eq=False)
class ContactRecord:
    """A contact as the load knows it.

    `has_stored_events`: an earlier load knew it, or one that was merged into it. `stored_until`:
    later than that no event of it is stored. `places` are in the order of their times, those
    without a time first; `places_known`: an earlier release did not keep them.
    """

    first_seen_at: datetime
    last_seen_at: datetime
    id: int | None = None
    user_id: str | None = None
    is_identified: bool = False
    email: str | None = None
    name: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    account: AccountRecord | None = None
    grouped_at: datetime | None = None
    places: list[Said] = field(default_factory=list)
    places_known: bool = True
    merged_into: ContactRecord | None = None
    has_stored_events: bool = False
    stored_until: datetime | None = None
    stored: tuple[object, ...] = ()

    def current(self) -> ContactRecord:
        """The contact that this one turned out to be."""
        return self.merged_into.current() if self.merged_into else self

    def see(self, at: datetime) -> None:
        if at > self.last_seen_at:
            self.last_seen_at = at
        elif at < self.first_seen_at:
            self.first_seen_at = at

    def change(self, changes: Iterable[TraitChange]) -> None:
        self.traits = changed(self.traits, changes)
        email = text(self.traits.get("email"))
        self.email = email if email and len(email) <= LONGEST_EMAIL else self.email
        self.name = text(self.traits.get("name")) or self.name

    def forget(self, names: Iterable[str]) -> None:
        """Take traits out, with what was known from them."""
        gone = set(names)
        self.traits = without(self.traits, gone)
        self.email = None if "email" in gone else self.email
        self.name = None if "name" in gone else self.name


def without(named: Mapping[str, Value], names: Iterable[str]) -> dict[str, Value]:
    """All but what has one of these names."""
    gone = set(names)
    return {name: value for name, value in named.items() if name not in gone}


def address_of(email: object) -> str | None:
    """An e-mail address as two of them are compared; None for what is none."""
    if not isinstance(email, str) or "@" not in email or len(email) > LONGEST_EMAIL:
        return None
    return email.strip().lower()


def text(value: object) -> str | None:
    """The value where it is text that is not empty."""
    return value if isinstance(value, str) and value else None
