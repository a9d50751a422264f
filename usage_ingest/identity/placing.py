"""Who did it, and for which account: anonymous id -> user -> account. Pure: works on records.

`People` holds what is known of everyone a load speaks of, takes its events one by one in their
order, and keeps book of what that changes. `people.py` reads it from the state and writes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime

from pql.accounts.facts import FactReader
from pql.workspace_settings import NEVER
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.belonging import Belonging
from usage_ingest.identity.identities import ANONYMOUS, USER, Identities
from usage_ingest.identity.linking import Linking
from usage_ingest.identity.links import ALIAS, IDENTIFY, Asked, Ids
from usage_ingest.identity.person_accounts import PersonAccounts
from usage_ingest.identity.placed import Placed, Routine, joined_at
from usage_ingest.identity.placeholders import PLACEHOLDER_ID
from usage_ingest.identity.places import account_at, has_moved
from usage_ingest.identity.records import AccountRecord, ContactRecord
from usage_ingest.traits import SET, TRAITS_LEFT_OUT, leave_out_any

OPERATION_IGNORED = "operation_ignored"
"""The note of an event that asks for something which its dialect does not do."""
TIME_UNREADABLE = "trial_time_unreadable"
"""The note of an event that states a start or an end of a trial which nobody can read."""


class People(Belonging):
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
        own_accounts = PersonAccounts(person_accounts, dict(accounts), without_people)
        super().__init__(own_accounts, fact_reader, domain_of)
        self._identities = Identities(identities)
        self._linking = Linking(self._identities, self.merge, kept_apart, of_addresses)
        known = (each for first in identities.values() for each in (first, first.current()))
        self.contacts = list(dict.fromkeys(known))
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
            return Placed(event, known.contact, known.named_account, "", "", further, joined)
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

    def _current(self, ids: Iterable[tuple[str, str]]) -> set[ContactRecord]:
        return {first.current() for each in ids if (first := self.first_noted(*each))}

    def _place(self, event: CanonicalEvent) -> Placed:
        ids, at = Ids.of(event), event.occurred_at
        names = event.identifies or event.kind != ALIAS
        first = self._contact(ids, at, names=names)
        links = first is not None and not event.is_routine
        note = self._linking.link(ids, event, first) if first and links else ""
        if ids.leave_out_any_of(event):
            note = note or PLACEHOLDER_ID
        named = [self.named_account(key, at, first) for key in event.account_keys()]
        for account in named:
            self.learn_about_account(event, account)
        if first is None:
            return self._placed(event, None, named, note)
        if ids.user and names:
            _name(first, ids.user)
        self.learn(event, first, named)
        if self.own_accounts.holds_all_of(first.current()):
            named = []
        return self._placed(event, first, named, note)

    def _placed(
        self,
        event: CanonicalEvent,
        first: ContactRecord | None,
        named: Sequence[AccountRecord],
        note: str,
    ) -> Placed:
        at = event.occurred_at
        own = account_at(first.current(), at) if first else None
        accounts = named or list(filter(None, [own]))
        if not event.is_routine and _leaves_out_traits(event, first, accounts):
            note = note or TRAITS_LEFT_OUT
        for account in accounts:
            account.see(at)
        note, detail = (note, "") if note else self._without_effect(event)
        leading, further = next(iter(named), None), tuple(named[1:])
        return Placed(event, first, leading, note, detail, further, joined_at(first, at))

    def _without_effect(self, event: CanonicalEvent) -> tuple[str, str]:
        """What its dialect does not do, or the time of a trial that nobody can read."""
        if event.ignored:
            return OPERATION_IGNORED, event.ignored
        for _, operands in (*event.account_changes, (SET, event.traits)):
            if event.kind == "group" and (said := self._fact_reader.unreadable_time(operands)):
                return TIME_UNREADABLE, said
        return "", ""

    def _contact(self, ids: Ids, at: datetime, *, names: bool) -> ContactRecord | None:
        """`names`: the event says that the user id is a user's."""
        kind, value = (USER, ids.user) if ids.user else (ANONYMOUS, ids.anonymous)
        if not value:
            return None
        known = self.first_noted(kind, value)
        if known:
            return known
        contact = ContactRecord(at, at, user_id=value if kind == USER and names else None)
        self.contacts.append(contact)
        self._identities.note(kind, value, contact, at)
        return contact


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
