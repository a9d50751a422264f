"""At each look only what had been received by then is seen; history counts since it happened."""

from datetime import datetime

import pytest

from pql.accounts.facts import FROM_IMPORT
from segments.replay.planning import Plan
from tests.fixtures.product import DAY
from tests.replay.conftest import CONNECTED, HOUR, NOW, Planted, definitions

STARTED = NOW - 20 * DAY
THREE = [STARTED + HOUR, STARTED + 2 * HOUR, STARTED + 3 * HOUR]


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The arithmetic does not depend on the database; `test_planning.py` runs on both."""
    return migrated_sqlite_url


def qualified(plan: Plan) -> list[int]:
    """Who qualified, week by week."""
    return [week.qualified for week in plan.definitions[0].planned.weeks]


def test_an_account_qualifies_in_the_week_of_the_look_that_sees_enough(owner: Planted) -> None:
    owner.sends(owner.trial(STARTED), THREE)
    assert qualified(owner.plan(definitions())) == [0, 1, 0, 0]


def test_an_event_received_late_is_not_seen_before_it_was_received(owner: Planted) -> None:
    account = owner.trial(STARTED)
    owner.sends(account, THREE[:2])
    owner.sends(account, THREE[2:], received=STARTED + 8 * DAY)
    assert qualified(owner.plan(definitions())) == [0, 0, 1, 0]


def test_an_event_that_a_file_brought_is_seen_since_it_happened(owner: Planted) -> None:
    account = owner.trial(STARTED)
    owner.sends(account, THREE, received=NOW, source_id=None)
    assert qualified(owner.plan(definitions())) == [0, 1, 0, 0]


def test_a_trial_that_was_told_late_is_not_one_before(owner: Planted) -> None:
    owner.sends(owner.trial(STARTED, recorded=STARTED + 8 * DAY), THREE)
    assert qualified(owner.plan(definitions())) == [0, 0, 1, 0]


def test_a_trial_that_a_file_told_of_was_one_since_it_began(owner: Planted) -> None:
    owner.sends(owner.trial(STARTED, recorded=NOW, known_from=FROM_IMPORT), THREE)
    assert qualified(owner.plan(definitions())) == [0, 1, 0, 0]


def test_an_event_name_never_heard_of_before_is_unknown_and_not_zero(owner: Planted) -> None:
    text = definitions("3").replace("invite_sent", "login")
    at_most = text.replace("at_least", "at_most")
    account = owner.trial(STARTED)
    assert qualified(owner.plan(at_most)) == [0, 0, 0, 0]
    owner.sends(account, [STARTED + 8 * DAY], name="login")
    assert qualified(owner.plan(at_most)) == [0, 0, 1, 0]


def test_a_conversion_heard_of_late_leaves_the_account_in_trial_until_then(
    owner: Planted,
) -> None:
    """Looks after it paid are left out all the same: nothing in them can have caused it."""
    account = owner.trial(STARTED)
    owner.pays(account, STARTED + 2 * DAY, recorded=STARTED + 9 * DAY)
    owner.sends(account, [STARTED + 3 * DAY] * 3)
    figures = owner.plan(definitions()).definitions[0].planned.whole
    assert (figures.accounts, figures.picked) == (1, 0)
    assert (figures.recall.successes, figures.recall.total) == (0, 1)


def test_what_was_done_on_the_day_of_the_conversion_is_no_cause_of_it(owner: Planted) -> None:
    """Of a date without a time, the conversion counts as at its beginning."""
    day = datetime.combine((STARTED + 4 * DAY).date(), datetime.min.time(), NOW.tzinfo)
    account = owner.trial(STARTED)
    owner.pays(account, day, known_from=FROM_IMPORT, recorded=NOW)
    owner.sends(account, [day, day + HOUR, day + 2 * HOUR])
    figures = owner.plan(definitions()).definitions[0].planned.whole
    assert (figures.picked, figures.recall.successes, figures.recall.total) == (0, 0, 1)


@pytest.mark.parametrize("days_ago", [28, 40])
def test_who_was_qualified_when_the_weeks_began_is_counted_apart(
    owner: Planted, days_ago: int
) -> None:
    text = definitions().replace("trial_days: 14", "trial_days: 60")
    started = NOW - days_ago * DAY - 5 * HOUR
    owner.sends(owner.trial(started), [started + HOUR] * 3)
    figures = owner.plan(text).definitions[0].planned.whole
    assert (figures.already, figures.picked) == (1, 0)


def test_before_the_first_event_came_in_everything_is_history(owner: Planted) -> None:
    started = CONNECTED - 10 * DAY
    owner.sends(
        owner.trial(started, recorded=CONNECTED), [started + HOUR] * 3, received=CONNECTED + HOUR
    )
    assert sum(qualified(owner.plan(definitions(), now=CONNECTED + DAY))) == 1
