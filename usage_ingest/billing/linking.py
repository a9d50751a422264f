"""Which account a customer of the provider is: by metadata, by a trait, or by e-mail domain.

A domain alone decides only where the workspace makes accounts of domains. Otherwise it makes the
accounts in which people of that domain were seen candidates, and a person decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pql.definitions.model import DefinitionFile
from pql.state.bulk import chunks
from pql.state.models import Account, BillingCustomer, Contact
from usage_ingest.billing.stripe_events import CHECKOUT, CUSTOMER, SUBSCRIPTION, ProviderEvent
from usage_ingest.identity.email_domains import account_domains

BY_HAND = "decided by"
BY_DOMAIN = "e-mail domain"
DOMAINS_AT_ONCE = 50
MOST_CANDIDATES = 20
LONGEST_KEY = 512


@dataclass(frozen=True, slots=True)
class Found:
    """The account of a customer and how it is known, or what the customer waits for."""

    account_id: int | None = None
    linked_by: str = ""
    why: str = ""
    candidates: list[str] = field(default_factory=list)


def hints_of(events: Iterable[ProviderEvent]) -> dict[str, Any]:
    """What events say of whose the customer is; what was said last comes first.

    `metadata` and `emails` of the customer come before those of subscriptions and checkouts.
    """
    latest = sorted(events, key=lambda event: (event.occurred_at, event.event_id), reverse=True)
    metadata: list[list[str]] = []
    emails: list[str] = []
    for kind in (CUSTOMER, SUBSCRIPTION, CHECKOUT):
        for content in (event.content[kind] for event in latest if kind in event.content):
            metadata += [[name, value] for name, value in sorted(content["metadata"].items())]
            if content.get("reference"):
                metadata.append(["client_reference_id", content["reference"]])
            emails += [content["email"]] if content.get("email") else []
    for event in latest:
        emails += [each["email"] for each in event.content.values() if each.get("email")]
    unique = list(dict.fromkeys(map(tuple, metadata)))
    return {"metadata": [list(each) for each in unique], "emails": list(dict.fromkeys(emails))}


def find_accounts(
    session: Session,
    workspace_id: int,
    customers: Sequence[BillingCustomer],
    file: DefinitionFile,
) -> dict[int, Found]:
    """For each of these customers, by row id, its account or what it waits for."""
    names = (*file.lifecycle.stripe_metadata, "client_reference_id")
    said = {customer.id: _said(customer, names) for customer in customers}
    by_key = _by_key(session, workspace_id, {key for _, key in said.values() if key})
    by_trait = _by_trait(session, workspace_id, customers, file.lifecycle.stripe_traits)
    found, left = {}, []
    for customer in customers:
        name, key = said[customer.id]
        if key in by_key and key not in customer.refused:
            found[customer.id] = Found(by_key[key], f"metadata {name}"[:300])
        elif customer.customer_id in by_trait:
            found[customer.id] = by_trait[customer.customer_id]
        elif key and key not in customer.refused:
            why = f"metadata {name} is {key!r}, and no such account is known yet"
            found[customer.id] = Found(why=why)
        else:
            left.append(customer)
    return found | _by_domain(session, workspace_id, left, file)


def _said(customer: BillingCustomer, names: Sequence[str]) -> tuple[str, str]:
    """The first metadata that names an account, and the account's key."""
    metadata: Iterable[tuple[str, str]] = map(tuple, customer.hints.get("metadata", ()))
    named = ((name, key) for name, key in metadata if name in names and 0 < len(key) <= LONGEST_KEY)
    return next(named, ("", ""))


def _by_key(session: Session, workspace_id: int, keys: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(keys):
        own = Account.workspace_id == workspace_id, Account.key.in_(some)
        rows = session.execute(select(Account.key, Account.id).where(*own))
        found.update((key, account_id) for key, account_id in rows)
    return found


def _by_trait(
    session: Session,
    workspace_id: int,
    customers: Sequence[BillingCustomer],
    names: Sequence[str],
) -> dict[str, Found]:
    """Accounts whose traits name one of the customers, by the customer's id."""
    found: dict[str, Found] = {}
    refused = {customer.customer_id: customer.refused for customer in customers}
    for name in names:
        trait = Account.traits[name].as_string()
        for some in chunks(refused.keys()):
            own = Account.workspace_id == workspace_id, trait.in_(some)
            rows = select(trait, Account.id, Account.key).where(*own).order_by(Account.id.desc())
            for customer_id, account_id, key in session.execute(rows):
                if key not in refused[customer_id]:
                    found[customer_id] = Found(account_id, f"trait {name}"[:300])
    return found


def _by_domain(
    session: Session,
    workspace_id: int,
    customers: Sequence[BillingCustomer],
    file: DefinitionFile,
) -> dict[int, Found]:
    excluded = (*file.accounts.exclude_domains, *file.lifecycle.internal_domains)
    domain_of = account_domains(excluded)
    domains = {
        customer.id: next(filter(None, map(domain_of, customer.hints.get("emails", ()))), "")
        for customer in customers
    }
    wanted = {domain for domain in domains.values() if domain}
    own = _by_key(session, workspace_id, wanted) if file.accounts.from_email_domain else {}
    seen = _accounts_with_people(session, workspace_id, wanted - own.keys())
    return {
        customer.id: _of_domain(customer, domains[customer.id], own, seen) for customer in customers
    }


def _of_domain(
    customer: BillingCustomer,
    domain: str,
    own: Mapping[str, int],
    seen: Mapping[str, Sequence[str]],
) -> Found:
    if not domain:
        return Found(why="nothing names an account: no metadata, no trait, no company's e-mail")
    if domain in own and domain not in customer.refused:
        return Found(own[domain], f"{BY_DOMAIN} {domain}"[:300])
    candidates = [key for key in seen.get(domain, ()) if key not in customer.refused]
    if candidates:
        return Found(
            why=f"people with addresses of {domain} were seen in it: a person decides",
            candidates=candidates[:MOST_CANDIDATES],
        )
    return Found(why=f"no account with people of the e-mail domain {domain} is known yet")


def _accounts_with_people(
    session: Session, workspace_id: int, domains: Collection[str]
) -> dict[str, list[str]]:
    """Keys of the accounts to which people with addresses of each domain belong."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    address = func.lower(Contact.email)
    for some in chunks(domains, DOMAINS_AT_ONCE):
        endings = (address.like(f"%{mark}{each}") for each in some for mark in "@.")
        rows = (
            select(address, Account.key)
            .join(Account, Account.id == Contact.account_id)
            .where(Contact.workspace_id == workspace_id, or_(*endings))
            .distinct()
            .order_by(Account.key)
        )
        for email, key in session.execute(rows):
            for domain in some:
                if email.endswith((f"@{domain}", f".{domain}")) and key not in found[domain]:
                    found[domain].append(key)
    return found


def take(customer: BillingCustomer, found: Found) -> set[int]:
    """Note what was found. The accounts whose history is another now, or of whom more is known.

    A link stays until another is told, or a person's is taken. A domain tells none where the link
    was by more: the account that was named may have gone, and left its customers to another.
    """
    concerned = {customer.account_id, found.account_id} - {None}
    is_less = found.linked_by.startswith(BY_DOMAIN) and not customer.linked_by.startswith(BY_DOMAIN)
    if customer.account_id is not None and (
        found.account_id is None or is_less or customer.linked_by.startswith(BY_HAND)
    ):
        return {customer.account_id}
    customer.account_id, customer.linked_by = found.account_id, found.linked_by
    customer.why, customer.candidates = found.why, found.candidates
    return {each for each in concerned if each is not None}


def link_by_hand(customer: BillingCustomer, account: Account, by: str, now: datetime) -> None:
    """Somebody says whose customer it is. It is taken up by the worker, within seconds."""
    customer.account_id, customer.linked_by = account.id, f"{BY_HAND} {by}"[:300]
    customer.why, customer.candidates = "", []
    customer.refused = [key for key in customer.refused if key != account.key]
    customer.changed_at = now
