"""A workspace with people whose events a test plants itself, and what marketing and sales do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from pql.changes import CONTACT, mark_changed
from pql.definitions import versions
from pql.events.duckdb_store import DuckDBEventStore
from pql.leads.evaluation import evaluate_changed_leads
from pql.state.models import Account, Contact, ContactAccount, Lead, LeadMove, Workspace
from pql.state.store import State
from tests.fixtures.events import batch_of
from tests.fixtures.product import unfenced

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Market:
    """A workspace with the starter definitions."""

    state: State
    store: DuckDBEventStore
    workspace_id: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def account(self, status: str = "trial", **traits: Any) -> int:
        number = next(self.numbers)
        account = Account(
            workspace_id=self.workspace_id,
            key=f"account-{number}",
            name=f"Account {number}",
            status=status,
            traits=traits,
            first_seen_at=NOW,
            last_seen_at=NOW,
        )
        with self.state.writing() as session:
            session.add(account)
        return account.id

    def person(self, email: str | None = None, account_id: int | None = None, **traits: Any) -> int:
        """A contact that was just seen."""
        contact = Contact(
            workspace_id=self.workspace_id,
            email=email,
            traits=traits,
            account_id=account_id,
            first_seen_at=NOW,
            last_seen_at=NOW,
        )
        with self.state.writing() as session:
            session.add(contact)
            session.flush()
            if account_id is not None:
                member = {"contact_id": contact.id, "account_id": account_id}
                session.add(ContactAccount(**member, first_seen_at=NOW))
            mark_changed(session, self.workspace_id, CONTACT, [contact.id], NOW)
        return contact.id

    def does(self, contact_id: int, name: str, at: datetime = NOW) -> None:
        """The person does something, and is queued as the loader does it."""
        event = {
            "workspace_id": self.workspace_id,
            "contact_id": contact_id,
            "name": name,
            "occurred_at": at.replace(tzinfo=None),
            "received_at": at.replace(tzinfo=None),
            "message_id": f"message-{next(self.numbers)}",
        }
        number = self.workspace_id * 1_000_000 + next(self.numbers)
        self.store.append(batch_of(number, [event]))
        self.queue(contact_id)

    def queue(self, contact_id: int) -> None:
        with self.state.writing() as session:
            mark_changed(session, self.workspace_id, CONTACT, [contact_id], NOW)

    def evaluate(self, now: datetime = NOW) -> int:
        return evaluate_changed_leads(self.state, self.store, now, unfenced)

    def lead(self, contact_id: int) -> Lead | None:
        with self.state.reading() as session:
            return session.get(Lead, contact_id)

    def moves(self, contact_id: int) -> list[tuple[str | None, str]]:
        with self.state.reading() as session:
            moves = select(LeadMove).where(LeadMove.contact_id == contact_id)
            rows = session.scalars(moves.order_by(LeadMove.id))
            return [(move.from_stage, move.to_stage) for move in rows]


def open_market(state: State, store: DuckDBEventStore, name: str) -> Market:
    with state.writing() as session:
        workspace = Workspace(name=name, created_at=NOW)
        session.add(workspace)
        session.flush()
        versions.apply(session, workspace.id, versions.starter(), "starter.yaml", NOW, "a test")
    return Market(state, store, workspace.id)


@pytest.fixture
def market(state: State, event_store: DuckDBEventStore) -> Market:
    return open_market(state, event_store, "owner")


@pytest.fixture
def strangers_market(state: State, event_store: DuckDBEventStore) -> Market:
    return open_market(state, event_store, "stranger")
