"""Accounts of single people, for a product without companies. Pure: works on records.

Somebody is an account of their own once they have a user id, where the workspace wants that: never,
while no company's account holds them, or always.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from hashlib import sha256

from pql.workspace_settings import ALWAYS, NEVER
from usage_ingest.identity.records import AccountRecord, ContactRecord

PREFIX = "person:"
"""Of the key where the user id alone is the key of another account."""
LONGEST_KEY = 512
"""Characters that the state takes, and that an id may have."""


def next_key(key: str) -> str:
    """The key to try where this one is another account's; the same each time."""
    longer = f"{PREFIX}{key}"
    is_short = len(longer) <= LONGEST_KEY
    return longer if is_short else f"{PREFIX}{sha256(key.encode()).hexdigest()}"


def keys_to_know(keys: Collection[str], known: Container[str]) -> set[str]:
    """The keys of which a load must know whether they are an account's already.

    Each of `keys`, user ids and keys of companies, may send one account of a person on to the next
    key that is free. `known`: keys that are an account's.
    """
    asked = set(keys)
    found: set[str] = set()
    for first in sorted(asked, key=len):
        key, sent_on = first, 0
        while first not in found or sent_on:
            sent_on += 1 if key in asked else 0 if key in known else -1
            found.add(key)
            key = next_key(key)
    return found


class PersonAccounts:
    """The accounts of single people in a load.

    Args:
        wanted: which people are an account each (see `pql.workspace_settings`).
        accounts: every account of the load, by key; changed with those that are made here.
        without_people: accounts in which nobody was ever seen: an import may have brought them.
    """

    def __init__(
        self,
        wanted: str,
        accounts: dict[str, AccountRecord],
        without_people: Container[AccountRecord] = (),
    ) -> None:
        self.are_wanted = wanted != NEVER
        self.are_always = wanted == ALWAYS
        self.accounts = accounts
        self._without_people = without_people
        self._given_up: set[str] = set()
        """Keys that accounts had in the state: they are free once those are written."""
        self.left: dict[AccountRecord, ContactRecord] = {}
        """Accounts that are no more, with the person whose account takes over what was theirs."""

    def wants(self, contact: ContactRecord) -> bool:
        """Whether the contact is an account of its own. A visitor is nobody yet."""
        is_asked = self.are_always or (self.are_wanted and not contact.places)
        return is_asked and contact.user_id is not None

    def make(self, contact: ContactRecord) -> AccountRecord:
        """The contact's own account. One that an import made of its user id becomes it."""
        key = contact.user_id or ""
        known = self.accounts.get(key)
        if known is not None and not known.is_person and known in self._without_people:
            known.is_person = True
            return known
        first, last = contact.first_seen_at, contact.last_seen_at
        account = AccountRecord(self._free_key(key), first, last, is_person=True)
        self.accounts[account.key] = account
        return account

    def follow(self, contact: ContactRecord) -> None:
        """Name the account by the user id that the contact has by now."""
        account = contact.account
        if account and account.is_person and contact.user_id:
            self._rename(account, contact.user_id)

    def make_way(self, key: str) -> None:
        """Leave a key to the company that goes by it."""
        known = self.accounts.get(key)
        if known is not None and known.is_person:
            self._rename(known, next_key(key))

    def holds_all_of(self, contact: ContactRecord) -> bool:
        """Whether all that the contact does counts for it, whatever account it names."""
        return self.are_always and contact.account is not None and contact.account.is_person

    def leave(self, account: AccountRecord | None, contact: ContactRecord) -> None:
        """The account of a single person is no more: what was its is that of the contact's."""
        if account is not None and account.is_person:
            self.left[account] = contact

    def _rename(self, account: AccountRecord, wanted: str) -> None:
        key = self._free_key(wanted, account)
        if key != account.key:
            del self.accounts[account.key]
            self._given_up.add(account.key)
            account.key = key
            self.accounts[key] = account

    def _free_key(self, key: str, account: AccountRecord | None = None) -> str:
        """The first key from this one on that is no other account's."""
        while key in self._given_up or self.accounts.get(key, account) is not account:
            key = next_key(key)
        return key
