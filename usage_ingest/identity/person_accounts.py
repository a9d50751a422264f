"""Accounts of single people, for a product without companies. Pure: works on records.

Somebody is an account of their own once they have a user id, where the workspace wants that: never,
while no company's account holds them, or always.
"""

from __future__ import annotations

from collections.abc import Container

from pql.workspace_settings import ALWAYS, NEVER
from usage_ingest.identity.records import AccountRecord, ContactRecord

PREFIX = "person:"
"""Of the key where the user id alone is the key of another account."""


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
        if known is not None:
            key = f"{PREFIX}{key}"
        if key not in self.accounts:
            first, last = contact.first_seen_at, contact.last_seen_at
            self.accounts[key] = AccountRecord(key, first, last, is_person=True)
        return self.accounts[key]

    def follow(self, contact: ContactRecord) -> None:
        """Name the account by the user id that the contact has by now."""
        account, key = contact.account, contact.user_id or ""
        if account and account.is_person and account.key not in {key, f"{PREFIX}{key}"}:
            self._rename(account, key if key not in self.accounts else f"{PREFIX}{key}")

    def make_way(self, key: str) -> None:
        """Leave a key to the company that goes by it."""
        known = self.accounts.get(key)
        if known is not None and known.is_person and not key.startswith(PREFIX):
            self._rename(known, f"{PREFIX}{key}")

    def holds_all_of(self, contact: ContactRecord) -> bool:
        """Whether all that the contact does counts for it, whatever account it names."""
        return self.are_always and contact.account is not None and contact.account.is_person

    def leave(self, account: AccountRecord | None, contact: ContactRecord) -> None:
        """The account of a single person is no more: what was its is that of the contact's."""
        if account is not None and account.is_person:
            self.left[account] = contact

    def _rename(self, account: AccountRecord, key: str) -> None:
        if key not in self.accounts:
            del self.accounts[account.key]
            account.key = key
            self.accounts[key] = account
