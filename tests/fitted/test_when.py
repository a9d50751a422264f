"""When a score is fitted, checked and given: what does not depend on the database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from pql import analyses
from pql.accounts.querying import DefinitionUnknown
from pql.fitted.querying import describe_fitted, list_models
from pql.fitted.requesting import is_due, request_due
from pql.state.models import DefinitionVersion, FittedModel, FittedScore
from tests.fitted.workspaces import (
    DEFINITIONS,
    HORIZON,
    WINDOW,
    fit,
    plant_past,
    put_in_use,
    score,
    scores,
    sends,
)
from tests.fixtures.product import DAY, START, TODAY, Product
from tests.known import known

HOUR = timedelta(hours=1)


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """One database is enough to see when something is done."""
    return migrated_sqlite_url


def test_without_trials_it_says_why_nothing_is_used(product: Product) -> None:
    product.apply(DEFINITIONS)
    product.does(product.account(), "message_sent", START)
    assert fit(product) == {
        "model_id": 1,
        "is_used": False,
        "reason": "Not used: there are not enough trials for earlier and later ones.",
    }
    with product.state.reading() as session:
        (model,) = list_models(session, product.workspace_id)
    assert (model.is_used, model.model) == (False, None)


def test_a_young_model_is_checked_and_not_fitted_again(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 300, seed=3)
    model_id = put_in_use(product)
    assert fit(product, only_due=True)["model_id"] == model_id
    with product.state.reading() as session:
        row = session.get_one(FittedModel, model_id)
    assert row.checked_at == TODAY
    assert known(row.check)["trials"] == 0


def test_a_definition_that_is_not_in_force_is_refused(product: Product) -> None:
    product.apply(DEFINITIONS)
    with pytest.raises(DefinitionUnknown):
        fit(product, definition="elsewhere")
    with product.state.reading() as session, pytest.raises(DefinitionUnknown):
        list_models(session, product.workspace_id, "elsewhere")


def test_an_account_is_scored_by_what_it_had_done_when_its_window_closed(
    product: Product, open_trial: int
) -> None:
    put_in_use(product)
    assert score(product) == 1
    before = scores(product)[open_trial]
    assert before.explanation["parts"][0]["value"] == 30
    sends(product, open_trial, 50, TODAY - DAY)  # the window is over: these do not count
    product.changes(open_trial, evaluated_at=TODAY + HOUR)
    assert score(product) == 1
    after = scores(product)[open_trial]
    assert (after.probability, after.explanation) == (before.probability, before.explanation)


def test_what_arrives_late_changes_the_score(product: Product, open_trial: int) -> None:
    put_in_use(product)
    score(product)
    before = known(scores(product)[open_trial].probability)
    sends(product, open_trial, 100, TODAY - 10 * DAY)
    product.changes(open_trial, evaluated_at=TODAY + HOUR)
    score(product)
    assert known(scores(product)[open_trial].probability) > before


def test_nothing_is_scored_twice_without_a_reason(product: Product, open_trial: int) -> None:
    put_in_use(product)
    assert score(product) == 1
    assert open_trial in scores(product)
    assert score(product) == 0


@pytest.mark.parametrize("days", [3, WINDOW.days + HORIZON.days + 1])
def test_before_the_window_closes_and_after_the_time_to_convert_there_is_no_score(
    product: Product, days: int
) -> None:
    product.apply(DEFINITIONS)
    product.does(product.account(), "message_sent", START)
    product.account(started=TODAY - days * DAY)
    put_in_use(product)
    assert score(product) == 0


def test_a_trial_from_before_the_first_event_has_no_score(product: Product) -> None:
    product.apply(DEFINITIONS)
    unwatched = product.account(started=TODAY - 10 * DAY)
    sends(product, product.account(started=TODAY - 5 * DAY), 3, TODAY - 5 * DAY)
    put_in_use(product)
    score(product)
    assert scores(product)[unwatched].score is None


def test_a_model_that_is_not_used_says_why_and_gives_no_score(
    product: Product, open_trial: int
) -> None:
    put_in_use(product, is_used=False, reason="Not used: it is no better than the rule.")
    assert score(product) == 0
    with product.state.reading() as session:
        (described,) = describe_fitted(session, product.workspace_id, product.read(open_trial).key)
    assert (described.score, described.reason) == (None, "Not used: it is no better than the rule.")


def test_a_model_in_use_is_checked_at_each_refresh_of_the_benchmarks(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 200, seed=5)
    product.refresh()
    with product.state.writing() as session:
        request_due(session, TODAY)
        analyses.finish(session, known(analyses.claim_next(session, TODAY)), {}, TODAY)
    product.refresh(TODAY + DAY)
    with product.state.reading() as session:
        assert not is_due(session, product.workspace_id, TODAY + DAY)
    put_in_use(product)
    with product.state.reading() as session:
        assert is_due(session, product.workspace_id, TODAY + DAY)


@pytest.mark.parametrize("days", [40, -40])
def test_a_fit_asked_for_by_a_clock_that_was_wrong_does_not_keep_the_next_away(
    product: Product, days: int
) -> None:
    """Nor is it asked for again and again, whatever was put in force meanwhile."""
    product.apply(DEFINITIONS)
    plant_past(product, 200, seed=5)
    product.refresh()
    wrong = TODAY + days * DAY
    with product.state.writing() as session:
        assert request_due(session, wrong) == 1
        analyses.finish(session, known(analyses.claim_next(session, wrong)), {}, wrong)
        session.scalars(select(DefinitionVersion)).one().applied_at = wrong + HOUR
    with product.state.writing() as session:
        assert request_due(session, TODAY) == 1
        analyses.finish(session, known(analyses.claim_next(session, TODAY)), {}, TODAY)
    with product.state.reading() as session:
        assert not is_due(session, product.workspace_id, TODAY + HOUR)


def test_a_model_fitted_at_a_time_to_come_is_fitted_again(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 300, seed=3)
    model_id = put_in_use(product)
    with product.state.writing() as session:
        session.get_one(FittedModel, model_id).fitted_at = TODAY + 40 * DAY
    assert fit(product, only_due=True)["model_id"] != model_id


def test_a_score_given_at_a_time_to_come_is_given_again(product: Product, open_trial: int) -> None:
    put_in_use(product)
    assert score(product) == 1
    with product.state.writing() as session:
        session.get_one(FittedScore, (open_trial, "conversion")).scored_at = TODAY + 40 * DAY
    assert score(product) == 1
    assert scores(product)[open_trial].scored_at == TODAY
