"""A plan written from what was seen is valid, and what was seen fits it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pql.events.duckdb_store import DuckDBEventStore
from pql.plans.checking import violations
from pql.plans.inferring import SeenEvent, SeenProperty, seen_events
from pql.plans.reading import read_plan
from pql.plans.writing import MOST_PROPERTIES, plan_text
from tests.fixtures.events import batch_of

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30
).filter(lambda name: name == name.strip())


def store_events(store: DuckDBEventStore, number: int, *events: dict[str, Any]) -> None:
    rows = [
        {"message_id": f"m{number}-{place}"}
        | event
        | {"properties": json.dumps(event.get("properties", {}))}
        for place, event in enumerate(events)
    ]
    store.append(batch_of(number, rows))


def test_a_plan_says_what_was_seen(event_store: DuckDBEventStore) -> None:
    sent = {"channel": "chat", "recipients": 2, "price": 1, "at": "2026-03-01", "$lib": "web"}
    other = {"channel": "email", "recipients": 1, "price": 1.5, "at": "today", "campaign": None}
    store_events(
        event_store,
        1,
        *({"properties": sent} for _ in range(9)),
        {"properties": other},
        {"name": "Signed Up: Web", "properties": {"urgent": True, "tags": ["a"], "true": 1}},
        {"name": "bot_visit", "filtered": True},
        {"name": "copied", "is_copy": True},
        {"name": "viewed", "kind": "page"},
        {"name": "theirs", "workspace_id": 2},
    )
    text = plan_text(seen_events(event_store, 1))
    assert text == (
        "# Written from the events that were seen. Read it through before you apply it.\n"
        "on_violation: allow\n"
        "events:\n"
        "  message_sent:  # 10 events\n"
        "    properties:\n"
        "      at: {type: text, required: true}  # in 100% of 10\n"
        "      channel: {type: text, required: true}  # in 100% of 10\n"
        "      price: {type: number, required: true}  # in 100% of 10\n"
        "      recipients: {type: whole number, required: true}  # in 100% of 10\n"
        '  "Signed Up: Web":  # 1 events\n'
        "    properties:\n"
        "      tags: {type: list}  # in 100% of 1\n"
        '      "true": {type: whole number}  # in 100% of 1\n'
        "      urgent: {type: boolean}  # in 100% of 1\n"
    )
    plan = read_plan(text, "inferred")
    assert violations(plan, "message_sent", sent) == ()
    assert violations(plan, "message_sent", other) == ()


def test_a_workspace_without_events_gets_an_empty_plan(event_store: DuckDBEventStore) -> None:
    assert read_plan(plan_text(seen_events(event_store, 1)), "inferred").events == {}


@given(st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=3), max_size=3))
@settings(max_examples=50)
def test_whatever_the_names_the_plan_is_valid(names: dict[str, list[str]]) -> None:
    seen = [
        SeenEvent(name, 1, 1, [SeenProperty(each, "text", 1) for each in properties])
        for name, properties in names.items()
    ]
    plan = read_plan(plan_text(seen), "inferred")
    assert {name: list(event.properties or {}) for name, event in plan.events.items()} == names


def test_a_plan_of_everything_stays_small_enough_to_be_applied() -> None:
    for length in (1, 50):
        names = ["p" * length + str(number) for number in range(100)]
        properties = [SeenProperty(name, "whole number", 5) for name in names]
        seen = [SeenEvent(f"event {number}", 5, 5, properties) for number in range(500)]
        text = plan_text(seen)
        planned = len(read_plan(text, "inferred").events)
        assert 20 <= planned <= MOST_PROPERTIES / 100
        assert f"No room for {500 - planned} more events." in text
