"""Very many accounts at once are worked off apart: in slices, beside what comes in, and once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pql.changes import (
    ACCOUNT,
    BACKLOG,
    mark_changed,
    mark_everything_changed,
    set_aside,
    take_changes,
)
from pql.events.store import AnySelect
from pql.leases import LeaseLost
from pql.state.bulk import table_of
from pql.state.models import Account, Evaluation, Standing
from segments.evaluation import WRITTEN_AT_ONCE, evaluate_backlog, evaluate_changed
from tests.fixtures.product import DAY, TODAY, Product, unfenced

DEFINITIONS = """
metrics:
  invites: {event: invite_sent, aggregate: count, window: first 14 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: invites, at_least: 3}]
    require: all
"""
HOUR = timedelta(hours=1)
STARTED = TODAY - 2 * DAY


@pytest.fixture
def product(product: Product) -> Product:
    """One trial that sent an invite, and definitions that ask for three."""
    product.apply(DEFINITIONS)
    product.does(trial(product), "invite_sent", STARTED)
    product.refresh()
    return product


def trial(product: Product) -> int:
    return product.account(started=STARTED)


def wait(product: Product, subject: str = ACCOUNT) -> list[int]:
    with product.state.reading() as session:
        return [each.subject_id for each in take_changes(session, subject, 10_000)]


def make_backlog(product: Product, now: timedelta = timedelta()) -> None:
    with product.state.writing() as session:
        mark_everything_changed(session, product.workspace_id, TODAY + now)
        assert set_aside(session, many=0) > 0


class Meanwhile:
    """The event store of a product in which something happens while it is being read."""

    def __init__(self, product: Product, happens: Callable[[], object]) -> None:
        self._store, self._happens = product.store, [happens]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        frames = self._store.frames(statements, uploads)
        if uploads and self._happens:
            self._happens.pop()()
        return frames


def test_few_accounts_are_no_backlog(product: Product) -> None:
    account = trial(product)
    product.changes(account)
    with product.state.writing() as session:
        assert set_aside(session) == 0
    assert account in wait(product)


def test_many_accounts_are_set_aside_and_what_comes_in_is_not(product: Product) -> None:
    make_backlog(product)
    late = trial(product)
    product.changes(late)
    assert (wait(product), len(wait(product, BACKLOG))) == ([late], 1)


def test_the_backlog_is_evaluated_like_anything_else(product: Product) -> None:
    account = trial(product)
    product.does(account, "invite_sent", *[STARTED + n * HOUR for n in range(3)])
    make_backlog(product)
    assert evaluate_backlog(product.state, product.store, TODAY, unfenced).accounts == 2
    assert product.standing(account).pql == "met"
    assert wait(product, BACKLOG) == []


def test_what_is_newer_than_the_backlog_is_not_overwritten_by_it(product: Product) -> None:
    account = trial(product)
    make_backlog(product)

    def three_invites_arrive_and_are_evaluated() -> None:
        product.does(account, "invite_sent", *[STARTED + n * HOUR for n in range(3)])
        product.changes(account)
        evaluate_changed(product.state, product.store, TODAY + HOUR, unfenced)

    store = Meanwhile(product, three_invites_arrive_and_are_evaluated)
    evaluate_backlog(product.state, store, TODAY, unfenced)  # type: ignore[arg-type]
    standing = product.standing(account)
    assert (standing.pql, standing.evaluated_at) == ("met", TODAY + HOUR)
    assert [change.pql for change in product.history(account)] == ["met"]
    assert (wait(product), wait(product, BACKLOG)) == ([], [])


def test_an_account_that_changes_meanwhile_waits_for_its_own_evaluation(product: Product) -> None:
    account = trial(product)
    make_backlog(product)

    def an_event_arrives() -> None:
        product.does(account, "invite_sent", TODAY)
        product.changes(account)

    evaluate_backlog(product.state, Meanwhile(product, an_event_arrives), TODAY, unfenced)  # type: ignore[arg-type]
    assert wait(product) == [account]


def test_a_backlog_that_is_marked_again_meanwhile_stays(product: Product) -> None:
    account = trial(product)
    make_backlog(product)
    again = Meanwhile(product, lambda: make_backlog(product, HOUR))
    evaluate_backlog(product.state, again, TODAY, unfenced)  # type: ignore[arg-type]
    assert account in wait(product, BACKLOG)
    assert product.history(account) == []


def add_trials(product: Product, number: int) -> None:
    rows = [
        {
            "workspace_id": product.workspace_id,
            "key": f"one-of-many-{each}",
            "status": "trial",
            "traits": {},
            "trait_times": {},
            "lifecycle": {},
            "trial_started_at": STARTED,
            "first_seen_at": STARTED,
            "last_seen_at": STARTED,
        }
        for each in range(number)
    ]
    with product.state.writing() as session:
        session.connection().execute(insert(table_of(Account)), rows)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("end", [Killed, LeaseLost])
def test_killed_between_two_slices_it_goes_on_there_and_writes_nothing_twice(
    product: Product, end: type[BaseException]
) -> None:
    add_trials(product, 2 * WRITTEN_AT_ONCE + 10)
    make_backlog(product)
    transactions: list[Session] = []

    def dies_in_the_second(session: Session) -> None:
        transactions.append(session)
        if len(transactions) == 2:
            raise end

    with pytest.raises(end):
        evaluate_backlog(product.state, product.store, TODAY, dies_in_the_second)
    assert counted(product) == (WRITTEN_AT_ONCE, WRITTEN_AT_ONCE, WRITTEN_AT_ONCE)
    left = evaluate_backlog(product.state, product.store, TODAY + HOUR, unfenced).accounts
    everybody = 2 * WRITTEN_AT_ONCE + 11
    assert left == everybody - WRITTEN_AT_ONCE
    assert counted(product) == (everybody, everybody, everybody)
    assert wait(product, BACKLOG) == []


def counted(product: Product) -> tuple[int, int, int]:
    """Standings, changes in the history, and accounts in the history."""
    with product.state.reading() as session:
        standings = session.scalar(select(func.count()).select_from(Standing)) or 0
        changes = session.scalar(select(func.count()).select_from(Evaluation)) or 0
        accounts = session.scalar(select(func.count(Evaluation.account_id.distinct()))) or 0
    return standings, changes, accounts


def test_a_strangers_backlog_is_judged_by_the_strangers_definitions(
    product: Product, strangers_product: Product
) -> None:
    strangers_product.apply(DEFINITIONS.replace("at_least: 3", "at_least: 0"))
    own, strange = trial(product), trial(strangers_product)
    strangers_product.refresh()
    strangers_product.does(strange, "invite_sent", STARTED)
    with product.state.writing() as session:
        for each, account in ((product, own), (strangers_product, strange)):
            mark_changed(session, each.workspace_id, ACCOUNT, [account], TODAY)
        set_aside(session, many=0)
    evaluate_backlog(product.state, product.store, TODAY, unfenced)
    assert (product.standing(own).pql, product.standing(strange).pql) == ("not_met", "met")
