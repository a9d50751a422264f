"""Who did it, and for which account: anonymous id -> user -> account. Pure: works on records.

`People` holds what is known of everyone a load speaks of, takes its events one by one in their
order, and keeps book of what that changes. `people.py` reads it from the state and writes it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from pql.accounts.facts import Fact, FactReader, from_import
from pql.events.schema import ACTIVITY_KINDS
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.traits import SET, SET_ONCE, TraitChange, changed, in_time, named, times

USER = "user"
ANONYMOUS = "anonymous"
LONGEST_EMAIL = 320
TWO_KNOWN_USERS = "two_known_users"
"""A link that was refused: it would make one person of two that both have a user id."""

Routine = tuple[str | None, ...]
"""What decides whose event it is, of one that tells nothing else."""


@dataclass(slots=True, eq=False)
class AccountRecord:
    """An account as the load knows it. `id` is None until it is written for the first time."""

    key: str
    first_seen_at: datetime
    last_seen_at: datetime
    id: int | None = None
    name: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    trait_times: dict[str, str] = field(default_factory=dict)
    status: str = "unknown"
    stored: tuple[object, ...] = ()
    """What `people.py` read of it: what is still so is not written again."""

    def see(self, at: datetime) -> None:
        if at > self.last_seen_at:
            self.last_seen_at = at
        elif at < self.first_seen_at:
            self.first_seen_at = at

    def change(self, changes: Iterable[TraitChange], at: datetime) -> None:
        """Make the changes, but those that were said later than what they would undo."""
        timely = in_time(changes, self.trait_times, at)
        self.traits = changed(self.traits, timely)
        self.trait_times = {**self.trait_times, **times(timely, at)}
        self.name = _text(self.traits.get("name")) or self.name


@dataclass(slots=True, eq=False)
class ContactRecord:
    """A contact as the load knows it.

    `first_account` is set where this load gives the contact its first account; `has_stored_events`
    where an earlier load knew it, or one that was merged into it.
    """

    first_seen_at: datetime
    last_seen_at: datetime
    id: int | None = None
    user_id: str | None = None
    email: str | None = None
    name: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    account: AccountRecord | None = None
    grouped_at: datetime | None = None
    first_account: AccountRecord | None = None
    merged_into: ContactRecord | None = None
    has_stored_events: bool = False
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
        email = _text(self.traits.get("email"))
        self.email = email if email and len(email) <= LONGEST_EMAIL else self.email
        self.name = _text(self.traits.get("name")) or self.name


@dataclass(frozen=True, slots=True)
class Attribution:
    """Stored events of `origin` become `contact`'s; those without an account get `account`."""

    origin: ContactRecord
    contact: ContactRecord
    account: AccountRecord | None


class Placed(msgspec.Struct, frozen=True):
    """An event with who did it, and for which account, as known when it came."""

    event: CanonicalEvent
    contact: ContactRecord | None
    named_account: AccountRecord | None
    note: str = ""
    further_accounts: tuple[AccountRecord, ...] = ()

    def accounts(self) -> tuple[AccountRecord, ...]:
        """Every account for which the event counts."""
        account = self.account()
        return (account, *self.further_accounts) if account else ()

    def account(self) -> AccountRecord | None:
        """The event's account, once all events of the load are placed.

        An event before its contact's first account belongs to that one, as those stored earlier do.
        """
        if self.named_account or self.contact is None:
            return self.named_account
        contact = self.contact.current()
        return contact.first_account or contact.account


class People:
    """Everyone a load speaks of. Make it with what is known, then `place` each event in order."""

    def __init__(
        self,
        identities: Mapping[tuple[str, str], ContactRecord],
        accounts: Mapping[str, AccountRecord],
        fact_reader: FactReader,
    ) -> None:
        self._fact_reader = fact_reader
        self._identities = dict(identities)
        self.accounts = dict(accounts)
        self.contacts = list(dict.fromkeys(identities.values()))
        self.new_identities: dict[tuple[str, str], datetime] = {}
        self.memberships: dict[tuple[ContactRecord, AccountRecord], datetime] = {}
        self.facts: defaultdict[AccountRecord, list[Fact]] = defaultdict(list)
        self.merged: list[ContactRecord] = []
        self.attributions: list[Attribution] = []
        self._routine: dict[Routine, tuple[ContactRecord | None, AccountRecord | None]] = {}

    def contact_of(self, kind: str, value: str) -> ContactRecord | None:
        """The contact that goes by this id."""
        found = self._identities.get((kind, value))
        return found.current() if found else None

    def place(self, event: CanonicalEvent) -> Placed:
        """Find out whose event it is, and learn from it what it tells about people and accounts.

        Most events are one more of the same: of a person known by one id, in the same account, and
        tell of nobody else. Where the last such event was placed, the next one is.
        """
        routine: Routine = ()
        if _is_routine(event):
            routine = (event.user_id, event.anonymous_id, event.account_key)
        known = self._routine.get(routine)
        if known:
            contact, account = known
            if contact:
                contact.see(event.occurred_at)
            if account:
                account.see(event.occurred_at)
            return Placed(event, contact, account)
        placed = self._place(event)
        if routine:
            self._routine[routine] = (placed.contact, placed.named_account)
        else:
            self._routine.clear()  # who is who may have changed
        return placed

    def _place(self, event: CanonicalEvent) -> Placed:
        contact = self._contact(event)
        note = self._link(event, contact) if contact else ""
        accounts = [self._account(key, event) for key in event.account_keys()]
        for account in accounts:
            self._learn_about_account(event, account)
        if contact:
            self._learn(event, contact, accounts)
            accounts = accounts or list(filter(None, [contact.account]))
        for account in accounts:
            account.see(event.occurred_at)
        return Placed(event, contact, next(iter(accounts), None), note, tuple(accounts[1:]))

    def _contact(self, event: CanonicalEvent) -> ContactRecord | None:
        kind, value = (USER, event.user_id) if event.user_id else (ANONYMOUS, event.anonymous_id)
        if not value:
            return None
        known = self.contact_of(kind, value)
        if known:
            return known
        user_id = value if kind == USER else None
        contact = ContactRecord(event.occurred_at, event.occurred_at, user_id=user_id)
        self.contacts.append(contact)
        self._identify(kind, value, contact, event.occurred_at)
        return contact

    def _account(self, key: str, event: CanonicalEvent) -> AccountRecord:
        if key not in self.accounts:
            self.accounts[key] = AccountRecord(key, event.occurred_at, event.occurred_at)
        return self.accounts[key]

    def _learn(
        self, event: CanonicalEvent, contact: ContactRecord, accounts: Sequence[AccountRecord]
    ) -> None:
        contact.see(event.occurred_at)
        if event.kind == "identify":
            contact.change([(SET, event.traits)])
        if event.person_changes:
            contact.change(event.person_changes)
        if accounts and (event.kind == "group" or event.joins_account):
            self._join(contact, accounts[0], event.occurred_at)
        for account in accounts or filter(None, [contact.account]):
            self.memberships.setdefault((contact, account), event.occurred_at)

    def _learn_about_account(self, event: CanonicalEvent, account: AccountRecord) -> None:
        if event.kind == "group":
            self._change_account(event, account, [(SET, event.traits)])
            self.facts[account] += from_import(event.lifecycle, event.occurred_at)
        if event.account_changes:
            self._change_account(event, account, event.account_changes)

    def _change_account(
        self, event: CanonicalEvent, account: AccountRecord, changes: Sequence[TraitChange]
    ) -> None:
        before, said = account.traits, changed(account.traits, changes)
        account.change(changes, event.occurred_at)
        said = {name: said.get(name) for name in named(changes)}
        self.facts[account] += self._fact_reader.from_traits(
            said, before, event.occurred_at, event.known_from
        )

    def _join(self, contact: ContactRecord, account: AccountRecord, at: datetime) -> None:
        """The last `group` call by its own time decides, however late another arrives."""
        if contact.grouped_at is not None and at < contact.grouped_at:
            return
        if contact.account is None:
            contact.first_account = account
            if contact.has_stored_events:
                self.attributions.append(Attribution(contact, contact, account))
        contact.account, contact.grouped_at = account, at

    def _link(self, event: CanonicalEvent, contact: ContactRecord) -> str:
        """Take the ids that the event says are one person's as one person's."""
        notes = [self._same(*other, contact, event) for other in self._others(event)]
        return next(filter(None, notes), "")

    def _others(self, event: CanonicalEvent) -> Iterator[tuple[str, str]]:
        if event.kind in {"identify", "alias"} and event.user_id and event.anonymous_id:
            yield ANONYMOUS, event.anonymous_id
        if event.kind == "alias" and event.previous_id:
            # A previous id that is a user's own was no anonymous visitor's.
            is_user = (ANONYMOUS, event.previous_id) not in self._identities and (
                USER,
                event.previous_id,
            ) in self._identities
            yield (USER if is_user else ANONYMOUS), event.previous_id

    def _same(self, kind: str, value: str, contact: ContactRecord, event: CanonicalEvent) -> str:
        other = self.contact_of(kind, value)
        contact = contact.current()
        if other is None:
            self._identify(kind, value, contact, event.occurred_at)
        elif other is not contact:
            if other.user_id is not None:
                return TWO_KNOWN_USERS
            self._merge(other, contact)
        return ""

    def _identify(self, kind: str, value: str, contact: ContactRecord, at: datetime) -> None:
        self._identities[kind, value] = contact
        self.new_identities[kind, value] = at

    def _merge(self, origin: ContactRecord, contact: ContactRecord) -> None:
        """An anonymous contact turns out to be `contact`; what only the former knew is kept."""
        origin.merged_into = contact
        self.merged.append(origin)
        contact.change([(SET_ONCE, origin.traits)])
        contact.see(origin.first_seen_at)
        contact.see(origin.last_seen_at)
        contact.has_stored_events |= origin.has_stored_events
        if origin.account and origin.grouped_at:
            self._join(contact, origin.account, origin.grouped_at)
        if origin.has_stored_events:
            self.attributions.append(Attribution(origin, contact, contact.account))


def _is_routine(event: CanonicalEvent) -> bool:
    return event.kind in ACTIVITY_KINDS and not (
        event.joins_account
        or event.further_account_keys
        or event.person_changes
        or event.account_changes
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
