"""A new workspace: 12 trials, no customer yet, the starter file. Each is routed, and says how."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from pql.accounts.exporting import account_lines
from pql.accounts.querying import DEFAULT_SORT, AccountFilter, AccountSummary, list_accounts
from pql.definitions.model import Motion
from pql.definitions.versions import starter
from segments.retelling import retell_in_a_sentence
from tests.fixtures.product import DAY, START, Product

NOW = START + 5 * DAY


def twelve_trials(product: Product) -> None:
    """Four that do much, four that do something, four that do nothing."""
    product.apply(starter())
    accounts = product.accounts(12, traits={"employees": 500})
    product.all_do(accounts[:4], "any", *(START + day * DAY for day in (0.1, 1.1, 2.1)))
    for contact in (1, 2, 3):
        product.all_do(accounts[4:8], "any", START + timedelta(hours=1), contact_id=contact)
    product.changes(*accounts)
    product.evaluate(NOW)


def listed(product: Product) -> list[AccountSummary]:
    with product.state.reading() as session:
        return list(
            list_accounts(
                session,
                product.workspace_id,
                AccountFilter(),
                now=NOW,
                explain=retell_in_a_sentence,
            ).data
        )


def test_each_trial_is_routed_and_says_that_it_is_provisional(product: Product) -> None:
    twelve_trials(product)
    found = listed(product)
    wanted = [Motion.HIGH_TOUCH, Motion.LOW_TOUCH, Motion.NO_TOUCH]
    assert [one.motion for one in found] == [motion for motion in wanted for _ in range(4)]
    assert {one.provisional for one in found} == {True}
    assert {(one.pql, one.usage_score) for one in found} == {("unknown", None)}
    until = "Provisional until 25 customers are there to compare with."
    potential = f"Large potential on day 6 of the trial. {until}"
    assert [found[place].reason for place in (0, 8)] == [
        f"For a salesperson, by provisional rules: 3 active days (at least 3). {potential}",
        f"For automation, by provisional rules: neither rule for a person is met. {potential}",
    ]
    lines = account_lines(
        product.state,
        product.workspace_id,
        AccountFilter(),
        DEFAULT_SORT,
        NOW,
        retell_in_a_sentence,
    )
    rows = list(csv.DictReader(io.StringIO("".join(lines))))
    assert [row["provisional"] for row in rows] == ["True"] * 12


def test_with_25_customers_benchmarks_decide(product: Product) -> None:
    product.apply(starter())
    customers = product.accounts(25, status="paying", paid=START + 20 * DAY)
    for contact in (1, 2):
        product.all_do(
            customers, "any", *(START + day * DAY for day in (0.1, 1.1)), contact_id=contact
        )
    product.refresh(START + 60 * DAY)
    trial = product.account(started=START + 50 * DAY)
    product.does(trial, "any", START + 50.1 * DAY, contact_id=3)
    product.changes(trial)
    product.evaluate(START + 51 * DAY)
    why = product.why(product.standing(trial, "trial_conversion"))
    assert why["provisional"] is False
    assert why["motion"]["motion"] == Motion.NO_TOUCH
    assert "median customer" in why["sentence"]
