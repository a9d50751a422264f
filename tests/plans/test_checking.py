"""An event against a plan: every way in which it can differ, and none where it does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.plans.checking import violations
from pql.plans.reading import read_plan
from pql.plans.types import TYPES, common_type, type_of

PLAN = read_plan(
    """
events:
  message_sent:
    properties:
      channel: {type: text, required: true, one_of: [email, chat]}
      recipients: {type: whole number}
      sent_on: {type: time}
      urgent: {type: boolean}
      level: {type: number, one_of: [1, 2]}
  anything_goes:
  carries_nothing: {properties: {}}
""",
    "plan",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def kinds(name: str, **properties: Any) -> list[tuple[str, str]]:
    return [(each.kind, each.property) for each in violations(PLAN, name, properties)]


def test_an_event_as_planned_violates_nothing() -> None:
    planned = {"channel": "chat", "recipients": 3.0, "sent_on": "2026-03-01T10:00:00Z"}
    assert kinds("message_sent", **planned, urgent=False, level=2) == []
    assert kinds("anything_goes", whatever=[1]) == []
    assert kinds("carries_nothing") == []


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({}, ("missing", "channel")),
        ({"channel": None}, ("missing", "channel")),
        ({"channel": 7}, ("wrong_type", "channel")),
        ({"channel": "fax"}, ("wrong_value", "channel")),
        ({"channel": "chat", "recipients": 1.5}, ("wrong_type", "recipients")),
        ({"channel": "chat", "recipients": True}, ("wrong_type", "recipients")),
        ({"channel": "chat", "recipients": "3"}, ("wrong_type", "recipients")),
        ({"channel": "chat", "sent_on": "soon"}, ("wrong_type", "sent_on")),
        ({"channel": "chat", "urgent": 1}, ("wrong_type", "urgent")),
        ({"channel": "chat", "level": True}, ("wrong_type", "level")),
        ({"channel": "chat", "level": 3}, ("wrong_value", "level")),
        ({"channel": "chat", "extra": 1}, ("extra", "extra")),
    ],
)
def test_each_way_to_differ(properties: dict[str, Any], found: tuple[str, str]) -> None:
    assert kinds("message_sent", **properties) == [found]


def test_an_event_that_is_not_in_the_plan_is_unplanned_whatever_it_carries() -> None:
    assert kinds("messsage_sent", channel=1) == [("unplanned", "")]


def test_what_sdks_add_and_what_is_null_is_not_extra() -> None:
    assert kinds("carries_nothing", **{"$lib": "web", "campaign": None}) == []


def test_a_violation_says_what_was_found_and_what_is_allowed() -> None:
    (told,) = violations(PLAN, "message_sent", {"channel": 7})
    allowed = 'text, one of "email", "chat"'
    assert str(told) == f"properties.channel: found 7 (whole number); allowed: {allowed}"


@given(VALUES)
def test_a_value_fits_its_own_type_and_any(value: object) -> None:
    assert TYPES[type_of(value)](value)
    assert TYPES["any"](value)


@given(st.lists(VALUES.filter(lambda value: value is not None), min_size=1))
def test_values_fit_their_common_type(values: list[object]) -> None:
    fits = TYPES[common_type({type_of(value) for value in values})]
    assert all(map(fits, values))
