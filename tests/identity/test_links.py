"""Which events say that two ids are one person's, in which dialect, and which ids never do."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from pql.state.models import IntakeCount
from tests.fixtures.loading import Loading, identify, track
from tests.identity.people import alias, merges, reviews, visit
from usage_ingest import journal
from usage_ingest.identity.placeholders import PLACEHOLDER_ID, PLACEHOLDERS, is_placeholder
from usage_ingest.journal import NewEntry


def send(loading: Loading, channel: str, call: str, body: dict[str, Any], count: int) -> None:
    entry = NewEntry(
        loading.workspace_id, None, channel, call, loading.now, count, json.dumps(body).encode()
    )
    journal.append(loading.state, [entry])
    loading.load()


def amplitude(loading: Loading, *events: dict[str, Any]) -> None:
    sent = [{"event_type": "seen", "insert_id": str(n)} | each for n, each in enumerate(events, 1)]
    send(loading, "amplitude", "httpapi", {"events": sent}, len(sent))


def posthog(loading: Loading, *events: dict[str, Any]) -> None:
    sent = [{"event": "seen", "uuid": str(n)} | each for n, each in enumerate(events, 1)]
    send(loading, "posthog", "batch", {"batch": sent}, len(sent))


def notes(loading: Loading) -> dict[str, int]:
    with loading.state.reading() as session:
        rows = session.scalars(select(IntakeCount).where(IntakeCount.reason != ""))
        return {row.reason: row.events for row in rows}


def contacts(loading: Loading) -> dict[str, int]:
    return {str(each): int(row) for each, row in loading.stored().contact_id.dropna().items()}


def test_amplitudes_device_is_the_users_from_the_first_event_with_both(loading: Loading) -> None:
    amplitude(loading, {"device_id": "phone"}, {"device_id": "phone", "user_id": "ada"})
    assert len(set(contacts(loading).values())) == 1
    assert [merge.why for merge in merges(loading)] == ["device"]


def test_another_user_on_the_same_device_asks_for_nothing(loading: Loading) -> None:
    amplitude(
        loading,
        {"device_id": "phone", "user_id": "ada"},
        {"device_id": "phone", "user_id": "bob"},
        {"device_id": "phone"},
    )
    found = contacts(loading)
    assert found["1"] == found["3"] != found["2"]
    assert (reviews(loading), merges(loading)) == ([], [])


def test_posthogs_alias_links_an_anonymous_id(loading: Loading) -> None:
    posthog(
        loading,
        {"distinct_id": "visitor", "properties": {"$process_person_profile": False}},
        {"event": "$create_alias", "distinct_id": "visitor", "properties": {"alias": "ada"}},
        {"distinct_id": "ada"},
    )
    assert len(set(contacts(loading).values())) == 1


def test_posthogs_dangerous_merge_waits_for_a_decision(loading: Loading) -> None:
    posthog(
        loading,
        {"event": "$identify", "distinct_id": "ada"},
        {"event": "$identify", "distinct_id": "bob"},
        {"event": "$merge_dangerously", "distinct_id": "ada", "properties": {"alias": "bob"}},
    )
    (review,) = reviews(loading)
    assert review.target_id == contacts(loading)["1"]
    assert len(set(contacts(loading).values())) == 2


def test_posthogs_group_identify_is_nobodys(loading: Loading) -> None:
    group = {"$group_type": "company", "$group_key": "acme", "$group_set": {"plan": "trial"}}
    posthog(loading, {"event": "$groupidentify", "distinct_id": "made-up", "properties": group})
    assert contacts(loading) == {}
    assert loading.account("acme").status == "trial"


def test_an_alias_of_a_user_makes_a_visitor_that_user(loading: Loading) -> None:
    """Whichever of the two is the previous one, the user stays."""
    loading.load_sent(track("1", "ada"), visit("2", "visitor"))
    loading.load_sent(
        {"type": "alias", "messageId": "3", "anonymousId": "visitor", "previousId": "ada"}
    )
    assert loading.contact_of("2").user_id == "ada"


@pytest.mark.parametrize("value", [*sorted(PLACEHOLDERS), "NULL", " Undefined ", "[object Object]"])
def test_a_placeholder_is_nobody(value: str) -> None:
    assert is_placeholder(value)


def test_two_who_send_the_same_placeholder_are_not_one_person(loading: Loading) -> None:
    loading.load_sent(
        identify("1", "ada", anonymousId="undefined"),
        identify("2", "bob", anonymousId="undefined"),
        alias("3", "null", "ada"),
        alias("4", "null", "bob"),
    )
    assert contacts(loading)["1"] != contacts(loading)["2"]
    assert (reviews(loading), merges(loading)) == ([], [])
    assert notes(loading) == {PLACEHOLDER_ID: 4}


def test_an_event_of_a_placeholder_counts_for_its_account_and_for_nobody(loading: Loading) -> None:
    loading.load_sent(
        track("1", "null", group="acme"), track("2", "null", group="acme"), track("3", "none")
    )
    assert loading.fates() == {"stored": 3}
    assert loading.stored().contact_id.isna().all()
    assert [loading.account_of(each) for each in "123"] == ["acme", "acme", None]
    assert notes(loading) == {PLACEHOLDER_ID: 3}


def test_a_placeholder_beside_a_real_id_leaves_that_one(loading: Loading) -> None:
    loading.load_sent(visit("1", "visitor", userId="undefined"), visit("2", "visitor"))
    assert len(set(contacts(loading).values())) == 1
    assert loading.contact_of("1").user_id is None
