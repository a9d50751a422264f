"""Explanations are worked out from what is kept, and are what they were when it was decided."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.exc import NoResultFound

from pql.accounts.describing import describe_account
from pql.accounts.querying import AccountFilter, list_accounts
from pql.accounts.reasons import kept_of
from pql.definitions.reading import read_definitions
from segments.deciding import Subjects, decide
from segments.evidence import as_evidence, read_evidence
from segments.explanation import Basis, explain
from segments.resting import traits_asked
from segments.retelling import retell
from tests.fixtures.product import DAY, START, TODAY, Product
from tests.segments.test_recorded import FOLDER, benchmarks

FILE = read_definitions((Path(FOLDER) / "definitions.yaml").read_text(), "recorded.yaml")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBERS = st.one_of(st.floats(0, 1e6), st.integers(0, 60).map(float), st.sampled_from([nan, inf]))
TRAITS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.lists(st.integers(), max_size=2),
)
NAME, NOTHING = next(iter(FILE.definitions)), (0.0,) * len(FILE.metrics)
ACCOUNTS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["trial", "free", "paying", "unknown"]),
        st.tuples(*[NUMBERS for _ in FILE.metrics]),
        st.tuples(*[TRAITS for _ in traits_asked(FILE)]),
    ),
    min_size=1,
    max_size=6,
)


@given(ACCOUNTS, st.sampled_from(sorted(FILE.definitions)))
@example([(3, "trial", NOTHING, (zero,) * len(traits_asked(FILE))) for zero in (0.0, -0.0)], NAME)
def test_evidence_says_all_that_a_decision_and_its_words_rest_on(
    accounts: list[Any], name: str
) -> None:
    days, statuses, numbers, traits = zip(*accounts, strict=True)
    metrics = {
        metric: np.array([row[place] for row in numbers])
        for place, metric in enumerate(FILE.metrics)
    }
    told = {trait: [row[place] for row in traits] for place, trait in enumerate(traits_asked(FILE))}
    known = Subjects(statuses, told, np.array(days), metrics)
    evidence = as_evidence(np.array(days), np.array(statuses), metrics, told)
    kept = read_evidence(evidence, FILE)
    assert _told(name, kept) == _told(name, known)
    for one, document in zip(evidence, _told(name, known), strict=True):
        assert _told(name, read_evidence([one], FILE)) == [document]


def _told(name: str, subjects: Subjects) -> list[Any]:
    rows = benchmarks()
    decisions = decide(FILE, FILE.definitions[name], subjects, rows)
    moments = [NOW] * len(subjects.statuses)
    told: list[Any] = json.loads(json.dumps(explain(decisions, Basis(4, rows), moments)))
    return told


DEFINITIONS = """
metrics:
  invites: {event: invite_sent, aggregate: count, window: first 14 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: invites, at_least: customer p50}]
    require: all
potential:
  large:  {trait: employees, at_least: 200}
  medium: {trait: employees, at_least: 20}
"""
HOUR = timedelta(hours=1)
TRIAL_STARTED = TODAY - 5 * DAY - HOUR


@pytest.fixture
def product(product: Product) -> Product:
    """25 customers that sent 6 invites by their day 6."""
    product.apply(DEFINITIONS)
    add_customers(product, invites=6)
    return product


def add_customers(product: Product, invites: int) -> None:
    for _ in range(25):
        customer = product.account(status="paying", paid=START + 20 * DAY)
        product.does(customer, "invite_sent", *[START + n * HOUR for n in range(invites)])


def evaluated_trial(product: Product, **traits: Any) -> int:
    account = product.account(started=TRIAL_STARTED, traits=traits)
    product.does(account, "invite_sent", *[TRIAL_STARTED + n * HOUR for n in range(4)])
    product.changes(account)
    product.evaluate()
    return account


def test_newer_definitions_and_benchmarks_change_nothing_of_what_was_decided_before(
    product: Product,
) -> None:
    account = evaluated_trial(product, employees=300)
    standing, (change,) = product.standing(account), product.history(account)
    before = product.why(standing)
    assert before["criteria"][0]["sentence"] == (
        "invites 4 of 6: 2 short of what the median later customer had done by day 6"
    )
    add_customers(product, invites=20)
    product.refresh(TODAY + DAY)
    product.apply(DEFINITIONS.replace("customer p50", "3").replace("200", "500"), TODAY + DAY)
    product.refresh(TODAY + DAY)
    assert product.why(standing) == product.why(change) == before
    product.changes(account, traits={"employees": 10}, status="free")
    assert product.why(standing) == product.why(change) == before


def test_lists_and_descriptions_give_the_same_reasons(product: Product) -> None:
    account = evaluated_trial(product, employees=300)
    why = product.why(product.standing(account))
    asked: dict[str, Any] = {"now": TODAY, "explain": retell}
    with product.state.reading() as session:
        page = list_accounts(session, product.workspace_id, AccountFilter(status="trial"), **asked)
        key = page.data[0].id
        described = describe_account(session, product.workspace_id, key, **asked)
    assert page.data[0].reason == described.summary.reason == why["sentence"]
    assert described.explanation == described.standings[0].explanation == why
    assert [change.explanation for change in described.history.data] == [why]


def test_evidence_that_cannot_be_read_keeps_no_other_account_from_being_explained(
    product: Product,
) -> None:
    broken, sound = (evaluated_trial(product, employees=each) for each in (500, 300))
    kept = [kept_of(product.standing(each)) for each in (broken, sound)]
    with product.state.reading() as session:
        torn = replace(kept[0], evidence='[5, "trial"')
        failed, told = retell(session, product.workspace_id, [torn, kept[1]])
    assert "could not be evaluated (JSONDecodeError" in failed["sentence"]
    assert told == product.why(product.standing(sound))


def test_a_stranger_is_told_nothing_of_another_workspace(
    product: Product, strangers_product: Product
) -> None:
    standing = product.standing(evaluated_trial(product, employees=300))
    with pytest.raises(NoResultFound):
        strangers_product.why(standing)
