"""Fitting in a workspace, scoring its accounts, and what a stranger sees of it."""

from datetime import timedelta

import pytest

from pql import analyses
from pql.accounts.describing import AccountUnknown
from pql.accounts.querying import DefinitionUnknown
from pql.fitted.analysis import run
from pql.fitted.querying import describe_fitted, list_models, list_scored
from pql.fitted.requesting import KIND, is_due, request_due
from pql.fitted.scoring import score_due
from pql.state.models import FittedModel
from tests.fitted.workspaces import (
    DEFINITIONS,
    HORIZON,
    WINDOW,
    plant_past,
    put_in_use,
    scores,
    sends,
)
from tests.fixtures.product import DAY, START, TODAY, Product, unfenced
from tests.known import known

HOUR = timedelta(hours=1)


def silent(_share: float, _text: str) -> None:
    """Nobody watches."""


def fit(product: Product, **parameters: object) -> dict[str, object]:
    """What the analysis answers for the definition."""
    answer = run(
        product.state, product.store, product.workspace_id, parameters, progress=silent, now=TODAY
    )
    found: dict[str, object] = answer["fitted"]["conversion"]
    return found


def score(product: Product) -> int:
    """One run of the worker's job."""
    return score_due(product.state, product.store, TODAY, unfenced)


@pytest.fixture
def open_trial(product: Product) -> int:
    """A trial on its tenth day, whose people sent 30 messages in the first week."""
    product.apply(DEFINITIONS)
    started = TODAY - 10 * DAY
    account_id = product.account(started=started)
    sends(product, account_id, 30, started)
    return account_id


def test_a_fit_is_stored_with_its_evaluation_and_scores_accounts(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 1_200, seed=4)
    started = TODAY - 10 * DAY
    trial = product.account(started=started)
    sends(product, trial, 40, started)
    answer = fit(product)
    assert answer["is_used"], answer["reason"]
    assert score(product) == 1
    with product.state.reading() as session:
        (model,) = list_models(session, product.workspace_id)
        (described,) = describe_fitted(session, product.workspace_id, product.read(trial).key)
    assert model.reason == answer["reason"]
    assert known(model.evaluation)["confirmation"]["area"]["value"] > 0.7
    assert "draws" not in known(model.model)
    points = [part["points"] for part in described.parts]
    assert known(described.base) + sum(points) == described.score
    assert known(described.low) <= known(described.probability) <= known(described.high)


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


def test_a_model_that_newer_trials_contradict_is_silenced(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 600, seed=3)
    model_id = put_in_use(product)
    with product.state.writing() as session:
        session.get_one(FittedModel, model_id).confirmed_until = START
    answer = fit(product, only_due=True)
    assert not answer["is_used"]
    assert str(answer["reason"]).startswith("Not used since 2026-06-01: of the ")


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


def test_a_score_goes_when_the_account_pays_or_the_model_is_silenced(
    product: Product, open_trial: int
) -> None:
    model_id = put_in_use(product)
    score(product)
    product.changes(open_trial, status="paying")
    score(product)
    assert scores(product) == {}
    product.changes(open_trial, status="trial")
    score(product)
    assert open_trial in scores(product)
    with product.state.writing() as session:
        session.get_one(FittedModel, model_id).is_used = False
    score(product)
    assert scores(product) == {}


def test_a_trial_from_before_the_first_event_has_no_score(product: Product) -> None:
    product.apply(DEFINITIONS)
    unwatched = product.account(started=TODAY - 10 * DAY)
    sends(product, product.account(started=TODAY - 5 * DAY), 3, TODAY - 5 * DAY)
    put_in_use(product)
    score(product)
    assert scores(product)[unwatched].score is None


def test_accounts_are_ranked_by_their_probability(product: Product, open_trial: int) -> None:
    quiet = product.account(started=TODAY - 10 * DAY)
    put_in_use(product)
    score(product)
    with product.state.reading() as session:
        (described,) = describe_fitted(session, product.workspace_id, product.read(quiet).key)
        ranked = list_scored(session, product.workspace_id, "conversion", 10)
    assert (described.rank, described.of) == (2, 2)
    assert [each.id for each in ranked] == [product.read(open_trial).key, product.read(quiet).key]


def test_a_model_that_is_not_used_says_why_and_gives_no_score(
    product: Product, open_trial: int
) -> None:
    put_in_use(product, is_used=False, reason="Not used: it is no better than the rule.")
    assert score(product) == 0
    with product.state.reading() as session:
        (described,) = describe_fitted(session, product.workspace_id, product.read(open_trial).key)
    assert (described.score, described.reason) == (None, "Not used: it is no better than the rule.")


def test_a_stranger_sees_nothing(
    product: Product, strangers_product: Product, open_trial: int
) -> None:
    strangers_product.apply(DEFINITIONS)
    put_in_use(product)
    score(product)
    assert scores(strangers_product) == {}
    key = product.read(open_trial).key
    with product.state.reading() as session:
        assert list_scored(session, strangers_product.workspace_id, "conversion", 10) == []
        (model,) = list_models(session, strangers_product.workspace_id)
        assert "no score was fitted" in model.reason
        with pytest.raises(AccountUnknown):
            describe_fitted(session, strangers_product.workspace_id, key)


def test_the_clock_asks_once_and_again_after_a_week(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 200, seed=5)
    with product.state.writing() as session:
        assert request_due(session, TODAY) == 0  # no benchmarks yet: nothing to compare with
    product.refresh()
    with product.state.writing() as session:
        assert request_due(session, TODAY) == 1
        assert request_due(session, TODAY) == 0
        claim = known(analyses.claim_next(session, TODAY))
        analyses.finish(session, claim, {}, TODAY)
        assert request_due(session, TODAY + 6 * DAY) == 0
        assert request_due(session, TODAY + 7 * DAY) == 1
        (asked, _) = analyses.list_analyses(session, product.workspace_id).data
    assert asked.kind == KIND


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
