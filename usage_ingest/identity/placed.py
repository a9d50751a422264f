"""An event with who did it, and for which account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.places import account_before, has_moved
from usage_ingest.identity.records import AccountRecord, ContactRecord

Routine = tuple[str | None, ...]
"""What decides whose event it is, of one that tells nothing else."""


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event with who did it, and for which account, as known when it came.

    `contact` is the one that the event's own id was first noted for; who that is by now, its
    `current` says. `joined_account` is the one that the contact was said to be in at the very time
    of the event, by what came before it. `note` is a short code for what of the event had no
    effect, `detail` says more.
    """

    event: CanonicalEvent
    contact: ContactRecord | None
    named_account: AccountRecord | None
    note: str = ""
    detail: str = ""
    further_accounts: tuple[AccountRecord, ...] = ()
    joined_account: AccountRecord | None = None

    def accounts(self) -> tuple[AccountRecord, ...]:
        """Every account for which the event counts."""
        account = self.account()
        return (account, *self.further_accounts) if account else ()

    def see(self, at: datetime) -> None:
        """Take note of another event like this one."""
        if self.contact:
            for contact in dict.fromkeys((self.contact.current(), self.contact)):
                contact.see(at)
        account = self.account()
        if account:
            account.see(at)

    def account(self) -> AccountRecord | None:
        """The event's account, once all events of the load are placed.

        One that names none is of the account in which its contact was at that time, and before the
        first one of that.
        """
        if self.named_account or self.contact is None:
            return self.named_account
        contact = self.contact.current()
        if len(contact.places) < 2 or not has_moved(contact):
            return contact.account
        return (
            self.joined_account
            or account_before(contact, self.event.occurred_at)
            or contact.places[0].account
        )


def all_accounts(placed: Sequence[Placed]) -> set[AccountRecord]:
    """Every account for which any of the events counts."""
    accounts = {account for each in placed if (account := each.account())}
    return accounts.union(*(each.further_accounts for each in placed if each.further_accounts))


def joined_at(first: ContactRecord | None, at: datetime) -> AccountRecord | None:
    """The account that a contact was said to be in at this very time."""
    places = first.current().places if first else ()
    return next((said.account for said in reversed(places) if said.at == at), None)
