"""Events held to the plan in the real line: counted, let in or quarantined, each once."""

from typing import Any

import pytest
from sqlalchemy import select

from pql.plans import versions
from pql.plans.recording import list_violations
from pql.state.models import QuarantinedEvent
from tests.fixtures.loading import Loading, identify, track

PLAN = """
on_violation: allow
events:
  message_sent: {properties: {channel: {type: text, required: true}}}
"""
QUARANTINING = PLAN.replace("allow", "quarantine")


def apply(loading: Loading, text: str) -> None:
    with loading.state.writing() as session:
        versions.apply(session, loading.workspace_id, text, "plan.yaml", loading.now, "a test")


def counted(loading: Loading, workspace_id: int | None = None) -> dict[tuple[str, str, str], int]:
    with loading.state.reading() as session:
        listed = list_violations(session, workspace_id or loading.workspace_id)
    return {(each.event, each.kind, each.property): each.events for each in listed}


def sent(message_id: str, **properties: Any) -> dict[str, Any]:
    return track(message_id, properties=properties)


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return [
        sent("good", channel="chat"),
        sent("bad", channel=7, extra=1),
        track("unplanned", event="login"),
        identify("who", traits={"plan": "trial"}),
    ]


def test_without_a_plan_nothing_is_a_violation(
    loading: Loading, events: list[dict[str, Any]]
) -> None:
    loading.load_sent(*events)
    assert loading.fates() == {"stored": 4}
    assert counted(loading) == {}


def test_violations_are_let_in_and_counted_once(
    loading: Loading, events: list[dict[str, Any]]
) -> None:
    apply(loading, PLAN)
    loading.load_sent(*events)
    loading.load_sent(*events)
    assert loading.fates() == {"stored": 4, "duplicate": 4}
    assert counted(loading) == {
        ("message_sent", "wrong_type", "channel"): 1,
        ("message_sent", "extra", "extra"): 1,
        ("login", "unplanned", ""): 1,
    }


def test_violations_are_quarantined_where_the_plan_says_so(
    loading: Loading, events: list[dict[str, Any]]
) -> None:
    apply(loading, QUARANTINING)
    loading.load_sent(*events)
    loading.load_sent(*events)
    assert list(loading.stored().index) == ["good", "who"]
    assert loading.fates() == {"stored": 2, "quarantined": 2, "duplicate": 4}
    with loading.state.reading() as session:
        kept = {row.message_id: row for row in session.scalars(select(QuarantinedEvent))}
    assert {row.reason for row in kept.values()} == {"plan_violation"}
    assert "properties.channel: found 7 (whole number); allowed: text" in kept["bad"].detail
    assert '"extra"' in kept["bad"].content
    assert counted(loading)["message_sent", "wrong_type", "channel"] == 1


def test_a_mended_event_is_stored(loading: Loading) -> None:
    apply(loading, QUARANTINING)
    loading.load_sent(sent("m", channel=7))
    loading.load_sent(sent("m", channel="chat"))
    assert list(loading.stored().index) == ["m"]


def test_a_strangers_plan_is_its_own(loading: Loading) -> None:
    apply(loading, QUARANTINING)
    loading.send(sent("m", channel=7), workspace_id=loading.stranger_id)
    loading.load()
    assert list(loading.stored(loading.stranger_id).index) == ["m"]
    assert counted(loading, loading.stranger_id) == {}
