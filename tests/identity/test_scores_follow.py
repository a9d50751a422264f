"""Scores and leads follow a merge and its undoing, and nothing is told twice."""

import pytest
from sqlalchemy import select

from pql.accounts.reasons import kept_of
from pql.leads.evaluation import evaluate_changed_leads
from pql.state.models import Account, Evaluation, Lead, LeadMove, Standing
from segments.evaluation import evaluate_changed
from segments.retelling import retell
from tests.fixtures.loading import Loading, group, identify, track
from tests.fixtures.product import unfenced
from tests.identity.people import alias, decide, merges, reviews, visit

DEFINITIONS = """
metrics:
  sent: {event: message_sent, aggregate: count, window: whole trial}
  people: {event: any, aggregate: distinct contacts, window: whole trial}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: sent, at_least: 2}]
potential:
  large: {any: [{metric: people, at_least: 1}]}
  medium: {any: [{metric: people, at_least: 1}]}
"""


def evaluate(loading: Loading) -> None:
    evaluate_changed(loading.state, loading.store, loading.now, unfenced)
    evaluate_changed_leads(loading.state, loading.store, loading.now, unfenced)


def history(loading: Loading, key: str) -> list[str | None]:
    with loading.state.reading() as session:
        rows = (
            select(Evaluation)
            .join(Account, Account.id == Evaluation.account_id)
            .where(Account.key == key, Account.workspace_id == loading.workspace_id)
        )
        return [each.motion for each in session.scalars(rows.order_by(Evaluation.id))]


def lead(loading: Loading, contact_id: int) -> str | None:
    with loading.state.reading() as session:
        found = session.get(Lead, contact_id)
        return found.stage if found else None


def moves(loading: Loading, contact_id: int) -> list[tuple[str | None, str, str]]:
    with loading.state.reading() as session:
        rows = select(LeadMove).where(LeadMove.contact_id == contact_id).order_by(LeadMove.id)
        return [(each.from_stage, each.to_stage, each.moved_by) for each in session.scalars(rows)]


@pytest.fixture
def trial(loading: Loading) -> Loading:
    """Ada's account on trial, whose people an approved link would be more of."""
    loading.apply_definitions(DEFINITIONS)
    started = loading.now.replace(hour=1).isoformat()
    traits = {"plan": "trial", "trialStartedAt": started}
    loading.load_sent(
        group("1", "acme", "ada", traits=traits, timestamp=started),
        *(identify(user, user) for user in ("ada", "bob")),
        track("2", "ada"),
        track("3", "ada"),
        track("4", "bob"),
        alias("5", "bob", "ada"),
    )
    evaluate(loading)
    return loading


def test_an_account_that_stays_what_it_is_is_told_of_once(trial: Loading) -> None:
    assert history(trial, "acme") == ["high_touch"]
    decide(trial, lambda decider: decider.merge(reviews(trial)[0].id))
    evaluate(trial)
    decide(trial, lambda decider: decider.undo(merges(trial)[0].id))
    evaluate(trial)
    assert history(trial, "acme") == ["high_touch"]


def test_the_score_is_that_of_what_the_account_has_now(trial: Loading) -> None:
    def sent() -> float:
        with trial.state.reading() as session:
            standing = session.scalars(select(Standing)).one()
            (explanation,) = retell(session, standing.workspace_id, [kept_of(standing)])
        (criterion,) = explanation["criteria"]
        value: float = criterion["value"]
        return value

    assert sent() == 2
    decide(trial, lambda decider: decider.merge(reviews(trial)[0].id))
    evaluate(trial)
    assert sent() == 3
    decide(trial, lambda decider: decider.undo(merges(trial)[0].id))
    evaluate(trial)
    assert sent() == 2


@pytest.fixture
def known(loading: Loading) -> Loading:
    """A visitor who booked a demo, and logged in as somebody known."""
    loading.load_sent(
        visit("1", "visitor", event="demo_booked"),
        identify("2", "ada", traits={"email": "ada@example.com"}),
    )
    evaluate(loading)
    loading.load_sent(identify("3", "ada", anonymousId="visitor"))
    evaluate(loading)
    return loading


def test_a_lead_goes_back_to_who_earned_it(known: Loading) -> None:
    (merge,) = merges(known)
    visitor, ada = merge.origin_id, merge.target_id
    assert lead(known, ada) == "SQL"
    decide(known, lambda decider: decider.undo(merge.id))
    evaluate(known)
    assert (lead(known, ada), lead(known, visitor)) == ("subscriber", "SQL")
    assert moves(known, visitor) == [(None, "SQL", "rule")]
    assert moves(known, ada) == [
        (None, "subscriber", "rule"),
        ("subscriber", "SQL", "merge"),
        ("SQL", "subscriber", "merge"),
    ]


def test_a_lead_that_somebody_moved_since_stays_where_it_is(known: Loading) -> None:
    (merge,) = merges(known)
    with known.state.writing() as session:
        own = session.get_one(Lead, merge.target_id)
        own.stage = "opportunity"
        session.add(
            LeadMove(
                workspace_id=known.workspace_id,
                contact_id=merge.target_id,
                from_stage="SQL",
                to_stage="opportunity",
                moved_at=known.now,
                moved_by="a person",
                reason="they want an offer",
            )
        )
    decide(known, lambda decider: decider.undo(merge.id))
    evaluate(known)
    assert lead(known, merge.target_id) == "opportunity"


def test_a_lead_that_there_was_only_by_the_merge_is_gone(loading: Loading) -> None:
    loading.load_sent(visit("1", "visitor", event="demo_booked"))
    evaluate(loading)
    loading.load_sent(identify("2", "ada", anonymousId="visitor"))
    evaluate(loading)
    (merge,) = merges(loading)
    assert lead(loading, merge.target_id) == "SQL"
    decide(loading, lambda decider: decider.undo(merge.id))
    evaluate(loading)
    assert (lead(loading, merge.target_id), lead(loading, merge.origin_id)) == (None, "SQL")
