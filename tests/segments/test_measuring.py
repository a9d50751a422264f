"""Only what may have changed is measured again, and it makes no difference to any number."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pql.changes import ACCOUNT, BACKLOG, mark_changed, set_aside, take_changes
from pql.state.models import Standing
from segments import resting
from segments.due_accounts import mark_due
from segments.evaluation import evaluate_changed
from tests.fixtures.loading import Loading, group, identify, track
from tests.fixtures.product import DAY, TODAY, Product, unfenced

DEFINITIONS = """
metrics:
  early: {event: seen, aggregate: count, window: first 3 days}
  lately: {event: seen, aggregate: count, window: last 3 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: early, at_least: 2}]
"""
STARTED = TODAY - 10 * DAY
HOUR = timedelta(hours=1)


@pytest.fixture
def account(product: Product) -> int:
    """A trial in its tenth day that did something once in its first days, and was evaluated."""
    product.apply(DEFINITIONS)
    account = product.account(started=STARTED)
    product.does(account, "seen", STARTED + HOUR)
    product.refresh()
    product.changes(account)
    product.evaluate()
    assert product.standing(account).pql == "not_met"
    return account


def goes_on(product: Product, account: int, *times: datetime, since: datetime | None) -> str:
    """It does something at these times; what is said of it when it changed `since` then."""
    product.does(account, "seen", *times)
    known = {account: since} if since else {}
    with product.state.writing() as session:
        mark_changed(session, product.workspace_id, ACCOUNT, [account], TODAY, known)
    product.evaluate(TODAY + HOUR)
    return product.standing(account).pql


def numbers(product: Product, account: int) -> list[float]:
    """What the result of the account rests on: early and lately."""
    evidence = product.standing(account).evidence
    assert evidence is not None
    _, _, measured, _ = json.loads(evidence)
    return list(measured)


def test_a_window_that_was_over_is_not_looked_at_again(product: Product, account: int) -> None:
    # Nobody would say so of an event in the window: it shows that nobody looks.
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "not_met"


def test_a_window_that_is_open_is(product: Product, account: int) -> None:
    goes_on(product, account, TODAY, TODAY, since=TODAY)
    assert numbers(product, account) == [1, 2]


@pytest.mark.parametrize("since", [STARTED + 2 * HOUR, STARTED + 3 * DAY - HOUR, None])
def test_a_window_to_which_something_came_is_measured_again(
    product: Product, account: int, since: datetime | None
) -> None:
    assert goes_on(product, account, STARTED + 2 * HOUR, since=since) == "met"


def test_what_is_after_a_window_does_not_open_it(product: Product, account: int) -> None:
    assert goes_on(product, account, STARTED + HOUR, since=STARTED + 3 * DAY) == "not_met"


def test_a_window_that_was_still_open_is_measured_again(product: Product) -> None:
    product.apply(DEFINITIONS)
    account = product.account(started=TODAY - 2 * DAY)
    product.does(account, "seen", TODAY - DAY)
    product.refresh()
    product.changes(account)
    product.evaluate()
    product.does(account, "seen", TODAY + 23 * HOUR)
    with product.state.writing() as session:
        now = TODAY + 5 * DAY
        mark_changed(session, product.workspace_id, ACCOUNT, [account], now, {account: now})
    product.evaluate(now)
    assert product.standing(account).pql == "met"


def test_by_other_definitions_everything_is_measured(product: Product, account: int) -> None:
    product.apply(DEFINITIONS.replace("at_least: 2", "at_least: 2.0"))
    product.refresh()
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"


def test_another_release_measures_everything(
    product: Product, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "RELEASE", "another")
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"


def test_an_event_that_nobody_had_recorded_is_looked_for_again(product: Product) -> None:
    product.apply(DEFINITIONS)
    account = product.account(started=STARTED)
    product.changes(account)
    product.refresh()
    product.evaluate()
    assert product.standing(account).pql == "unknown"
    product.does(product.account(started=STARTED), "seen", TODAY)
    assert goes_on(product, account, since=TODAY) == "not_met"


def test_what_the_backlog_knows_of_a_change_counts_too(product: Product, account: int) -> None:
    with product.state.writing() as session:
        mark_changed(session, product.workspace_id, ACCOUNT, [account], TODAY)
        set_aside(session, many=0)
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"
    with product.state.reading() as session:
        assert take_changes(session, BACKLOG, 10) == ()


def test_the_earlier_of_two_changes_counts(product: Product, account: int) -> None:
    with product.state.writing() as session:
        known = {account: STARTED}
        mark_changed(session, product.workspace_id, ACCOUNT, [account], TODAY, known)
        set_aside(session, many=0)
    assert goes_on(product, account, STARTED + 2 * HOUR, since=TODAY) == "met"


def test_a_trial_that_turns_out_to_have_begun_later_is_measured_again(loading: Loading) -> None:
    begin_trial(loading)
    begun = text(loading.now - 6 * DAY)
    loading.load_sent(group("6", "acme", traits={"trialStartedAt": begun}))
    evaluate(loading)
    assert early(loading) == 1


def test_what_a_visitor_did_in_the_trial_is_counted_when_it_is_known_who_it_was(
    loading: Loading,
) -> None:
    begin_trial(loading)
    loading.load_sent(identify("6", anonymousId="visitor"))
    evaluate(loading)
    assert early(loading) == 3


def begin_trial(loading: Loading) -> None:
    """Ada's trial of ten days ago: she did something twice in its first days, a visitor once."""
    loading.apply_definitions(DEFINITIONS)
    begun, times = loading.now - 10 * DAY, (1 * HOUR, 2 * HOUR, 5 * DAY)
    traits = {"plan": "trial", "trialStartedAt": text(begun)}
    loading.load_sent(
        group("1", "acme", traits=traits, timestamp=text(begun)),
        *(
            track(f"{2 + n}", event="seen", timestamp=text(begun + later))
            for n, later in enumerate(times)
        ),
        track("5", None, event="seen", anonymousId="visitor", timestamp=text(begun + HOUR)),
    )
    evaluate(loading)
    assert early(loading) == 2


def early(loading: Loading) -> float:
    with loading.state.reading() as session:
        (evidence,) = session.scalars(select(Standing.evidence)).all()
    assert evidence is not None
    return float(json.loads(evidence)[2][0])


def test_when_only_time_passed_the_past_is_not_looked_at(product: Product, account: int) -> None:
    product.does(account, "seen", STARTED + 2 * HOUR, TODAY)
    tomorrow = TODAY + DAY
    with product.state.writing() as session:
        assert mark_due(session, tomorrow) == 1
    product.evaluate(tomorrow)
    standing = product.standing(account)
    assert (standing.pql, standing.evaluated_at) == ("not_met", tomorrow)


def test_a_strangers_evidence_is_no_accounts_own(
    product: Product, strangers_product: Product, account: int
) -> None:
    strangers_product.apply(DEFINITIONS.replace("at_least: 2", "at_least: 1"))
    strange = strangers_product.account(started=STARTED)
    strangers_product.does(strange, "seen", STARTED, STARTED + HOUR)
    strangers_product.refresh()
    assert goes_on(strangers_product, strange, since=TODAY) == "met"
    assert goes_on(product, account, since=TODAY) == "not_met"


def evaluate(loading: Loading) -> None:
    evaluate_changed(loading.state, loading.store, loading.now, unfenced)


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
