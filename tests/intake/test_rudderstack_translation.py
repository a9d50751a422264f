"""RudderStack's SDKs speak Segment's calls, with habits of their own."""

from datetime import timedelta

import pytest

from tests.intake.recordings import RECEIVED_AT, events, recorded

KINDS = ["identify", "group", "track", "page", "screen", "alias", "track"]


@pytest.mark.parametrize("sdk", ["rudderstack-python", "rudderstack-node"])
def test_what_an_sdk_sent_is_understood(sdk: str) -> None:
    found = [event for sent in recorded(sdk) for event in events("segment", "batch", sent["body"])]
    assert [event.kind for event in found] == KINDS
    identify, group, feature, page, _, alias, anonymous = found
    assert identify.traits == {"email": "a@b.co", "plan": "trial"}
    assert (group.account_key, group.traits) == ("acct_1", {"name": "Acme", "plan": "trial"})
    assert (feature.name, feature.properties) == ("Feature Used", {"k": 1})
    assert page.properties == {"category": "Docs", "url": "x"}
    assert alias.previous_id == "anon1"
    assert anonymous.anonymous_id == "anon9"


@pytest.mark.parametrize("sdk", ["rudderstack-python", "rudderstack-node"])
def test_an_event_happened_as_long_before_the_request_as_its_clock_says(sdk: str) -> None:
    for sent in recorded(sdk):
        for event in events("segment", "batch", sent["body"]):
            assert RECEIVED_AT - timedelta(seconds=1) < event.occurred_at <= RECEIVED_AT


def test_no_key_is_in_the_body() -> None:
    for sdk in ("rudderstack-python", "rudderstack-node"):
        assert all("writeKey" not in sent["body"] for sent in recorded(sdk))
