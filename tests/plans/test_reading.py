"""A plan is read whole, or refused with everything that is wrong with it."""

import pytest

from pql.definitions.problems import DefinitionError
from pql.plans.model import EventPlan, Plan, PropertyPlan
from pql.plans.reading import read_plan

WHOLE = """
on_violation: quarantine
events:
  message_sent:
    description: A message left the outbox
    properties:
      channel: {type: text, required: true, one_of: [email, chat], description: Which way}
      recipients: {type: whole number}
  "Subscription Started":
"""


def test_a_whole_plan() -> None:
    channel = PropertyPlan("text", True, ("email", "chat"), "Which way")
    properties = {"channel": channel, "recipients": PropertyPlan("whole number")}
    assert read_plan(WHOLE, "plan.yaml") == Plan(
        events={
            "message_sent": EventPlan(properties, "A message left the outbox"),
            "Subscription Started": EventPlan(),
        },
        on_violation="quarantine",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "p:1: found an empty file; allowed: events and on_violation"),
        ("on_violation: allow", "p:1: events: found nothing; allowed: a mapping of event names"),
        ("events: {}\non_violation: stop", 'p:2: on_violation: found "stop"; allowed: allow, qu'),
        ("events: {a: {propertys: {}}}", "allowed: did you mean properties?"),
        ("events:\n  a:\n    properties:\n      b: {type: int}", "p:4: events.a.properties.b.type"),
        ("events: {a: {properties: {b: {type: text, required: 1}}}}", "allowed: true or false"),
        (
            "events: {a: {properties: {b: {type: number, one_of: [1, two]}}}}",
            'one_of[1]: found "two"; allowed: a value of the type number',
        ),
        ('events: {" a": {}}', "allowed: 1 to 512 characters without a space at either end"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_plan(text, "p")
    assert told in str(refused.value)


def test_every_problem_is_told_at_once() -> None:
    text = "events:\n  a: {properties: {b: {type: int}}}\n  c: 1\non_violation: stop\n"
    with pytest.raises(DefinitionError) as refused:
        read_plan(text, "p")
    assert [problem.line for problem in refused.value.problems] == [2, 3, 4]
