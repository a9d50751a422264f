"""What a contact gets from one that is merged into it, and how it is given back. Pure.

Merges are undone in any order. So what came by a merge is kept beside it, and undoing one takes off
everything that came by merges, the latest first, and puts all but the undone one back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from usage_ingest.identity.places import together
from usage_ingest.identity.records import AccountRecord, ContactRecord


@dataclass(frozen=True, slots=True)
class Place:
    """The account that a contact belongs to, and the time of the `group` call that said so. An
    account of a single person is nobody else's.

    No time: nobody said so, the account was made of the e-mail address, or is the person's own.
    """

    account: AccountRecord | None
    grouped_at: datetime | None

    def gives_way_to(self, other: Place) -> bool:
        """Whether the contact belongs to the other one, where both are said."""
        if other.account is None or other.account.is_person:
            return False
        if self.account is None or self.account.is_person:
            return True
        if other.grouped_at is None or self.grouped_at is None:
            return other.grouped_at is not None
        return other.grouped_at >= self.grouped_at


@dataclass(frozen=True, slots=True)
class Moved:
    """What a contact got by a merge: traits it had none of, and its place, instead of another."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    place_before: Place | None = None


@dataclass(frozen=True, slots=True)
class Inheritance:
    """A contact that was merged into another, and what that one got by it."""

    origin: ContactRecord
    moved: Moved


def place_of(contact: ContactRecord) -> Place:
    """Where a contact belongs."""
    return Place(contact.account, contact.grouped_at)


def hand_over(origin: ContactRecord, target: ContactRecord) -> Moved:
    """Give the target what only the origin knew. The later of two `group` calls holds."""
    gained = {
        name: value
        for name, value in origin.traits.items()
        if value is not None
        and name not in target.traits
        and not target.has_none_since(name, origin)
    }
    target.inherit(gained, origin)
    before, offered = place_of(target), place_of(origin)
    target.places = together(target.places, origin.places)
    if not before.gives_way_to(offered):
        return Moved(gained)
    target.account, target.grouped_at = offered.account, offered.grouped_at
    return Moved(gained, offered, before)


def give_back(
    target: ContactRecord, inherited: Sequence[Inheritance], undone: ContactRecord | None
) -> list[Inheritance]:
    """Take from the target what it got from `undone`; what it then has from each of the others.

    `inherited` are the merges into the target that hold, in their order. With no `undone` one, what
    the target has is worked out anew: one that was merged into it gave something back itself.
    """
    for each in reversed(inherited):
        _take_off(target, each.moved)
    return [
        Inheritance(each.origin, hand_over(each.origin, target))
        for each in inherited
        if each.origin is not undone
    ]


def _take_off(target: ContactRecord, moved: Moved) -> None:
    """What was said otherwise since stays."""
    target.forget(
        name
        for name, value in moved.traits.items()
        if name in target.traits and target.traits[name] == value
    )
    if moved.place is not None and moved.place_before and place_of(target) == moved.place:
        target.account = moved.place_before.account
        target.grouped_at = moved.place_before.grouped_at
