"""Who did it, and for which account: anonymous id -> user -> account. Pure: works on records.

`People` holds what is known of everyone a load speaks of, takes its events one by one in their
order, and keeps book of what that changes. `people.py` reads it from the state and writes it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pql.accounts.facts import Fact, FactReader, from_import
from pql.workspace_settings import NEVER
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.holdings import hand_over, place_of
from usage_ingest.identity.identities import ANONYMOUS, USER, Identities
from usage_ingest.identity.linking import Linking
from usage_ingest.identity.links import IDENTIFY, Asked, Attribution, Ids, Merge, Move
from usage_ingest.identity.person_accounts import PersonAccounts
from usage_ingest.identity.placed import Placed, Routine, joined_at
from usage_ingest.identity.placeholders import PLACEHOLDER_ID
from usage_ingest.identity.places import (
    account_at,
    changes,
    course_of,
    has_moved,
    is_late,
    say,
)
from usage_ingest.identity.records import AccountRecord, ContactRecord, Said
from usage_ingest.traits import (
    SET,
    TRAITS_LEFT_OUT,
    TraitChange,
    changed,
    leave_out_any,
    named,
)


class People:
    """Everyone a load speaks of. Make it with what is known, then `place` each event in order, and
    `finish` in the end.

    Args:
        identities: contacts by the ids they go by; each is the one it was first noted for.
        accounts: by key.
        fact_reader: reads what traits tell about the life cycle.
        kept_apart: pairs that somebody decided are not one person.
        domain_of: the key of the account of an e-mail address, where the workspace wants that.
        of_addresses: contacts by the e-mail address that they have.
        person_accounts: which people are an account each (see `pql.workspace_settings`).
        without_people: accounts in which nobody was ever seen.
    """

    def __init__(
        self,
        identities: Mapping[tuple[str, str], ContactRecord],
        accounts: Mapping[str, AccountRecord],
        fact_reader: FactReader,
        kept_apart: Iterable[tuple[ContactRecord, ContactRecord]] = (),
        domain_of: Callable[[str], str | None] | None = None,
        *,
        of_addresses: Mapping[str, Iterable[ContactRecord]] | None = None,
        person_accounts: str = NEVER,
        without_people: Container[AccountRecord] = (),
    ) -> None:
        self._fact_reader = fact_reader
        self._domain_of = domain_of
        self._identities = Identities(identities)
        self._linking = Linking(self._identities, self.merge, kept_apart, of_addresses)
        self.accounts = dict(accounts)
        self.own_accounts = PersonAccounts(person_accounts, self.accounts, without_people)
        known = (each for first in identities.values() for each in (first, first.current()))
        self.contacts = list(dict.fromkeys(known))
        self.memberships: dict[tuple[ContactRecord, AccountRecord], datetime] = {}
        self.facts: defaultdict[AccountRecord, list[Fact]] = defaultdict(list)
        self.merges: list[Merge] = []
        self.attributions: list[Attribution] = []
        self._courses: dict[ContactRecord, list[Said]] = {}
        self._routine: dict[Routine, Placed] = {}

    @property
    def asked(self) -> list[Asked]:
        """Links that wait for a decision."""
        return self._linking.asked

    @property
    def new_identities(self) -> Mapping[tuple[str, str], datetime]:
        """Ids that were not known before, and since when they are."""
        return self._identities.new

    def first_noted(self, kind: str, value: str) -> ContactRecord | None:
        """The contact that this id was first noted for."""
        return self._identities.first_noted(kind, value)

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
            joined = joined_at(known.contact, event.occurred_at)
            further = known.further_accounts
            return Placed(event, known.contact, known.named_account, "", further, joined)
        placed = self._place(event)
        if not routine:
            self._routine.clear()  # who is who may have changed
        elif not placed.note:
            self._routine[routine] = placed
        return placed

    def may_move(self, events: Iterable[CanonicalEvent]) -> Callable[[CanonicalEvent], bool]:
        """Tells whether routine events like one of these may count for different accounts.

        So it is where they name none, and the person was in several, or another of the events says
        something about the same person: which account an event counts for is then a matter of their
        times and their order. Ask before these are placed.
        """
        ids = {each for event in events if not event.is_routine for each in _named(event)}
        moving = self._current(ids) | {each for each in self.contacts if has_moved(each)}

        def tell(event: CanonicalEvent) -> bool:
            if event.account_key or not (ids or moving):
                return False
            own = _named(event)
            return not (ids.isdisjoint(own) and moving.isdisjoint(self._current(own)))

        return tell

    def merge(
        self, origin: ContactRecord, target: ContactRecord, why: str, message_id: str | None
    ) -> None:
        """One contact turns out to be the other; what only the former knew is kept."""
        self._remember(origin)
        self._remember(target)
        before = place_of(target)
        moved = hand_over(origin, target)
        if before.account and before.account.is_person and self.own_accounts.are_always:
            target.account, target.grouped_at = before.account, None
        for left in (origin.account, before.account):
            if left is not target.account:
                self.own_accounts.leave(left, target)
        self.merges.append(Merge(origin, target, moved, why, message_id))
        origin.merged_into = target
        target.see(origin.first_seen_at)
        target.see(origin.last_seen_at)
        if before.account is None and target.account:
            self._attribute(target, target.account)
        target.has_stored_events |= origin.has_stored_events
        if origin.has_stored_events:
            self.attributions.append(Attribution(origin, target, target.account))
            if origin.account is None and target.account:
                self._courses[origin] = [Said(None, target.account)]

    def own(self, contact: ContactRecord, at: datetime, known_from: str) -> None:
        """Make the person an account of their own, where they are to be one and are none."""
        is_own = contact.account is not None and contact.account.is_person
        if is_own or not self.own_accounts.wants(contact):
            self.own_accounts.follow(contact)
            return
        self._remember(contact)
        account = self.own_accounts.make(contact)
        if contact.account is None:
            self._attribute(contact, account)
        contact.account, contact.grouped_at = account, None
        self.memberships.setdefault((contact, account), contact.first_seen_at)
        self._change_account_at(account, [(SET, contact.traits)], at, known_from)

    def disown(self, contact: ContactRecord) -> None:
        """Let the person be in the account that they were said to be in, or in none."""
        if contact.account is None or not contact.account.is_person:
            return
        self._remember(contact)
        self.own_accounts.leave(contact.account, contact)
        last = contact.places[-1] if contact.places else None
        contact.account = last.account if last else None
        contact.grouped_at = last.at if last else None

    def finish(self) -> None:
        """Let accounts of single people that are no more leave what was theirs to what took over.

        Call it when all events are placed, before anything is written.
        """
        for account, contact in self.own_accounts.left.items():
            facts, heir = self.facts.pop(account, []), contact.current().account
            if heir:
                self.facts[heir] += facts
            if self.accounts.get(account.key) is account:
                del self.accounts[account.key]
        if self.own_accounts.left:
            self.memberships = {
                (contact, account): at
                for (contact, account), at in self.memberships.items()
                if account not in self.own_accounts.left
            }

    def moves(self) -> Iterator[Move]:
        """Which stored events count for another account by what came to be known."""
        for contact, before in self._courses.items():
            current = contact.current()
            for change in changes(before, course_of(current)):
                is_later = change.since and contact.stored_until
                if not (is_later and change.since >= contact.stored_until):
                    yield Move(current, *change)

    def _remember(self, contact: ContactRecord) -> None:
        """Where stored events of the contact are, before that changes."""
        if contact.has_stored_events and contact not in self._courses and not contact.merged_into:
            self._courses[contact] = course_of(contact)

    def _current(self, ids: Iterable[tuple[str, str]]) -> set[ContactRecord]:
        return {first.current() for each in ids if (first := self.first_noted(*each))}

    def _place(self, event: CanonicalEvent) -> Placed:
        ids, at = Ids.of(event), event.occurred_at
        first = self._contact(ids, at)
        note = self._linking.link(ids, event, first) if first else ""
        if first and ids.user:
            _name(first, ids.user)
        if ids.leave_out_any_of(event):
            note = note or PLACEHOLDER_ID
        named = [self._named_account(key, at, first) for key in event.account_keys()]
        for account in named:
            self._learn_about_account(event, account)
        if first:
            self._learn(event, first, named)
        current = first.current() if first else None
        if current and current.account and self.own_accounts.are_always:
            if current.account.is_person:  # whatever the event names: it counts for the person
                named = []
        accounts = named or list(filter(None, [current and account_at(current, at)]))
        if not event.is_routine and _leaves_out_traits(event, first, accounts):
            note = note or TRAITS_LEFT_OUT
        for account in accounts:
            account.see(at)
        further = tuple(named[1:])
        return Placed(event, first, next(iter(named), None), note, further, joined_at(first, at))

    def _contact(self, ids: Ids, at: datetime) -> ContactRecord | None:
        kind, value = (USER, ids.user) if ids.user else (ANONYMOUS, ids.anonymous)
        if not value:
            return None
        known = self.first_noted(kind, value)
        if known:
            return known
        contact = ContactRecord(at, at, user_id=value if kind == USER else None)
        self.contacts.append(contact)
        self._identities.note(kind, value, contact, at)
        return contact

    def _named_account(
        self, key: str, at: datetime, first: ContactRecord | None
    ) -> AccountRecord:
        """An account that an event names. What a person is in is no account of a person."""
        if first and self.own_accounts.are_wanted:
            self.own_accounts.make_way(key)
        return self._account(key, at)

    def _account(self, key: str, at: datetime) -> AccountRecord:
        if key not in self.accounts:
            self.accounts[key] = AccountRecord(key, at, at)
        return self.accounts[key]

    def _learn(
        self, event: CanonicalEvent, first: ContactRecord, accounts: Sequence[AccountRecord]
    ) -> None:
        """What a merged contact tells is its own too, in case the merge is undone."""
        own = first.current().account
        for contact in dict.fromkeys((first.current(), first)):
            contact.see(event.occurred_at)
            if event.kind == IDENTIFY:
                contact.change([(SET, event.traits)])
            if event.person_changes:
                contact.change(event.person_changes)
        if own and own.is_person:
            said = [(SET, event.traits)] if event.kind == IDENTIFY else []
            self._change_account(event, own, [*said, *event.person_changes])
        self._learn_place(event, first, accounts)
        if self.own_accounts.are_wanted:
            self.own(first.current(), event.occurred_at, event.known_from)

    def _learn_place(
        self, event: CanonicalEvent, first: ContactRecord, accounts: Sequence[AccountRecord]
    ) -> None:
        contact, at = first.current(), event.occurred_at
        if accounts and (event.kind == "group" or event.joins_account):
            self._join(contact, Said(at, accounts[0], contact is not first))
            if first is not contact:
                self._join(first, Said(at, accounts[0]))
        elif not accounts and self._may_be_of_company(contact):
            account = self._account_of_email(contact.email, at)
            accounts = [account] if account else []
            if account:
                self._join(contact, Said(None, account))
        for account in accounts:
            self.memberships.setdefault((first, account), at)

    def _may_be_of_company(self, contact: ContactRecord) -> bool:
        """Whether the e-mail address may tell the account: nobody said one."""
        if contact.account is None:
            return True
        return contact.account.is_person and not self.own_accounts.are_always

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
        self._change_account_at(account, changes, event.occurred_at, event.known_from)

    def _change_account_at(
        self,
        account: AccountRecord,
        changes: Sequence[TraitChange],
        at: datetime,
        known_from: str,
    ) -> None:
        before, said = account.traits, changed(account.traits, changes)
        account.change(changes, at)
        said = {name: said.get(name) for name in named(changes)}
        self.facts[account] += self._fact_reader.from_traits(said, before, at, known_from)

    def _join(self, contact: ContactRecord, said: Said) -> None:
        """Whoever was said to be in an account is in the one that was said last, by its time."""
        if not (contact.account is said.account and not is_late(contact, said)):
            self._remember(contact)
        own, had_none = contact.account, contact.account is None
        say(contact.places, said)
        if own and own.is_person and self.own_accounts.are_always:
            return
        last = contact.places[-1]
        contact.account, contact.grouped_at = last.account, last.at
        if own is not last.account:
            self.own_accounts.leave(own, contact)
        if had_none and not contact.merged_into:
            self._attribute(contact, last.account)

    def _attribute(self, contact: ContactRecord, account: AccountRecord) -> None:
        """All that the contact did without an account belongs to its first one."""
        if contact.has_stored_events:
            self.attributions.append(Attribution(contact, contact, account))
            self._courses[contact] = [Said(None, account)]


def _name(first: ContactRecord, user_id: str) -> None:
    """Whoever does something under a user id is no visitor any more."""
    for contact in (first.current(), first):
        if contact.user_id is None:
            contact.user_id = user_id


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
