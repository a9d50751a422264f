"""Accounts and contacts as a load knows them, while it finds out who is who."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from usage_ingest.traits import (
    EVERYTHING,
    GIVEN,
    MOST_TRAIT_TIMES,
    SET_ONCE,
    TraitChange,
    changed,
    changed_at,
    said_last,
)

LONGEST_EMAIL = 320
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

    def change(self, changes: Sequence[TraitChange], at: datetime) -> None:
        """Make the changes, but those that would undo what was said later."""
        before = self.traits
        self.traits, self.trait_times = changed_at(before, self.trait_times, changes, at)
        self.concerns_leads |= self.traits != before
        self.name = _known_from_traits("name", self.traits, before, self.name)


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
    trait_times: dict[str, str] = field(default_factory=dict)
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

    def change(self, changes: Sequence[TraitChange], at: datetime) -> None:
        """Make the changes, but those that would undo what was said later."""
        before = self.traits
        self.traits, self.trait_times = changed_at(before, self.trait_times, changes, at)
        self._know_from_traits(before)

    def has_none_since(self, name: str, other: ContactRecord) -> bool:
        """Whether a trait was taken away after the other one was said to have it."""
        taken_away_at = max(self.trait_times.get(each, "") for each in (name, EVERYTHING))
        return name not in self.traits and taken_away_at > said_last(other.trait_times, name)

    def inherit(self, traits: Mapping[str, Any], origin: ContactRecord) -> None:
        """Have traits that only the origin had, said when they were said of that."""
        before, self.traits = self.traits, changed(self.traits, [(SET_ONCE, dict(traits))])
        inherited = {
            each: at
            for each, at in origin.trait_times.items()
            if each.removeprefix(GIVEN) in traits
        }
        times = {**origin.trait_times, **self.trait_times, **inherited}
        is_full = len(times) > MOST_TRAIT_TIMES
        self.trait_times = self.trait_times if is_full else times
        self._know_from_traits(before)

    def forget(self, names: Iterable[str]) -> None:
        """Take traits out, with what was known from them."""
        gone = set(names)
        self.traits = without(self.traits, gone)
        self.trait_times = without(self.trait_times, gone | {f"{GIVEN}{name}" for name in gone})
        self.email = None if "email" in gone else self.email
        self.name = None if "name" in gone else self.name

    def _know_from_traits(self, before: Mapping[str, Any]) -> None:
        """The address and the name, of which the traits said something else `before`."""
        email = _known_from_traits("email", self.traits, before, self.email)
        self.email = self.email if email and len(email) > LONGEST_EMAIL else email
        self.name = _known_from_traits("name", self.traits, before, self.name)


def _known_from_traits(
    name: str, traits: Mapping[str, Any], before: Mapping[str, Any], known: str | None
) -> str | None:
    """The text of a trait; what was `known` before where it has none and was not taken away."""
    taken_away = name in before and name not in traits
    return text(traits.get(name)) or (None if taken_away else known)


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
