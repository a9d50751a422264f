"""Who did it, and for which account: anonymous id -> user -> account. Pure: works on records.

`People` holds what is known of everyone a load speaks of, takes its events one by one in their
order, and keeps book of what that changes. `people.py` reads it from the state and writes it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from pql.accounts.facts import Fact, FactReader, from_import
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.holdings import Place, hand_over
from usage_ingest.identity.links import (
    ALIAS,
    DEVICE,
    IDENTIFY,
    KEPT_APART,
    TWO_KNOWN_USERS,
    Asked,
    Attribution,
    Ids,
    Merge,
)
from usage_ingest.identity.placeholders import PLACEHOLDER_ID
from usage_ingest.identity.records import AccountRecord, ContactRecord
from usage_ingest.traits import (
    SET,
    TRAITS_LEFT_OUT,
    TraitChange,
    changed,
    leave_out_any,
    named,
)

OPERATION_IGNORED = "operation_ignored"
"""The note of an event that asks for something which its dialect does not do."""
TIME_UNREADABLE = "trial_time_unreadable"
"""The note of an event that states a start or an end of a trial which nobody can read."""

USER = "user"
ANONYMOUS = "anonymous"

Routine = tuple[str | None, ...]
"""What decides whose event it is, of one that tells nothing else."""


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event with who did it, and for which account, as known when it came.

    `contact` is the one that the event's own id was first noted for; who that is by now, its
    `current` says. `note` is a short code for what of it had no effect, `detail` says more.
    """

    event: CanonicalEvent
    contact: ContactRecord | None
    named_account: AccountRecord | None
    note: str = ""
    further_accounts: tuple[AccountRecord, ...] = ()
    detail: str = ""

    def accounts(self) -> tuple[AccountRecord, ...]:
        """Every account for which the event counts."""
        account = self.account()
        return (account, *self.further_accounts) if account else ()

    def see(self, at: datetime) -> None:
        """Take note of another event like this one."""
        if self.contact:
            for contact in dict.fromkeys((self.contact.current(), self.contact)):
                contact.see(at)
        if self.named_account:
            self.named_account.see(at)

    def account(self) -> AccountRecord | None:
        """The event's account, once all events of the load are placed.

        An event before its contact's first account belongs to that one, as those stored earlier do.
        """
        if self.named_account or self.contact is None:
            return self.named_account
        contact = self.contact.current()
        return contact.first_account or contact.account


def all_accounts(placed: Sequence[Placed]) -> set[AccountRecord]:
    """Every account for which any of the events counts."""
    accounts = {account for each in placed if (account := each.account())}
    return accounts.union(*(each.further_accounts for each in placed if each.further_accounts))


class People:
    """Everyone a load speaks of. Make it with what is known, then `place` each event in order.

    Args:
        identities: contacts by the ids they go by; each is the one it was first noted for.
        accounts: by key.
        fact_reader: reads what traits tell about the life cycle.
        kept_apart: pairs that somebody decided are not one person.
        domain_of: the key of the account of an e-mail address, where the workspace wants that.
    """

    def __init__(
        self,
        identities: Mapping[tuple[str, str], ContactRecord],
        accounts: Mapping[str, AccountRecord],
        fact_reader: FactReader,
        kept_apart: Iterable[tuple[ContactRecord, ContactRecord]] = (),
        domain_of: Callable[[str], str | None] | None = None,
    ) -> None:
        self._fact_reader = fact_reader
        self._domain_of = domain_of
        self._kept_apart = tuple(kept_apart)
        self._identities = dict(identities)
        self.accounts = dict(accounts)
        known = (each for first in identities.values() for each in (first, first.current()))
        self.contacts = list(dict.fromkeys(known))
        self.new_identities: dict[tuple[str, str], datetime] = {}
        self.memberships: dict[tuple[ContactRecord, AccountRecord], datetime] = {}
        self.facts: defaultdict[AccountRecord, list[Fact]] = defaultdict(list)
        self.merges: list[Merge] = []
        self.asked: list[Asked] = []
        self.attributions: list[Attribution] = []
        self._routine: dict[Routine, Placed] = {}

    def first_noted(self, kind: str, value: str) -> ContactRecord | None:
        """The contact that this id was first noted for."""
        return self._identities.get((kind, value))

    def place(self, event: CanonicalEvent) -> Placed:
        """Find out whose event it is, and learn from it what it tells about people and accounts.

        Most events are one more of the same: of a person known by one id, in the same account, and
        tell of nobody else. Where the last such event was placed, the next one is.
        """
        routine: Routine = ()
        if event.is_routine:
            routine = (event.user_id, event.anonymous_id, event.account_key)
        known = self._routine.get(routine)
        if known:
            known.see(event.occurred_at)
            return Placed(event, known.contact, known.named_account)
        placed = self._place(event)
        if not routine:
            self._routine.clear()  # who is who may have changed
        elif not placed.note:
            self._routine[routine] = placed
        return placed

    def may_move(self, events: Iterable[CanonicalEvent]) -> Callable[[CanonicalEvent], bool]:
        """Tells whether routine events like one of these may count for different accounts.

        So it is where they name none, and another of the events says something about the same
        person: which account an event counts for is then a matter of their order. Ask before these
        are placed.
        """
        ids = {each for event in events if not event.is_routine for each in _named(event)}
        contacts = self._current(ids)

        def tell(event: CanonicalEvent) -> bool:
            if event.account_key or not ids:
                return False
            own = _named(event)
            return not (ids.isdisjoint(own) and contacts.isdisjoint(self._current(own)))

        return tell

    def merge(
        self, origin: ContactRecord, target: ContactRecord, why: str, message_id: str | None
    ) -> None:
        """One contact turns out to be the other; what only the former knew is kept."""
        had_account = target.account is not None
        moved = hand_over(origin, target)
        self.merges.append(Merge(origin, target, moved, why, message_id))
        origin.merged_into = target
        target.see(origin.first_seen_at)
        target.see(origin.last_seen_at)
        if not had_account and target.account:
            self._attribute(target, target.account)
        target.has_stored_events |= origin.has_stored_events
        if origin.has_stored_events:
            self.attributions.append(Attribution(origin, target, target.account))

    def _current(self, ids: Iterable[tuple[str, str]]) -> set[ContactRecord]:
        return {first.current() for each in ids if (first := self.first_noted(*each))}

    def _place(self, event: CanonicalEvent) -> Placed:
        ids = Ids.of(event)
        first = self._contact(ids, event.occurred_at)
        note = self._link(ids, event, first) if first else ""
        if ids.leave_out_any_of(event):
            note = note or PLACEHOLDER_ID
        accounts = [self._account(key, event.occurred_at) for key in event.account_keys()]
        for account in accounts:
            self._learn_about_account(event, account)
        if first:
            self._learn(event, first, accounts)
            accounts = accounts or list(filter(None, [first.current().account]))
        if not event.is_routine and _leaves_out_traits(event, first, accounts):
            note = note or TRAITS_LEFT_OUT
        for account in accounts:
            account.see(event.occurred_at)
        note, detail = (note, "") if note else self._without_effect(event)
        return Placed(event, first, next(iter(accounts), None), note, tuple(accounts[1:]), detail)

    def _without_effect(self, event: CanonicalEvent) -> tuple[str, str]:
        """What its dialect does not do, or the time of a trial that nobody can read."""
        if event.ignored:
            return OPERATION_IGNORED, event.ignored
        for _, operands in (*event.account_changes, (SET, event.traits)):
            if event.kind == "group" and (said := self._fact_reader.unreadable_time(operands)):
                return TIME_UNREADABLE, said
        return "", ""

    def _contact(self, ids: Ids, at: datetime) -> ContactRecord | None:
        kind, value = (USER, ids.user) if ids.user else (ANONYMOUS, ids.anonymous)
        if not value:
            return None
        known = self.first_noted(kind, value)
        if known:
            return known
        contact = ContactRecord(at, at, user_id=value if kind == USER else None)
        self.contacts.append(contact)
        self._identify(kind, value, contact, at)
        return contact

    def _account(self, key: str, at: datetime) -> AccountRecord:
        if key not in self.accounts:
            self.accounts[key] = AccountRecord(key, at, at)
        return self.accounts[key]

    def _learn(
        self, event: CanonicalEvent, first: ContactRecord, accounts: Sequence[AccountRecord]
    ) -> None:
        """What a merged contact tells is its own too, in case the merge is undone."""
        for contact in dict.fromkeys((first.current(), first)):
            contact.see(event.occurred_at)
            if event.kind == IDENTIFY:
                contact.change([(SET, event.traits)], event.occurred_at)
            if event.person_changes:
                contact.change(event.person_changes, event.occurred_at)
        self._learn_place(event, first, accounts)

    def _learn_place(
        self, event: CanonicalEvent, first: ContactRecord, accounts: Sequence[AccountRecord]
    ) -> None:
        contact, at = first.current(), event.occurred_at
        if accounts and (event.kind == "group" or event.joins_account):
            self._join(contact, Place(accounts[0], at))
            if first is not contact:
                self._join(first, Place(accounts[0], at))
        elif not accounts and contact.account is None:
            account = self._account_of_email(contact.email, at)
            accounts = [account] if account else []
            self._join(contact, Place(account, None))
        for account in accounts:
            self.memberships.setdefault((first, account), at)

    def _account_of_email(self, email: str | None, at: datetime) -> AccountRecord | None:
        """The account of a person who was sent in no group, where the workspace has such."""
        domain = self._domain_of(email) if self._domain_of and email else None
        return self._account(domain, at) if domain else None

    def _learn_about_account(self, event: CanonicalEvent, account: AccountRecord) -> None:
        if event.kind == "group":
            self._change_account(event, account, [(SET, event.traits)])
            self.facts[account] += from_import(event.lifecycle, event.occurred_at)
        if event.account_changes:
            self._change_account(event, account, event.account_changes)

    def _change_account(
        self, event: CanonicalEvent, account: AccountRecord, changes: Sequence[TraitChange]
    ) -> None:
        after = changed(account.traits, changes)
        said = {name: after.get(name) for name in named(changes, account.traits)}
        before = dict.fromkeys(account.trait_times) | account.traits
        account.change(changes, event.occurred_at)
        self.facts[account] += self._fact_reader.from_traits(
            said, before, event.occurred_at, event.known_from
        )

    def _join(self, contact: ContactRecord, place: Place) -> None:
        """The last `group` call by its own time decides, however late another arrives."""
        if not Place(contact.account, contact.grouped_at).gives_way_to(place):
            return
        if contact.account is None and place.account and not contact.merged_into:
            self._attribute(contact, place.account)
        contact.account, contact.grouped_at = place.account, place.grouped_at

    def _attribute(self, contact: ContactRecord, account: AccountRecord) -> None:
        """All that the contact did without an account belongs to its first one."""
        contact.first_account = account
        if contact.has_stored_events:
            self.attributions.append(Attribution(contact, contact, account))

    def _link(self, ids: Ids, event: CanonicalEvent, first: ContactRecord) -> str:
        """Take the ids that the event says are one person's as one person's."""
        notes = [self._same(*other, first, event) for other in self._others(ids, event)]
        return next(filter(None, notes), "")

    def _others(self, ids: Ids, event: CanonicalEvent) -> Iterator[tuple[str, str]]:
        if ids.user and ids.anonymous and (event.kind in {IDENTIFY, ALIAS} or event.links_device):
            yield ANONYMOUS, ids.anonymous
        if event.kind == ALIAS and ids.previous:
            # A previous id that is a user's own was no anonymous visitor's.
            is_user = (ANONYMOUS, ids.previous) not in self._identities and (
                USER,
                ids.previous,
            ) in self._identities
            yield (USER if is_user else ANONYMOUS), ids.previous

    def _same(self, kind: str, value: str, first: ContactRecord, event: CanonicalEvent) -> str:
        noted = self.first_noted(kind, value)
        if noted is None:
            self._identify(kind, value, first, event.occurred_at)
            return ""
        other, contact = noted.current(), first.current()
        return self._unite(other, contact, event) if other is not contact else ""

    def _unite(self, other: ContactRecord, contact: ContactRecord, event: CanonicalEvent) -> str:
        why = event.kind if event.kind in {IDENTIFY, ALIAS} else DEVICE
        if self._are_kept_apart(other, contact):
            return KEPT_APART
        if other.user_id is None:
            self.merge(other, contact, why, event.message_id)
        elif contact.user_id is None:
            self.merge(contact, other, why, event.message_id)
        elif why != DEVICE:  # that one person uses another's device asks for nothing
            self.asked.append(Asked(other, contact, event))
            return TWO_KNOWN_USERS
        return ""

    def _are_kept_apart(self, one: ContactRecord, other: ContactRecord) -> bool:
        return any(
            {one, other} == {first.current(), second.current()}
            for first, second in self._kept_apart
        )

    def _identify(self, kind: str, value: str, contact: ContactRecord, at: datetime) -> None:
        self._identities[kind, value] = contact
        self.new_identities[kind, value] = at


def _leaves_out_traits(
    event: CanonicalEvent, contact: ContactRecord | None, accounts: Sequence[AccountRecord]
) -> bool:
    """Whether the event told more of the person or an account than is kept of one."""
    of_person, of_account = list(event.person_changes), list(event.account_changes)
    if event.kind == IDENTIFY:
        of_person.append((SET, event.traits))
    if event.kind == "group":
        of_account.append((SET, event.traits))
    return bool(contact and leave_out_any(of_person, contact.current().traits)) or any(
        leave_out_any(of_account, account.traits) for account in accounts
    )


def _named(event: CanonicalEvent) -> set[tuple[str, str]]:
    """The ids in an event, by whatever kind they may be known."""
    ids = {(USER, event.user_id), (ANONYMOUS, event.anonymous_id)}
    ids |= {(kind, event.previous_id) for kind in (USER, ANONYMOUS)}
    return {(kind, value) for kind, value in ids if value}
