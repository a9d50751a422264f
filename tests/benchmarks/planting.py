"""Trials that a test plants without the loader, many at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pql.benchmarks.documents import read_documents
from pql.benchmarks.repository import latest_version
from pql.definitions import versions
from pql.state.models import Account
from pql.trials import Evidence, read_evidence
from tests.fixtures.events import batch_of
from tests.fixtures.product import START, TODAY, Product
from tests.known import known

DEFINITIONS = """
lifecycle: {trial_days: 14}
metrics:
  messages: {event: message_sent, aggregate: count, window: first 7 days}
  soonest:  {event: message_sent, aggregate: first time, window: first 7 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: messages, at_least: 3}]
segments:
  source: {trait: utm_source}
"""


def evidence_of(product: Product, as_of: datetime = TODAY) -> Evidence:
    """What is known of the product's trials."""
    with product.state.reading() as session:
        return read_evidence(product.store, session, product.workspace_id, as_of)


def documents(product: Product, kind: str) -> dict[str, Any]:
    """What is kept of a kind with the product's newest version."""
    with product.state.reading() as session:
        applied = versions.current(session, product.workspace_id)
        version = known(latest_version(session, product.workspace_id, applied.version_id))
        return read_documents(session, version.id, kind)


def plant(
    product: Product,
    number: int,
    *,
    messages: Iterable[datetime] = (),
    traits: Mapping[str, Any] | None = None,
    started: datetime = START,
    **columns: Any,
) -> list[int]:
    """Accounts that each send messages at those times, written at once."""
    stated = {"status": "paying" if columns.get("converted_at") else "free", **columns}
    accounts = [
        Account(
            workspace_id=product.workspace_id,
            key=f"planted-{next(product.numbers)}",
            traits=dict(traits or {}),
            trial_started_at=started,
            first_seen_at=started,
            last_seen_at=started,
            **stated,
        )
        for _ in range(number)
    ]
    with product.state.writing() as session:
        session.add_all(accounts)
        session.flush()
        account_ids = [account.id for account in accounts]
    send(product, account_ids, list(messages))
    return account_ids


def send(product: Product, account_ids: Iterable[int], times: Iterable[datetime]) -> None:
    """Each account sends a message at each of those times."""
    rows = [
        {
            "workspace_id": product.workspace_id,
            "account_id": account_id,
            "occurred_at": at.replace(tzinfo=None),
            "received_at": at.replace(tzinfo=None),
            "message_id": f"message-{next(product.numbers)}",
        }
        for account_id in account_ids
        for at in times
    ]
    if rows:
        number = product.workspace_id * 1_000_000 + next(product.numbers)
        product.store.append(batch_of(number, rows))


def record_until(product: Product, at: datetime) -> None:
    """Somebody without a trial does something from the start on, and for the last time then."""
    send(product, [product.account(started=None, status="unknown")], [START, at])
