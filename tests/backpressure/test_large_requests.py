"""A request may bring so many events and no more, in every dialect; counting them is cheap."""

import base64
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pql.settings import Settings
from pql.state.store import State
from routes.application import create_app
from routes.service import Service
from tests.fixtures.loading import track
from tests.fixtures.web import Member, make_member
from usage_ingest.dialects import DIALECTS, event_lists
from usage_ingest.dialects.admission import TooManyEvents, admit
from usage_ingest.dialects.event_lists import long_lists, slices
from usage_ingest.journal import has_entries

MANY = 300_000


@pytest.fixture
def settings(web_settings: Settings) -> Settings:
    return replace(web_settings, events_per_request=3)


@pytest.fixture
def state(client: FlaskClient) -> State:
    service: Service = client.application.extensions["pql"]
    return service.state


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    app = create_app(settings)
    yield app.test_client()
    app.extensions["pql"].state.close()


@pytest.fixture
def owner(state: State) -> Member:
    return make_member(state, "owner")


def form(events: list[Any]) -> bytes:
    return b"data=" + base64.b64encode(json.dumps({"batch": events}).encode())


BODIES: dict[str, Callable[[list[Any]], bytes | str]] = {
    "/v1/batch": lambda events: json.dumps({"batch": events}),
    "/v1/import": lambda events: json.dumps({"batch": events}),
    "/capture": json.dumps,
    "/e/": form,
    "/i/v0/ai/batch": lambda events: json.dumps({"api_key": "k", "batch": events}),
    "/2/httpapi": lambda events: json.dumps({"events": events}),
    "/batch": lambda events: json.dumps({"batch": events}),
    "/v1/events": json.dumps,
}


@pytest.mark.parametrize("path", BODIES)
def test_a_request_with_more_than_it_may_bring_is_told_how_many(
    client: FlaskClient, owner: Member, state: State, path: str
) -> None:
    answer = client.post(path, data=BODIES[path]([{}] * 4), headers=owner.bearer("write"))
    assert (answer.status_code, answer.get_json()["code"]) == (413, 413)
    found = "found 4 events; allowed: at most 3 in one request. Send less at once."
    assert found in answer.get_json()["message"]
    assert not has_entries(state)
    allowed = client.post(path, data=BODIES[path]([{}] * 3), headers=owner.bearer("write"))
    assert allowed.status_code == 200


@pytest.mark.parametrize("element", [b"{}", b"0", b'"[,"'])
@pytest.mark.parametrize(
    ("channel", "call", "before", "after"),
    [
        ("segment", "batch", b'{"sentAt": null, "batch": [', b'], "writeKey": "k"}'),
        ("posthog", "capture", b" [", b"]"),
        ("amplitude", "httpapi", b'{"events":[', b"]}"),
        ("cloudevents", "events", b"[", b"]"),
    ],
)
def test_of_many_events_no_objects_are_made(
    channel: str, call: str, before: bytes, after: bytes, element: bytes
) -> None:
    body = before + b",".join([element] * MANY) + after
    tracemalloc.start()
    try:
        with pytest.raises(TooManyEvents, match="found 300,000 events"):
            admit(DIALECTS[channel], call, body, 10_000)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 12 * 1024 * 1024


def test_a_long_list_that_holds_no_events_is_none_of_our_business() -> None:
    body = b'{"batch": [{"event": "a"}], "other": [' + b",".join([b"0"] * 300_000) + b"]}"
    assert len(admit(DIALECTS["segment"], "batch", body, 10_000).events) == 1
    single = b'{"event": "a", "other": [' + b",".join([b"0"] * 300_000) + b"]}"
    assert len(admit(DIALECTS["segment"], "track", single, 10_000).events) == 1


@pytest.fixture
def limited(web_settings: Settings) -> Iterator[tuple[FlaskClient, Member]]:
    app = create_app(replace(web_settings, journal_limit_events=100, rate_limit_events=10))
    yield app.test_client(), make_member(app.extensions["pql"].state, "owner")
    app.extensions["pql"].state.close()


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (101, "found 101 events; allowed: at most 100, which may wait. Send less at once."),
        (701, "The key may send 10 events a second: found 701 events; allowed: at most 700"),
    ],
)
def test_what_could_never_pass_is_told_so(
    limited: tuple[FlaskClient, Member], events: int, why: str
) -> None:
    client, owner = limited
    batch = {"batch": [track(str(number)) for number in range(events)]}
    answer = client.post("/v1/batch", json=batch, headers=owner.bearer("write"))
    assert answer.status_code == 413
    assert why in answer.get_json()["message"]


values = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", "a", "\\", '"', "[,", '}\\"', "\u00e9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


@given(
    st.lists(values, min_size=2, max_size=12),
    values,
    st.integers(1, 70),
    st.integers(1, 5),
    st.integers(1, 60),
)
def test_a_list_is_found_and_cut_whatever_is_in_it(
    events: list[Any], other: Any, window: int, most_elements: int, most_bytes: int
) -> None:
    for content in (events, {"a": other, "batch": events, "b": other}):
        body = json.dumps(content, ensure_ascii=False).encode()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(event_lists, "WINDOW", window)
            (found,) = (
                each
                for each in long_lists(body, 1)
                if each.name == ("batch" if isinstance(content, dict) else None)
            )
            cut = list(slices(body, found, most_elements, most_bytes))
        assert found.elements == len(events)
        assert [each.elements for each in cut] == [
            len(json.loads(b"[" + body[each.start : each.end] + b"]")) for each in cut
        ]
        assert [
            element
            for each in cut
            for element in json.loads(b"[" + body[each.start : each.end] + b"]")
        ] == events
        assert all(
            each.elements == 1
            or (each.elements <= most_elements and each.end - each.start <= most_bytes)
            for each in cut
        )
