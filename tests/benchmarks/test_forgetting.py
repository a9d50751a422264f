"""Versions of benchmarks that nothing names are forgotten; what was said stays explained."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.benchmarks.documents import save_documents
from pql.benchmarks.forgetting import forget_unused
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.repository import save
from pql.definitions import versions
from pql.settings import Settings
from pql.state.models import (
    Account,
    BenchmarkDocument,
    BenchmarkRow,
    BenchmarkVersion,
    Evaluation,
    Standing,
)
from routes.clock.jobs import KEEP_BENCHMARKS, keep_house
from routes.clock.work import Work
from routes.endings import Ending
from tests.fixtures.account_rows import add_account, leading_definition
from tests.fixtures.benchmark_documents import DOCUMENTS
from tests.fixtures.product import DAY, TODAY, Product, unfenced
from usage_ingest.translating.reading import Reader

TEXT = """
metrics: {events: {event: any, aggregate: count, window: first 7 days}}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: events, at_least: 3}]
"""


@pytest.fixture(autouse=True)
def in_force(product: Product, strangers_product: Product) -> None:
    """Definitions, for which benchmarks are kept."""
    for each in (product, strangers_product):
        each.apply(TEXT)


def add_versions(session: Session, product: Product, number: int) -> list[int]:
    """So many versions, each with a row and documents, a day apart."""
    workspace_id = product.workspace_id
    definitions = versions.current(session, workspace_id).version_id
    ids = []
    for each in range(number):
        rows = {("events", "later_customers", 1): Percentiles(30 + each)}
        as_of: datetime = TODAY + each * DAY
        saved = save(session, workspace_id, definitions, rows, customers=each, as_of=as_of)
        save_documents(session, saved.version.id, DOCUMENTS)
        ids.append(saved.version.id)
    return ids


def add_named(session: Session, product: Product) -> tuple[Standing, Evaluation]:
    """An account's result and its history, which name a version."""
    add_account(session, product.workspace_id, "acme", score=70, motion="low_touch")
    account = session.scalars(select(Account).where(Account.key == "acme")).one()
    standing = session.get_one(
        Standing, (account.id, leading_definition(session, product.workspace_id))
    )
    history = session.scalars(select(Evaluation).where(Evaluation.account_id == account.id)).one()
    return standing, history


def kept(session: Session) -> list[int]:
    return list(session.scalars(select(BenchmarkVersion.id).order_by(BenchmarkVersion.id)))


def test_what_no_result_names_is_forgotten_with_all_that_belongs_to_it(product: Product) -> None:
    with product.state.writing() as session:
        *_, before, current = add_versions(session, product, 5)
        assert forget_unused(session, TODAY + 99 * DAY) == 3
        assert kept(session) == [before, current]
        for belonging in (BenchmarkRow, BenchmarkDocument):
            left = select(func.count()).where(belonging.version_id < before)
            assert session.scalar(left) == 0


def test_what_a_result_or_its_history_names_stays(product: Product) -> None:
    with product.state.writing() as session:
        ids = add_versions(session, product, 6)
        standing, history = add_named(session, product)
        standing.benchmark_version_id, history.benchmark_version_id = ids[1], ids[2]
        session.flush()
        assert forget_unused(session, TODAY + 99 * DAY) == 2
        assert kept(session) == [*ids[1:3], *ids[4:]]


def test_one_that_is_young_may_still_be_read_and_stays(product: Product) -> None:
    with product.state.writing() as session:
        ids = add_versions(session, product, 5)
        assert forget_unused(session, TODAY + 2 * DAY) == 2
        assert kept(session) == ids[2:]


def test_each_workspace_has_a_current_one_of_its_own(
    product: Product, strangers_product: Product
) -> None:
    with product.state.writing() as session:
        add_versions(session, strangers_product, 2)
        add_versions(session, product, 2)
        assert forget_unused(session, TODAY + 99 * DAY) == 0


def test_the_clock_forgets_them(product: Product) -> None:
    with product.state.writing() as session:
        ids = add_versions(session, product, 4)
    settings = Settings("sqlite://", "duckdb:///events.duckdb")
    reader = Reader(product.state, settings)
    work = Work(product.state, product.store, settings, unfenced, Ending(), reader)
    told = keep_house(work, TODAY + KEEP_BENCHMARKS + 99 * DAY)
    assert "2 versions of benchmarks" in told
    with product.state.reading() as session:
        assert kept(session) == ids[2:]
