"""Takes the ids that an event says are one person's as one person's, or asks somebody. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.identities import ANONYMOUS, USER, Identities
from usage_ingest.identity.links import (
    ALIAS,
    DEVICE,
    EMAIL,
    IDENTIFY,
    KEPT_APART,
    TWO_KNOWN_USERS,
    Asked,
    Ids,
    address_said,
)
from usage_ingest.identity.records import ContactRecord

Merge = Callable[[ContactRecord, ContactRecord, str, str | None], None]
"""Makes the first contact one with the second: why, and by which message."""


class Linking:
    """Links the ids of a load's events, one event after the other.

    Two contacts become one where at most one of them was identified: a user id that no call ever
    identified may be what a server sent for a visitor. Two that were identified are asked about.

    Args:
        kept_apart: pairs that somebody decided are not one person.
        of_addresses: contacts by the e-mail address that they are known to have.
    """

    def __init__(
        self,
        identities: Identities,
        merge: Merge,
        kept_apart: Iterable[tuple[ContactRecord, ContactRecord]] = (),
        of_addresses: Mapping[str, Iterable[ContactRecord]] | None = None,
    ) -> None:
        self._identities = identities
        self._merge = merge
        self._kept_apart = tuple(kept_apart)
        self._of_addresses: defaultdict[str, dict[ContactRecord, None]] = defaultdict(dict)
        for address, contacts in (of_addresses or {}).items():
            self._of_addresses[address] = dict.fromkeys(contacts)
        self.asked: list[Asked] = []

    def link(self, ids: Ids, event: CanonicalEvent, first: ContactRecord) -> str:
        """Link all that the event links; a note where something is left to a decision."""
        notes = [self._same(*other, ids, first, event) for other in _others(ids, event)]
        address = address_said(event) if ids.user else None
        if address:
            notes += self._same_address(address, ids, first, event)
        if event.kind == IDENTIFY and ids.user and event.identifies:
            _identify(first, ids.user, address, event)
        return next(filter(None, notes), "")

    def _same(
        self, kind: str, value: str, ids: Ids, first: ContactRecord, event: CanonicalEvent
    ) -> str:
        noted = self._identities.first_noted(kind, value)
        if noted is None:
            self._identities.note(kind, value, first, event.occurred_at)
            return ""
        other, contact = noted.current(), first.current()
        if other is contact:
            return ""
        if self._are_kept_apart(other, contact):
            return KEPT_APART
        return self._unite((other, value), (contact, ids.user or ids.anonymous), event)

    def _unite(
        self,
        named: tuple[ContactRecord, str],
        own: tuple[ContactRecord, str | None],
        event: CanonicalEvent,
    ) -> str:
        """Make one of the contact that an event names beside its own and that one, if it may be."""
        (other, value), (contact, own_id) = named, own
        why = event.kind if event.kind in {IDENTIFY, ALIAS} else DEVICE
        if other.user_id is None or (contact.user_id is not None and _may_become(other, value)):
            self._merge(other, contact, why, event.message_id)
        elif contact.user_id is None or (
            why == ALIAS and other.user_id == value and _may_become(contact, own_id)
        ):
            self._merge(contact, other, why, event.message_id)
        elif why != DEVICE or other.user_id == value:
            # That one person uses another's device asks for nothing.
            return self._ask(other, contact, event)
        return ""

    def _same_address(
        self, address: str, ids: Ids, first: ContactRecord, event: CanonicalEvent
    ) -> list[str]:
        """One who is known by nothing but an address is who has it, where only one has."""
        self._of_addresses[address].setdefault(first)
        if (ids.user or "").lower() != address:
            known = self._identities.first_noted(USER, address)
            others = {known.current()} if known else set()
        else:
            others = {contact.current() for contact in self._of_addresses[address]}
        others.discard(first.current())
        users = [each for each in others if each.user_id is not None]
        users.sort(key=lambda each: (each.first_seen_at, each.id or 0))
        return [
            self._unite_by_address(each, first.current(), address, event, are_two=len(users) == 1)
            for each in users
        ]

    def _unite_by_address(
        self,
        other: ContactRecord,
        contact: ContactRecord,
        address: str,
        event: CanonicalEvent,
        *,
        are_two: bool,
    ) -> str:
        """`are_two`: nobody else has the address."""
        if self._are_kept_apart(other, contact):
            return KEPT_APART
        if _may_become(other, address):
            self._merge(other, contact, EMAIL, event.message_id)
        elif are_two and _may_become(contact, address):
            self._merge(contact, other, EMAIL, event.message_id)
        else:
            return self._ask(other, contact, event)
        return ""

    def _ask(self, other: ContactRecord, contact: ContactRecord, event: CanonicalEvent) -> str:
        self.asked.append(Asked(other, contact, event))
        return TWO_KNOWN_USERS

    def _are_kept_apart(self, one: ContactRecord, other: ContactRecord) -> bool:
        return any(
            {one, other} == {first.current(), second.current()}
            for first, second in self._kept_apart
        )


def _others(ids: Ids, event: CanonicalEvent) -> Iterator[tuple[str, str]]:
    if ids.user and ids.anonymous and (event.kind in {IDENTIFY, ALIAS} or event.links_device):
        yield ANONYMOUS, ids.anonymous
    if event.kind == ALIAS and ids.previous:
        yield ANONYMOUS, ids.previous


def _may_become(contact: ContactRecord, value: str | None) -> bool:
    """Whether the contact is known by no more than this id, which nobody identified."""
    return contact.user_id == value and not contact.is_identified


def _identify(
    first: ContactRecord, user_id: str, address: str | None, event: CanonicalEvent
) -> None:
    """An import that knows nothing but an address identifies nobody by it."""
    if event.known_from == "import" and user_id.lower() == address:
        return
    contact = first.current()
    if not contact.is_identified:
        contact.user_id, contact.is_identified = user_id, True
