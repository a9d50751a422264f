"""What was worked out while the clock was ahead does not hold when it is right again."""

from datetime import timedelta

import pytest

from pql import job_runs
from pql.accounts.settling import end_trials
from pql.benchmarks.refreshing import is_due as benchmarks_are_due
from pql.fitted.requesting import REFIT_AFTER, is_recent
from pql.settings import Settings
from pql.state.models import Workspace
from routes.clock.jobs import LINE, sweep
from routes.clock.running import slot_of
from routes.clock.work import Work
from routes.endings import Ending
from segments.due_accounts import mark_due, mark_evaluated_ahead
from tests.fixtures.loading import RECEIVED_AT, Loading, group
from tests.fixtures.product import DAY, TODAY, Product, unfenced
from usage_ingest.translating.reading import Reader

FAR = 40 * DAY
HOUR = timedelta(hours=1)
DEFINITIONS = """
lifecycle: {after_trial: free, trial_days: 14, events: {subscription_started: paying}}
metrics:
  messages: {event: message_sent, aggregate: count, window: whole trial}
  lately: {event: message_sent, aggregate: count, window: last 28 days}
definitions:
  conversion:
    population: status is trial or free
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: messages, at_least: 1}]
"""


@pytest.fixture
def trial(product: Product) -> int:
    """An account on the third day of its trial, with three messages."""
    product.apply(DEFINITIONS)
    started = TODAY - 2 * DAY
    account_id = product.account(started=started, ends=started + 14 * DAY)
    product.does(account_id, "message_sent", *(started + number * HOUR for number in range(3)))
    product.changes(account_id)
    product.evaluate()
    return account_id


def sweep_accounts(product: Product) -> int:
    with product.state.writing() as session:
        return mark_evaluated_ahead(session, TODAY) + mark_due(session, TODAY)


def test_an_account_evaluated_ahead_is_evaluated_again(product: Product, trial: int) -> None:
    right = product.standing(trial).evidence
    product.changes(trial)
    product.evaluate(TODAY + FAR)
    assert product.standing(trial).evidence != right
    assert sweep_accounts(product) == 1
    assert product.evaluate(TODAY + HOUR) == 1
    assert product.standing(trial).evidence == right
    assert product.read(trial).evaluated_at == TODAY + HOUR


def test_accounts_evaluated_ahead_are_queued_once_however_long_they_wait(
    product: Product, trial: int
) -> None:
    product.changes(trial)
    product.evaluate(TODAY + FAR)
    assert [sweep_accounts(product) for _ in range(3)] == [1, 0, 0]


@pytest.mark.parametrize("after_trial", ["free", "trial", "churned"])
def test_a_trial_that_ended_by_a_clock_that_was_ahead_goes_on(
    loading: Loading, after_trial: str
) -> None:
    loading.apply_definitions(f"lifecycle: {{after_trial: {after_trial}, trial_days: 14}}")
    loading.load_sent(group("1", "acme", traits={"plan": "trial"}))
    before = loading.account("acme")
    for now, status in ((RECEIVED_AT + FAR, after_trial), (RECEIVED_AT + DAY, "trial")):
        with loading.state.writing() as session:
            assert end_trials(session, now) == 1
        with loading.state.writing() as session:
            assert end_trials(session, now) == 0
        assert loading.account("acme").status == status
    assert loading.account("acme").lifecycle == before.lifecycle


def test_the_sweep_looks_for_what_is_ahead_only_after_the_clock_was(
    product: Product, trial: int
) -> None:
    product.changes(trial)
    product.evaluate(TODAY + FAR)
    settings = Settings("sqlite://", "duckdb:///events.duckdb")
    reader = Reader(product.state, settings)
    work = Work(product.state, product.store, settings, unfenced, Ending(), reader)
    sweep(work, TODAY)
    assert product.read(trial).evaluated_at == TODAY + FAR
    with product.state.writing() as session:
        job_runs.claim(session, LINE, slot_of(TODAY + FAR, DAY), TODAY + FAR)
    sweep(work, TODAY)
    assert product.read(trial).evaluated_at is None


def test_events_that_are_dated_ahead_count_when_their_time_has_come(
    product: Product, trial: int
) -> None:
    """And meanwhile hide nothing of what happened lately."""
    product.does(trial, "message_sent", TODAY + FAR)
    product.changes(trial, last_seen_at=TODAY + FAR, trial_ends_at=TODAY + 2 * FAR)
    product.evaluate(TODAY + HOUR)
    assert "[3.0,3.0]" in str(product.standing(trial).evidence)
    next_at = product.read(trial).next_evaluation_at
    assert next_at
    assert next_at <= TODAY + FAR + HOUR
    product.changes(trial)
    product.evaluate(TODAY + FAR + HOUR)
    assert "[4.0,1.0]" in str(product.standing(trial).evidence)


def test_benchmarks_of_a_time_to_come_are_due(product: Product) -> None:
    product.apply(DEFINITIONS)
    product.refresh(TODAY + FAR)
    with product.state.reading() as session:
        assert benchmarks_are_due(session, product.workspace_id, TODAY)
    product.refresh(TODAY)
    with product.state.reading() as session:
        assert not benchmarks_are_due(session, product.workspace_id, TODAY + HOUR)


def test_benchmarks_asked_for_at_a_time_to_come_are_computed_once(product: Product) -> None:
    product.apply(DEFINITIONS)
    with product.state.writing() as session:
        workspace = session.get_one(Workspace, product.workspace_id)
        workspace.benchmarks_requested_at = TODAY + FAR
        assert benchmarks_are_due(session, product.workspace_id, TODAY)
    product.refresh(TODAY)
    with product.state.reading() as session:
        assert not benchmarks_are_due(session, product.workspace_id, TODAY + HOUR)


@pytest.mark.parametrize(
    ("ago", "recent"),
    [(timedelta(), True), (REFIT_AFTER, False), (6 * DAY, True), (-HOUR, False), (-FAR, False)],
)
def test_a_fit_of_a_time_to_come_is_not_recent(ago: timedelta, recent: bool) -> None:
    assert is_recent(TODAY - ago, TODAY) is recent
