"""A workspace whose past trials were planted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from pql.finder.answers import Answer
from pql.finder.columns import ValueTable
from pql.finder.preparing import Task
from pql.finder.running import Request, find, read_workspace
from pql.state.models import Account
from tests.fixtures.events import batch_of
from tests.fixtures.product import DAY, Product

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
"""When the first trial begins."""
NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = """
metrics: {events: {event: any, aggregate: count, window: whole trial}}
lifecycle: {after_trial: trial}
"""


class Planting:
    """Collects events and adds them in one batch."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.numbers: Iterator[int] = count(1)
        self.events: list[dict[str, Any]] = []
        self.accounts: list[Account] = []
        product.apply(TEXT)

    def account(self, start: datetime, paid: datetime | None = None) -> Account:
        """An account, not added yet."""
        account = Account(
            workspace_id=self.product.workspace_id,
            key=f"planted-{next(self.numbers)}",
            status="paying" if paid else "trial",
            trial_started_at=start,
            converted_at=paid,
            first_seen_at=start,
            last_seen_at=start,
        )
        self.accounts.append(account)
        return account

    def add_accounts(self) -> None:
        """What was planted so far is in the state, and has its id."""
        with self.product.state.writing() as session:
            session.add_all(self.accounts)
        self.accounts = []

    def does(self, account_id: int, name: str, at: datetime, **others: Any) -> None:
        """Somebody does something; others are columns of the event."""
        when = at.replace(tzinfo=None)
        self.events.append(
            {
                "workspace_id": self.product.workspace_id,
                "account_id": account_id,
                "name": name,
                "occurred_at": when,
                "received_at": when,
                "message_id": f"planted-{next(self.numbers)}",
                **others,
            }
        )

    def store(self) -> None:
        """What was collected is in the event store."""
        self.product.store.append(batch_of(self.product.workspace_id, self.events))


def plant_trials(
    product: Product,
    *,
    trials: int = 400,
    days: int = 200,
    effect: bool = True,
    by_day: bool = False,
    seed: int = 1,
) -> Planting:
    """Trials that send messages and open reports in their first week.

    Those that send at least 7 messages convert more often, on day 9 of their trial. Some pay on
    their third day. `by_day`: all that happens happens at midnight.
    """
    generator = np.random.default_rng(seed)
    planting = Planting(product)
    done: list[tuple[Account, dict[str, int]]] = []
    for began in np.sort(generator.integers(0, days, trials)).tolist():
        start = FIRST + began * DAY
        messages, reports = int(generator.poisson(5)), int(generator.poisson(4))
        chance = 0.55 if messages >= 7 and effect else 0.1
        is_early, converts = generator.random() < 0.03, generator.random() < chance
        paid = start + 2 * DAY if is_early else start + 9 * DAY if converts else None
        account = planting.account(start, paid)
        done.append((account, {"message_sent": messages, "report_opened": reports}))
    planting.add_accounts()
    for account, numbers in done:
        assert account.trial_started_at is not None
        for name, number in numbers.items():
            for hours in generator.uniform(0, 7 * 24, number).tolist():
                at = int(hours // 24) * DAY if by_day else hours * HOUR
                person = account.id * 10 + number % 3
                planting.does(account.id, name, account.trial_started_at + at, contact_id=person)
    return planting


def found(product: Product, **request: Any) -> Answer:
    """What the finder answers."""
    return find(
        product.state,
        product.store,
        product.workspace_id,
        Request(**request),
        progress=None,
        now=NOW,
    )


def measured(product: Product, **request: Any) -> tuple[ValueTable, Task]:
    """What the finder would search."""
    return read_workspace(
        product.state,
        product.store,
        product.workspace_id,
        Request(**request),
        progress=None,
        now=NOW,
    )


def conditions(answer: Answer) -> Sequence[Mapping[str, float]]:
    """The recommended parts: column and threshold."""
    best = answer.finding.recommended
    if best is None:
        return []
    return [
        {answer.finding.columns[part.column].name: part.threshold} for part in best.candidate.parts
    ]
