"""Changed accounts are judged again; what came of it is written once and can be read back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.changes import ACCOUNT, mark_changed, take_changes
from pql.leases import LeaseLost
from pql.state.models import Account, Evaluation, Standing
from segments.due_accounts import mark_due
from segments.evaluation import Evaluated, evaluate_changed
from tests.fixtures.product import DAY, START, TODAY, Product, unfenced

DEFINITIONS = """
lifecycle: {after_trial: free}
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
LARGE = {"employees": 500}
TRIAL_STARTED = TODAY - 5 * DAY - HOUR


@pytest.fixture
def product(product: Product) -> Product:
    """25 customers that sent 6 invites by their day 6, and one more every day after that."""
    product.apply(DEFINITIONS)
    customers = product.accounts(25, status="paying", paid=START + 20 * DAY)
    early = [START + n * HOUR for n in range(6)]
    product.all_do(customers, "invite_sent", *early, *[START + n * DAY for n in range(6, 14)])
    return product


def trial(product: Product, invites: int) -> int:
    account = unmarked_trial(product, invites)
    product.changes(account)
    return account


def unmarked_trial(product: Product, invites: int) -> int:
    account = product.account(started=TRIAL_STARTED, traits=LARGE)
    product.does(account, "invite_sent", *[TRIAL_STARTED + n * HOUR for n in range(invites)])
    return account


def waiting(product: Product) -> list[int]:
    with product.state.reading() as session:
        return [change.subject_id for change in take_changes(session, ACCOUNT, 1000)]


def test_the_motion_goes_up_when_the_missing_invites_arrive(product: Product) -> None:
    account = trial(product, invites=4)
    product.evaluate()
    before = product.standing(account)
    assert (before.pql, before.motion) == ("not_met", "no_touch")
    assert product.why(before)["criteria"][0]["sentence"] == (
        "invites 4 of 6: 2 short of what the median later customer had done by day 6"
    )
    product.does(account, "invite_sent", TODAY, TODAY + HOUR)
    product.changes(account)
    product.evaluate(TODAY + 2 * HOUR)
    after = product.standing(account)
    assert (after.pql, after.motion, after.since) == ("met", "high_touch", TODAY + 2 * HOUR)
    assert [(each.previous_motion, each.motion) for each in product.history(account)] == [
        (None, "no_touch"),
        ("no_touch", "high_touch"),
    ]


def test_the_account_carries_copies_of_its_leading_standing(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    row, standing = product.read(account), product.standing(account)
    assert (row.pql, row.motion, row.usage_score) == ("met", "high_touch", standing.usage_score)
    assert row.usage_score == 50
    assert row.evaluated_at == TODAY


def test_the_explanation_is_read_back_as_it_was_and_names_its_versions(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    change = product.history(account)[0]
    assert product.why(change) == product.why(product.standing(account))
    assert product.why(change)["benchmark_version"] == change.benchmark_version_id
    assert product.why(change)["score"]["parts"][0]["benchmark"]["accounts"] == 25


def test_later_activity_of_customers_does_not_raise_the_bar(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    threshold = product.why(product.standing(account))["criteria"][0]["threshold"]
    assert threshold == 6


def test_nothing_new_adds_nothing_to_the_history_and_leaves_the_result_as_it_is(
    product: Product,
) -> None:
    account = trial(product, invites=4)
    product.evaluate()
    product.changes(account, traits={**LARGE, "no_rule_asks_for": "it"})
    product.evaluate(TODAY + HOUR)
    assert len(product.history(account)) == 1
    assert product.standing(account).evaluated_at == TODAY
    assert product.read(account).evaluated_at == TODAY + HOUR
    assert product.read(account).motion == "no_touch"


def test_an_event_that_moves_no_state_still_shows_in_the_explanation(product: Product) -> None:
    account = trial(product, invites=3)
    product.evaluate()
    product.does(account, "invite_sent", TODAY)
    product.changes(account)
    product.evaluate(TODAY + HOUR)
    standing = product.standing(account)
    assert product.why(standing)["criteria"][0]["value"] == 4
    assert (standing.evaluated_at, standing.since) == (TODAY + HOUR, TODAY)


@pytest.mark.parametrize("employees", [500, 5])
def test_a_trait_that_a_rule_asks_for_is_looked_at_again(product: Product, employees: int) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    product.changes(account, traits={"employees": employees})
    product.evaluate(TODAY + HOUR)
    assert product.read(account).motion == {500: "high_touch", 5: "low_touch"}[employees]


def test_an_account_that_cannot_be_judged_holds_up_no_other(product: Product) -> None:
    broken, sound = trial(product, invites=6), trial(product, invites=6)
    product.changes(broken, traits=["not", "an", "object"])
    product.refresh()
    evaluated = run(product)
    assert (evaluated.accounts, waiting(product)) == (2, [])
    assert product.read(sound).motion == "high_touch"
    assert [(each.account_id, each.definition) for each in evaluated.failures] == [
        (broken, "conversion")
    ]
    standing = product.standing(broken)
    assert (standing.pql, standing.usage_score, standing.motion) == ("unknown", None, "unknown")
    assert product.why(standing)["sentence"] == (
        "Not decided yet: it could not be evaluated (AttributeError)."
    )


def test_an_account_that_could_not_be_judged_is_tried_again(product: Product) -> None:
    account = trial(product, invites=6)
    product.changes(account, traits=["not", "an", "object"])
    run(product)
    assert due(product, TODAY + HOUR) == 1
    product.changes(account, traits=LARGE)
    product.evaluate(TODAY + HOUR)
    assert [change.motion for change in product.history(account)] == ["unknown", "high_touch"]


def test_a_number_too_large_for_a_computer_is_not_a_size(product: Product) -> None:
    account = trial(product, invites=6)
    product.changes(account, traits={"employees": 10**400})
    assert run(product).failures == ()
    assert product.standing(account).motion == "unknown"


def test_what_happens_now_overtakes_a_long_queue_and_the_queue_gets_on(product: Product) -> None:
    queued = [trial(product, invites=6) for _ in range(6)]
    product.refresh()
    late = unmarked_trial(product, invites=6)
    with product.state.writing() as session:
        mark_changed(session, product.workspace_id, ACCOUNT, [late], TODAY + HOUR)
    evaluate_changed(product.state, product.store, TODAY, unfenced, 4)
    assert waiting(product) == queued[3:]
    assert product.read(late).motion == "high_touch"


def run(product: Product) -> Evaluated:
    return evaluate_changed(product.state, product.store, TODAY, unfenced)


def test_an_account_that_pays_leaves_and_the_history_says_so(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    product.changes(account, status="paying", converted_at=TODAY)
    product.evaluate(TODAY + HOUR)
    row = product.read(account)
    assert (row.motion, row.pql, row.usage_score) == (None, None, None)
    last = product.history(account)[-1]
    assert (last.previous_motion, last.motion) == ("high_touch", None)
    assert product.why(last)["sentence"] == (
        "Not judged by conversion any more: the account is paying now."
    )
    with product.state.reading() as session:
        assert session.get(Standing, (account, "conversion")) is None
    product.changes(account)
    product.evaluate(TODAY + 2 * HOUR)
    assert len(product.history(account)) == 2


def test_fewer_than_25_customers_give_an_unknown_motion_with_the_reason(
    strangers_product: Product,
) -> None:
    young = strangers_product
    young.apply(DEFINITIONS)
    young.all_do(young.accounts(24, status="paying", paid=START + 20 * DAY), "invite_sent", START)
    account = trial(young, invites=9)
    young.evaluate()
    standing = young.standing(account)
    assert (standing.pql, standing.usage_score, standing.motion) == ("unknown", None, "unknown")
    assert young.why(standing)["next"]["missing"] == [
        "invites unknown: only 24 customers to compare with, 25 are needed"
    ]


class Killed(BaseException):
    """The process ends here."""


def test_killed_before_the_end_of_the_write_it_does_all_again_and_once(product: Product) -> None:
    account = trial(product, invites=6)

    def killed(_session: Session) -> None:
        raise Killed

    product.refresh()
    with pytest.raises(Killed):
        evaluate_changed(product.state, product.store, TODAY, killed)
    assert account in waiting(product)
    assert product.history(account) == []
    product.evaluate()
    product.evaluate()
    assert [change.motion for change in product.history(account)] == ["high_touch"]
    assert waiting(product) == []


def test_who_lost_the_lease_writes_nothing(product: Product) -> None:
    account = trial(product, invites=6)
    product.refresh()

    def lost(_session: Session) -> None:
        raise LeaseLost("another process has it")

    with pytest.raises(LeaseLost):
        evaluate_changed(product.state, product.store, TODAY, lost)
    assert product.read(account).motion is None


def test_a_change_that_comes_during_the_evaluation_is_not_lost(product: Product) -> None:
    account = trial(product, invites=4)
    product.refresh()

    def meanwhile(session: Session) -> None:

        mark_changed(session, product.workspace_id, ACCOUNT, [account], TODAY)

    evaluate_changed(product.state, product.store, TODAY, meanwhile)
    assert account in waiting(product)


def test_events_loaded_after_the_clock_was_read_count(product: Product) -> None:
    account = trial(product, invites=4)
    product.does(account, "invite_sent", TODAY + HOUR, TODAY + HOUR)
    product.changes(account, last_seen_at=TODAY + HOUR)
    product.evaluate(TODAY)
    assert product.standing(account).pql == "met"


def test_a_strangers_accounts_are_judged_by_the_strangers_definitions(
    product: Product, strangers_product: Product
) -> None:
    strangers_product.apply(DEFINITIONS.replace("customer p50", "2"))
    own, strange = trial(product, invites=4), trial(strangers_product, invites=4)
    product.evaluate()
    assert product.standing(own).pql == "not_met"
    assert product.standing(strange).pql == "met"
    with product.state.reading() as session:
        owners = session.scalars(
            select(Evaluation.workspace_id).where(Evaluation.account_id == strange)
        )
        assert set(owners) == {strangers_product.workspace_id}


def test_a_workspace_without_definitions_waits_for_none(strangers_product: Product) -> None:
    account = trial(strangers_product, invites=4)
    assert strangers_product.evaluate() == 1
    assert waiting(strangers_product) == []
    assert strangers_product.read(account).motion is None


def test_a_definition_that_was_taken_out_leaves_no_standing(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    product.apply(DEFINITIONS.replace("conversion:", "another:"))
    product.changes(account)
    product.evaluate(TODAY + HOUR)
    assert product.standing(account, "another").motion == "high_touch"
    assert [(each.definition, each.motion) for each in product.history(account)] == [
        ("conversion", "high_touch"),
        ("another", "high_touch"),
        ("conversion", None),
    ]


def test_the_highest_motion_leads_where_definitions_disagree(product: Product) -> None:
    low = DEFINITIONS.split("definitions:")[1].split("potential:", maxsplit=1)[0]
    stricter = low.replace("conversion:", "a_stricter_one:").replace("customer p50", "1000")
    product.apply(DEFINITIONS.replace("definitions:\n", f"definitions:{stricter.rstrip()}\n"))
    account = trial(product, invites=6)
    product.evaluate()
    assert product.standing(account, "a_stricter_one").motion == "low_touch"
    assert product.read(account).motion == "high_touch"


def test_time_alone_brings_an_account_back_when_its_next_day_begins(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    assert product.read(account).next_evaluation_at == TRIAL_STARTED + 6 * DAY
    assert due(product, TODAY) == 0
    assert due(product, TRIAL_STARTED + 6 * DAY) == 1
    assert waiting(product) == [account]
    assert due(product, TRIAL_STARTED + 6 * DAY) == 0


def test_a_trial_that_falls_behind_is_not_qualified_any_more(product: Product) -> None:
    account = trial(product, invites=6)
    product.evaluate()
    ninth_day = TRIAL_STARTED + 8 * DAY + HOUR
    due(product, ninth_day)
    product.evaluate(ninth_day)
    assert [change.motion for change in product.history(account)] == ["high_touch", "no_touch"]


def test_the_end_of_a_trial_makes_it_leave_without_any_event(product: Product) -> None:
    account = trial(product, invites=6)
    product.changes(account, trial_ends_at=TODAY + HOUR)
    product.evaluate()
    assert product.read(account).next_evaluation_at == TODAY + HOUR
    product.changes(account, status="free")
    product.evaluate(TODAY + 2 * HOUR)
    assert product.read(account).motion is None
    assert product.read(account).next_evaluation_at is None


def due(product: Product, now: datetime) -> int:
    with product.state.writing() as session:
        return mark_due(session, now)


def test_a_queue_longer_than_the_limit_is_worked_off_in_turns(product: Product) -> None:
    accounts = [trial(product, invites=6) for _ in range(5)]
    product.refresh()
    runs = [evaluate_changed(product.state, product.store, TODAY, unfenced, 3) for _ in range(3)]
    assert [each.accounts for each in runs] == [3, 2, 0]
    with product.state.reading() as session:
        motions = session.scalars(select(Account.motion).where(Account.id.in_(accounts)))
        assert set(motions) == {"high_touch"}
