"""A workspace whose past is planted: what happened, and when it became known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from pql.accounts.facts import FROM_TRAIT, STATUS, TRIAL_STARTED, Fact
from pql.accounts.settling import add_facts, settle_accounts
from pql.changes import ACCOUNT, mark_changed
from pql.definitions import versions
from pql.definitions.reading import read_definitions
from pql.events.duckdb_store import DuckDBEventStore
from pql.state.models import Account
from pql.state.store import State
from segments.replay.planning import Plan, plan_definitions
from segments.replay.question import Capacity, Question
from tests.fixtures.events import batch_of
from tests.fixtures.product import DAY, Product, make_product

NOW = datetime.fromisoformat("2026-06-01T12:00:00+00:00")
CONNECTED = NOW - 200 * DAY
HOUR = timedelta(hours=1)
NUMBERS = count(1)

METRICS = """
lifecycle: {trial_days: 14, after_trial: free}
metrics:
  invites: {event: invite_sent, aggregate: count, window: first 14 days}
"""
DEFINITION = """
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: invites, at_least: %s}]
    require: all
"""


def definitions(at_least: object = 3) -> str:
    """A file by which whoever sent so many invites is qualified."""
    return METRICS + DEFINITION % at_least


def silent(_share: float, _text: str) -> None:
    """Progress that nobody looks at."""


@dataclass
class Planted:
    """A product, with facts and events that became known when the test says."""

    product: Product

    def apply(self, text: str) -> None:
        """Put definitions in force."""
        self.product.apply(text, CONNECTED)

    def trial(
        self,
        started: datetime,
        *,
        recorded: datetime | None = None,
        known_from: str = FROM_TRAIT,
        **columns: Any,
    ) -> int:
        """An account in trial since then, as the service has known since `recorded`."""
        account = Account(
            workspace_id=self.product.workspace_id,
            key=f"account-{next(NUMBERS)}",
            traits=columns.pop("traits", {}),
            first_seen_at=started,
            last_seen_at=started,
            **columns,
        )
        with self.product.state.writing() as session:
            session.add(account)
        fact = Fact(TRIAL_STARTED, started.isoformat(), started, known_from, "planted")
        self.learns(account.id, fact, recorded or started)
        return account.id

    def pays(
        self,
        account_id: int,
        at: datetime,
        *,
        recorded: datetime | None = None,
        known_from: str = FROM_TRAIT,
    ) -> None:
        """It pays, as the service has known since `recorded`."""
        self.learns(account_id, Fact(STATUS, "paying", at, known_from, "planted"), recorded or at)

    def learns(self, account_id: int, fact: Fact, recorded: datetime) -> None:
        """A fact that was kept at this time; the account is settled as of the end."""
        workspace_id = self.product.workspace_id
        with self.product.state.writing() as session:
            add_facts(session, workspace_id, {account_id: [fact]}, recorded)
            lifecycle = versions.current(session, workspace_id).file.lifecycle
            settle_accounts(session, workspace_id, [account_id], lifecycle, NOW)
            mark_changed(session, workspace_id, ACCOUNT, [account_id], NOW)

    def sends(
        self,
        account_id: int | None,
        times: Iterable[datetime],
        *,
        received: datetime | None = None,
        source_id: int | None = 1,
        name: str = "invite_sent",
    ) -> None:
        """Its people invite others at these times; received at once, or when it is said."""
        rows: list[Mapping[str, Any]] = [
            {
                "workspace_id": self.product.workspace_id,
                "account_id": account_id,
                "source_id": source_id,
                "name": name,
                "occurred_at": at.replace(tzinfo=None),
                "received_at": (received or at).replace(tzinfo=None),
                "message_id": f"message-{next(NUMBERS)}",
            }
            for at in times
        ]
        self.product.store.append(batch_of(next(NUMBERS) + 5_000_000, rows))

    def plan(
        self,
        text: str,
        *,
        weeks: int = 4,
        capacity: Capacity | None = None,
        now: datetime = NOW,
    ) -> Plan:
        """Replay a file."""
        question = Question(read_definitions(text, "test.yaml"), weeks, capacity=capacity)
        product = self.product
        return plan_definitions(
            product.state,
            product.store,
            product.workspace_id,
            question,
            progress=silent,
            now=now,
        )


def planted(state: State, store: DuckDBEventStore, name: str) -> Planted:
    """A workspace connected long ago and heard of until now, with definitions in force."""
    found = Planted(make_product(state, store, name))
    found.apply(definitions())
    found.sends(None, [CONNECTED, NOW - HOUR])
    return found


@pytest.fixture
def owner(state: State, event_store: DuckDBEventStore) -> Planted:
    """The workspace the tests are about."""
    return planted(state, event_store, "owner")


@pytest.fixture
def stranger(state: State, event_store: DuckDBEventStore) -> Planted:
    """Another one in the same stores."""
    return planted(state, event_store, "stranger")
