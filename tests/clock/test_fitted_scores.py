"""The clock's job for fitted scores, and the setting that turns it off."""

from pql import analyses
from pql.settings import Settings
from routes.clock.jobs import score_fitted
from routes.clock.work import Work
from routes.endings import Ending
from tests.fitted.workspaces import DEFINITIONS, plant_past, put_in_use, scores, sends
from tests.fixtures.product import DAY, TODAY, Product, unfenced
from usage_ingest.translating.reading import Reader


def work_of(product: Product, *, is_on: bool) -> Work:
    """What the job works with."""
    settings = Settings("sqlite://", "duckdb:///events.duckdb", fitted_scores=is_on)
    return Work(
        product.state, product.store, settings, unfenced, Ending(), Reader(product.state, settings)
    )


def test_it_scores_accounts_and_has_the_rest_fitted(product: Product) -> None:
    product.apply(DEFINITIONS)
    plant_past(product, 100, seed=5)
    started = TODAY - 10 * DAY
    trial = product.account(started=started)
    sends(product, trial, 5, started)
    product.refresh()
    put_in_use(product)
    assert score_fitted(work_of(product, is_on=False), TODAY) == ""
    assert scores(product) == {}
    assert score_fitted(work_of(product, is_on=True), TODAY) == "1 scored, 1 fits asked for"
    assert list(scores(product)) == [trial]
    with product.state.reading() as session:
        (asked,) = analyses.list_analyses(session, product.workspace_id).data
    assert (asked.kind, asked.requested_by) == ("fitted_score", "the clock")
    assert score_fitted(work_of(product, is_on=True), TODAY) == ""
