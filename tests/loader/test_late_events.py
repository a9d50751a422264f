"""A late event changes what its windows say: its account is measured and judged again."""

from datetime import timedelta

from pql.state.models import Standing
from segments.evaluation import evaluate_changed
from tests.fixtures.loading import Loading, group, track
from usage_ingest.loading.loader import unfenced

DEFINITIONS = """
metrics:
  early: {event: message_sent, aggregate: count, window: first 3 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: early, at_least: 2}]
"""


def judged(loading: Loading) -> str:
    evaluate_changed(loading.state, loading.store, loading.now, unfenced)
    with loading.state.reading() as session:
        return session.get_one(Standing, (loading.account("acme").id, "conversion")).pql


def test_a_late_event_counts_in_a_window_that_is_long_closed(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    started = loading.now - timedelta(days=20)
    on_day_two = (started + timedelta(days=1, hours=3)).isoformat()
    loading.load_sent(
        group("join", "acme", traits={"plan": "trial", "trialStartedAt": started.isoformat()}),
        track("first", timestamp=on_day_two),
        track("today"),
    )
    assert judged(loading) == "not_met"
    loading.now += timedelta(hours=1)
    loading.load_sent(track("late", timestamp=on_day_two))
    assert judged(loading) == "met"


def test_an_event_that_is_too_late_changes_nothing_and_is_kept(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    long_ago = (loading.now - timedelta(days=31)).isoformat()
    loading.load_sent(
        group("join", "acme", traits={"plan": "trial"}), track("late", timestamp=long_ago)
    )
    assert list(loading.stored().index) == ["join"]
    assert loading.fates() == {"stored": 1, "quarantined": 1}
