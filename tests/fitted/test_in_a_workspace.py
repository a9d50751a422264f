"""Fitting in a workspace, scoring its accounts, and what a stranger sees of it."""

import pytest

from pql import analyses
from pql.accounts.describing import AccountUnknown
from pql.fitted.querying import RankedAccount, describe_fitted, list_models, list_scored
from pql.fitted.requesting import KIND, request_due
from pql.fitted.unused import list_unused
from pql.state.models import FittedModel
from tests.fitted.workspaces import (
    DEFINITIONS,
    fit,
    plant_past,
    put_in_use,
    score,
    scores,
    sends,
)
from tests.fixtures.product import DAY, START, TODAY, Product
from tests.known import known


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


def test_a_model_that_newer_trials_contradict_is_silenced(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 600, seed=3)
    model_id = put_in_use(product)
    with product.state.writing() as session:
        session.get_one(FittedModel, model_id).confirmed_until = START
    answer = fit(product, only_due=True)
    assert not answer["is_used"]
    assert str(answer["reason"]).startswith("Not used since 2026-06-01: of the ")


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


def test_a_score_that_is_not_used_is_listed_with_that_word_on_every_line(
    product: Product, open_trial: int
) -> None:
    quiet = product.account(started=TODAY - 10 * DAY)
    model_id = put_in_use(product)

    def unused() -> list[RankedAccount]:
        with product.state.reading() as session:
            asked = (product.store, session, product.workspace_id, "conversion")
            return list_unused(*asked, limit=10, now=TODAY)

    assert unused() == []  # it is in use: the list is the usual one
    with product.state.writing() as session:
        row = session.get_one(FittedModel, model_id)
        row.is_used, row.model = False, {**known(row.model), "draws": []}
    ranked = unused()
    assert [each.id for each in ranked] == [product.read(open_trial).key, product.read(quiet).key]
    assert all(each.sentence.startswith("not used: Of 100 trials") for each in ranked)
    assert not any(each.is_used for each in ranked)
    assert scores(product) == {}


def test_accounts_are_ranked_by_their_probability(product: Product, open_trial: int) -> None:
    quiet = product.account(started=TODAY - 10 * DAY)
    put_in_use(product)
    score(product)
    with product.state.reading() as session:
        (described,) = describe_fitted(session, product.workspace_id, product.read(quiet).key)
        ranked = list_scored(session, product.workspace_id, "conversion", 10)
    assert (described.rank, described.of) == (2, 2)
    assert [each.id for each in ranked] == [product.read(open_trial).key, product.read(quiet).key]


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
