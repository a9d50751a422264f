"""A file beside the one in force: who enters, who leaves, and what apply would change."""

import random

import pytest
from sqlalchemy import select

from pql.accounts.querying import DefinitionUnknown
from pql.analyses import ClaimLost
from pql.definitions.reading import read_definitions
from pql.state.models import Standing
from pql.trials import naive
from segments.replay.looks import Looks
from segments.replay.planning import plan_definitions
from segments.replay.question import Question, asked_definitions
from segments.replay.walking import read_past, sides_of, walk
from tests.fixtures.product import DAY
from tests.replay.conftest import HOUR, METRICS, NOW, Planted, definitions, silent

STARTED = NOW - 10 * DAY


def test_who_enters_and_who_leaves_is_told_with_the_reasons(owner: Planted) -> None:
    keys = {}
    for number in (1, 2, 3):
        account = owner.trial(STARTED, name=f"Team {number}")
        keys[number] = owner.product.read(account).key
        owner.sends(account, [STARTED + HOUR] * number)
    (lower,) = owner.plan(definitions(2)).definitions
    (entering,) = lower.changes.entering.accounts
    assert (entering.id, entering.name) == (keys[2], "Team 2")
    assert (entering.before.pql, entering.after.pql) == ("not_met", "met")
    assert entering.why == ("at least 2 invites: 2",)
    assert (lower.changes.leaving.count, lower.changes.planned_only) == (0, 1)
    (higher,) = owner.plan(definitions(4)).definitions
    (leaving,) = higher.changes.leaving.accounts
    assert (leaving.id, leaving.why) == (keys[3], ("at least 4 invites: 3, 1 short",))
    assert (higher.changes.in_both, higher.changes.in_force_only) == (0, 1)


def test_an_account_that_the_planned_file_does_not_speak_of_leaves(owner: Planted) -> None:
    owner.sends(owner.trial(STARTED), [STARTED + HOUR] * 3)
    about_free = definitions().replace("status is trial", "status is free")
    (report,) = owner.plan(about_free).definitions
    (leaving,) = report.changes.leaving.accounts
    assert leaving.why == ("the definition does not speak of it",)
    assert (leaving.before.pql, leaving.after.pql) == ("met", None)


def test_by_other_life_cycle_settings_other_accounts_are_in_trial(owner: Planted) -> None:
    owner.sends(owner.trial(NOW - 20 * DAY), [NOW - 20 * DAY + HOUR] * 3)
    longer = definitions().replace("trial_days: 14", "trial_days: 30")
    (report,) = owner.plan(longer).definitions
    assert report.changes.entering.count == 1
    assert (report.planned.whole.picked, report.changes.in_both) == (1, 1)


def test_the_changes_are_those_that_apply_would_make(owner: Planted) -> None:
    assert owner.plan(definitions()).changes == ()
    text = definitions(4).replace(
        "  invites:", "  more: {event: any, aggregate: count, window: whole trial}\n  invites:"
    )
    plan = owner.plan(text)
    assert plan.version_in_force == 1
    assert [change[0] for change in plan.changes] == ["+", "~"]
    assert "metrics.more" in plan.changes[0]
    assert "3 -> 4" in plan.changes[1]


def test_a_definition_of_a_new_name_is_compared_with_the_one_that_leads(owner: Planted) -> None:
    owner.sends(owner.trial(STARTED), [STARTED + HOUR] * 3)
    renamed = definitions(2).replace("conversion:", "teamwork:")
    (report,) = owner.plan(renamed).definitions
    assert (report.definition, report.beside) == ("teamwork", "conversion")
    assert (report.planned.whole.picked, report.changes.entering.count) == (1, 0)


def test_beside_no_definition_in_force_everybody_enters(owner: Planted) -> None:
    owner.sends(owner.trial(STARTED), [STARTED + HOUR] * 3)
    owner.apply(METRICS)
    (report,) = owner.plan(definitions()).definitions
    assert (report.beside, report.in_force) == (None, None)
    assert (report.planned.whole.picked, report.changes.entering.count) == (1, 1)


def test_a_file_without_definitions_only_tells_what_it_changes(owner: Planted) -> None:
    owner.trial(STARTED)
    plan = owner.plan(METRICS)
    assert plan.definitions == ()
    assert any("definitions.conversion" in change for change in plan.changes)


def test_a_strangers_past_is_not_looked_at(owner: Planted, stranger: Planted) -> None:
    stranger.sends(stranger.trial(STARTED), [STARTED + HOUR] * 5)
    owner.trial(STARTED)
    (report,) = owner.plan(definitions()).definitions
    assert (report.planned.whole.accounts, report.planned.whole.picked) == (1, 0)
    assert report.changes.entering.count == 0


def test_a_workspace_without_any_event_has_an_empty_past(owner: Planted) -> None:
    question = Question(read_definitions(definitions(), "test.yaml"), weeks=1)
    product = owner.product
    plan = plan_definitions(product.state, product.store, 10**6, question, progress=silent, now=NOW)
    whole = plan.definitions[0].planned.whole
    assert (whole.accounts, whole.precision.total, plan.connected_at) == (0, 0, None)


def test_the_last_look_is_the_live_evaluation(owner: Planted) -> None:
    text = definitions("customer p50")
    owner.apply(text)
    chance = random.Random(7)
    for number in range(30):
        customer = owner.trial(NOW - 90 * DAY, traits={"employees": number * 11})
        owner.pays(customer, NOW - 70 * DAY)
        owner.sends(customer, [NOW - 90 * DAY + number * HOUR] * number)
    for number in range(40):
        started = NOW - chance.uniform(0.1, 16) * DAY
        account = owner.trial(started, traits={"employees": number * 17})
        owner.sends(account, [started + chance.uniform(0, 3) * DAY for _ in range(number % 23)])
    product = owner.product
    product.evaluate(NOW)
    with product.state.reading() as session:
        own = select(Standing).where(Standing.workspace_id == product.workspace_id)
        live = {
            each.account_id: (each.pql, each.usage_score, each.motion)
            for each in session.scalars(own)
        }
    trail = last_trail(owner, text)
    states = {1: "met", 0: "unknown", -1: "not_met"}
    seen = {
        row.account_id: (states[row.pql], None if row.score != row.score else row.score, row.motion)
        for row in trail.itertuples()
    }
    assert len(live) > 25
    assert {state for state, _, _ in live.values()} == {"met", "not_met"}
    assert seen == live


def last_trail(owner: Planted, text: str):  # type: ignore[no-untyped-def]
    """What the last look decided."""
    product, file = owner.product, read_definitions(text, "test.yaml")
    looks = Looks(naive(NOW), 1)
    with product.state.reading() as session:
        past = read_past(product.store, session, product.workspace_id, [file], looks)
    sides = sides_of(past, [(file, list(file.definitions.values()))])
    (walked,) = walk(past, sides, silent)
    last = walked["conversion"].last
    assert last is not None
    return last.trail


def test_whoever_looks_can_stop_it(owner: Planted) -> None:
    def cancelled(share: float, _text: str) -> None:
        if share > 0.3:
            raise ClaimLost("cancelled")

    owner.sends(owner.trial(STARTED), [STARTED + HOUR] * 3)
    question = Question(read_definitions(definitions(), "test.yaml"), weeks=12)
    product = owner.product
    with pytest.raises(ClaimLost):
        plan_definitions(
            product.state,
            product.store,
            product.workspace_id,
            question,
            progress=cancelled,
            now=NOW,
        )


def test_an_unknown_definition_is_refused_with_those_there_are() -> None:
    file = read_definitions(definitions(), "test.yaml")
    with pytest.raises(DefinitionUnknown, match="conversion"):
        asked_definitions(Question(file, definition="nothing"))
