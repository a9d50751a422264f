"""What a definition file names and the workspace never saw, and what it leaves out."""

import json

import pytest

from pql.definition_checks import Workspace, find_unknown_to
from pql.definitions.left_out import find_left_out
from pql.definitions.reading import read_definitions
from pql.definitions.versions import starter
from pql.definitions.yaml_lines import read_yaml
from tests.fixtures.events import batch_of
from tests.fixtures.product import Product

FILE = """metrics:
  invites: {event: Invite_snt, aggregate: count, window: whole trial}
  minutes: {event: lesson_watched, aggregate: sum of minutes, window: whole trial}
  seats: {event: lesson_watched, aggregate: sum of seat, window: whole trial, where: {a.b: NO}}
  anything: {event: any, aggregate: count, window: whole trial}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria:
      - {metric: minutes, at_least: 10}
      - {trait: employes, at_least: 10}
      - {trait: address.country, is: NO}
      - all: [{trait: seats, exists: true}, {trait: seats, at_least: 3}]
"""


@pytest.fixture
def told(product: Product) -> list[str]:
    product.account(traits={"employees": 20, "address": {"country": "NO"}})
    said = [12.5, "20", " 3 ", "NaN", "1e400", True, None]
    lessons = [
        {
            "workspace_id": product.workspace_id,
            "name": "lesson_watched",
            "message_id": f"m{number}",
            "properties": json.dumps({"minutes": minutes, "seats": 1, "a": {"b": "no"}}),
        }
        for number, minutes in enumerate(said)
    ]
    invite = {"workspace_id": product.workspace_id, "name": "invite_sent", "message_id": "i"}
    product.store.append(batch_of(1, [*lessons, invite]))
    file, document = read_definitions(FILE, "growth.yaml"), read_yaml(FILE, "growth.yaml")
    with product.state.reading() as session:
        workspace = Workspace(product.store, session, product.workspace_id)
        return find_unknown_to(workspace, file, document)


def test_what_the_workspace_does_not_know_is_told_with_what_is_close(told: list[str]) -> None:
    assert told == [
        "growth.yaml:2: metrics.invites.event: no event Invite_snt was ever recorded; "
        "did you mean invite_sent?",
        "growth.yaml:12: definitions.conversion.criteria[1].trait: no account has the trait "
        "employes; did you mean employees?",
        "growth.yaml:3: metrics.minutes: minutes is no number in 3 of 6 events: they do not count",
        "growth.yaml:4: metrics.seats: no event lesson_watched has the property seat; "
        "did you mean seats?",
    ]


def test_what_a_file_leaves_out_of_the_one_before_it_is_told() -> None:
    before = """
leads: {grades: {1: 80, 2: 60, 3: 40}, stages: {lead: 10, MQL: 50}}
potential: {large: {trait: seats, at_least: 50}, medium: {trait: seats, at_least: 5}}
filters: {bots: false}
lifecycle: {trial_days: 14, after_trial: churned}
"""
    after = "filters: {bots: false}\nlifecycle: {after_trial: churned}"
    told = find_left_out(before, after)
    assert [sentence.partition(" is left out: ")[0] for sentence in told] == [
        "leads",
        "potential",
        "lifecycle.trial_days",
    ]
    assert find_left_out(before, before) == []


def test_a_section_that_says_what_is_the_default_may_be_left_out() -> None:
    assert find_left_out("filters: {bots: true}", "metrics: {}") == []
    left_out = find_left_out(starter(), "metrics: {}")
    assert "leads is left out" not in " ".join(left_out)
    assert "provisional is left out: it goes back to nothing" in left_out


def test_of_a_section_that_is_there_each_field_that_is_left_out_is_told() -> None:
    before = "leads: {grades: {1: 80, 2: 60, 3: 40}, stages: {lead: 20, MQL: 50}}"
    assert find_left_out(before, "leads: {stages: {lead: 20, MQL: 50}}") == [
        "leads.grades is left out: it goes back to its default, {1: 75, 2: 50, 3: 25}"
    ]
