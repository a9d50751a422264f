"""The simulated workspace: labelled as such, repeatable, and clear where it claims to be."""

from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from pql.definitions.model import Motion
from pql.definitions.reading import read_definitions
from pql.simulation.model import Simulation
from pql.simulation.world import simulate

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> Simulation:
    return simulate(1, NOW)


def messages_by_account(world: Simulation) -> Counter[str]:
    """How many messages each account has sent, by account key."""
    return Counter(
        call.user_id.split("-person-")[0]
        for call in world.usage_calls
        if call.name == "message_sent"
    )


def test_everything_is_labelled_simulated(world: Simulation) -> None:
    assert all(account.name.startswith("Simulated account") for account in world.accounts)
    people = [call for call in world.people_calls if call.kind == "identify"]
    assert all(str(call.content["email"]).endswith("@example.com") for call in people)
    assert all(str(call.content["name"]).startswith("Simulated person") for call in people)


def test_the_same_seed_and_moment_give_the_same_world(world: Simulation) -> None:
    assert simulate(1, NOW) == world
    assert simulate(2, NOW) != world


def test_nothing_happens_in_the_future(world: Simulation) -> None:
    assert all(call.at < NOW for call in (*world.people_calls, *world.usage_calls))


def test_every_call_has_an_id_of_its_own(world: Simulation) -> None:
    ids = [call.message_id for call in (*world.people_calls, *world.usage_calls)]
    assert len(ids) == len(set(ids))


def test_about_a_quarter_of_the_past_trials_pay(world: Simulation) -> None:
    past = [account for account in world.accounts if account.trial_ends_at < NOW]
    paid = [account for account in past if account.converted_at is not None]
    assert len(past) >= 400
    assert 0.2 < len(paid) / len(past) < 0.3


def test_trials_under_way_have_clear_cases_of_every_motion(world: Simulation) -> None:
    under_way = [account for account in world.accounts if account.trial_ends_at > NOW]
    meant = Counter(account.behaviour.meant for account in under_way)
    assert len(under_way) == 60
    assert min(meant[motion] for motion in (Motion.HIGH_TOUCH, Motion.LOW_TOUCH)) >= 10
    assert meant[Motion.NO_TOUCH] >= 20
    assert set(world.meant) == {one.key for one in under_way if one.behaviour.meant is not None}


@pytest.mark.parametrize("seed", range(5))
def test_clear_cases_keep_a_margin_to_customers_of_the_same_age(seed: int) -> None:
    world = simulate(seed, NOW)
    sent = messages_by_account(world)
    for account in world.accounts:
        days = min((NOW - account.trial_started_at).days, 14)
        a_day = sent[account.key] / days
        if account.behaviour.meant in {Motion.HIGH_TOUCH, Motion.LOW_TOUCH}:
            assert a_day > 14
        elif account.behaviour.meant is Motion.NO_TOUCH:
            assert a_day < 2


def test_its_definition_file_is_valid_and_relative_to_customers() -> None:
    text = (files("pql.simulation") / "definitions.yaml").read_text()
    file = read_definitions(text, "definitions.yaml")
    criteria = file.definitions["trial_conversion"].criteria.rules
    assert len(criteria) == 3
    assert text.count("customer p50") == 2
