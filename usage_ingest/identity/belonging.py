"""In which accounts people are, and what is told about those. Pure: works on records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pql.accounts.facts import FROM_TRAIT, STATUS, Fact, FactReader, from_import
from pql.accounts.lifecycle import TRIAL
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.holdings import hand_over, place_of
from usage_ingest.identity.links import IDENTIFY, Attribution, Merge, Move
from usage_ingest.identity.person_accounts import PersonAccounts
from usage_ingest.identity.places import changes, course_of, is_late, say
from usage_ingest.identity.records import AccountRecord, ContactRecord, Said
from usage_ingest.traits import SET, TraitChange, changed, named


class Belonging:
    """The accounts of a load and who is in them; keeps book of what changes.

    Args:
        own_accounts: makes those of single people; its accounts are those of the load, by key.
        fact_reader: reads what traits tell about the life cycle.
        domain_of: the key of the account of an e-mail address, where the workspace wants that.
    """

    def __init__(
        self,
        own_accounts: PersonAccounts,
        fact_reader: FactReader,
        domain_of: Callable[[str], str | None] | None = None,
    ) -> None:
        self.own_accounts = own_accounts
        self.accounts = own_accounts.accounts
        self._fact_reader = fact_reader
        self._domain_of = domain_of
        self.memberships: dict[tuple[ContactRecord, AccountRecord], datetime] = {}
        self.facts: defaultdict[AccountRecord, list[Fact]] = defaultdict(list)
        self.merges: list[Merge] = []
        self.attributions: list[Attribution] = []
        self._courses: dict[ContactRecord, list[Said]] = {}

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

    def settle(self, contact: ContactRecord) -> None:
        """Make a person who was there before what the workspace wants them to be."""
        if self.own_accounts.wants(contact):
            self.own(contact, contact.last_seen_at, FROM_TRAIT)
        else:
            self.disown(contact)

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
        # A trial that nobody dated began when its person came.
        self.facts[account] = [
            replace(fact, effective_at=contact.first_seen_at)
            if (fact.field, fact.value) == (STATUS, TRIAL)
            else fact
            for fact in self.facts[account]
        ]

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
                since, until = change.since, contact.stored_until
                if since is None or until is None or since < until:
                    yield Move(current, *change)

    def named_account(self, key: str, at: datetime, first: ContactRecord | None) -> AccountRecord:
        """An account that an event names. What a person is in is no account of a person."""
        if first and self.own_accounts.are_wanted:
            self.own_accounts.make_way(key)
        return self._account(key, at)

    def learn(
        self, event: CanonicalEvent, first: ContactRecord, accounts: Sequence[AccountRecord]
    ) -> None:
        """What a merged contact tells is its own too, in case the merge is undone."""
        own = first.current().account
        for contact in dict.fromkeys((first.current(), first)):
            contact.see(event.occurred_at)
            if event.kind == IDENTIFY:
                contact.change([(SET, event.traits)], event.occurred_at)
            if event.person_changes:
                contact.change(event.person_changes, event.occurred_at)
        if own and own.is_person and not event.is_routine:
            said = [(SET, event.traits)] if event.kind == IDENTIFY else []
            self._change_account(event, own, [*said, *event.person_changes])
        self._learn_place(event, first, accounts)
        if self.own_accounts.are_wanted:
            self.own(first.current(), event.occurred_at, event.known_from)

    def learn_about_account(self, event: CanonicalEvent, account: AccountRecord) -> None:
        if event.kind == "group":
            self._change_account(event, account, [(SET, event.traits)])
            self.facts[account] += from_import(event.lifecycle, event.occurred_at)
        if event.account_changes:
            self._change_account(event, account, event.account_changes)

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
        if domain and self.own_accounts.are_wanted:
            self.own_accounts.make_way(domain)
        return self._account(domain, at) if domain else None

    def _account(self, key: str, at: datetime) -> AccountRecord:
        if key not in self.accounts:
            self.accounts[key] = AccountRecord(key, at, at)
        return self.accounts[key]

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
        after = changed(account.traits, changes)
        said = {name: after.get(name) for name in named(changes, account.traits)}
        before = dict.fromkeys(account.trait_times) | account.traits
        account.change(changes, at)
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

    def _remember(self, contact: ContactRecord) -> None:
        """Where stored events of the contact are, before that changes."""
        if contact.has_stored_events and contact not in self._courses and not contact.merged_into:
            self._courses[contact] = course_of(contact)
