"""A request with more events than a load takes is loaded in parts, and nothing shows it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pql.counting import Counts, count
from pql.state.models import QuarantinedEvent, RecentEvent
from pql.workspaces import create_workspace
from tests.fixtures.loading import Loading, group, identify, stores_for_examples, track
from tests.loader.test_exactly_once import PowerCut, cut_at
from usage_ingest import journal, journal_line
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.dialects.imported import written
from usage_ingest.journal import JOURNAL, NewEntry
from usage_ingest.journal_line import LoadLimits, choose
from usage_ingest.loading.loader import LoadResult
from usage_ingest.receipts import receipts
from usage_ingest.translating import cutting
from usage_ingest.translating.reading import Reader

Sent = list[dict[str, Any]]


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries with more than three events are cut, into parts of two."""
    for module in (journal_line, cutting):
        monkeypatch.setattr(module, "LARGEST_EVENTS", 3)
    monkeypatch.setattr(cutting, "EVENTS_IN_A_PART", 2)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    yield from stores_for_examples(tmp_path_factory.mktemp("parts"))


def load_all(loading: Loading) -> list[LoadResult]:
    results = [loading.load()]
    while results[-1].more:
        results.append(loading.load())
    return results


def bodies(loading: Loading) -> list[Any]:
    with loading.state.journal_engine.connect() as connection:
        found = connection.execute(select(JOURNAL.c.body).order_by(JOURNAL.c.id))
        return [json.loads(row.body) for row in found]


SENT: Sent = [
    track("visit", None, anonymousId="visitor"),
    identify("login", anonymousId="visitor", traits={"email": "ada@example.com"}),
    {"type": "track", "userId": "ada"},
    group("join", "acme", traits={"plan": "trial"}),
    {"type": "track", "userId": "ada", "event": "without an id"},
    track("work"),
    {"type": "track", "messageId": "nameless", "userId": "ada"},
    track("work", properties={"a": '],[{\\"'}),
]


@pytest.mark.usefixtures("in_parts")
def test_events_keep_their_places_and_what_their_request_says(loading: Loading) -> None:
    body = {"sentAt": "2026-06-01T11:00:00Z", "batch": SENT, "writeKey": "k"}
    loading.send_body(json.dumps(body).encode(), len(SENT))
    loading.send(track("later"))
    reader = Reader(loading.state, loading.settings)
    taken = reader.read()
    assert (taken.entries, len(taken.too_large)) == ((), 1), "its source waits behind it"
    (request_id,) = taken.too_large

    assert loading.load().events == 0
    assert [len(each["batch"]) for each in bodies(loading)] == [2, 2, 2, 2, 1]
    assert {each.get("sentAt") for each in bodies(loading)[:4]} == {"2026-06-01T11:00:00Z"}
    load_all(loading)

    assert {f"journal-{request_id}-4", "later"} < set(loading.stored().index)
    assert loading.fates() == {"stored": 6, "duplicate": 1, "quarantined": 2}
    with loading.state.reading() as session:
        rows = session.scalars(select(QuarantinedEvent).order_by(QuarantinedEvent.id)).all()
    assert [(row.entry_id, row.position) for row in rows] == [(request_id, 2), (request_id, 6)]
    assert rows[1].detail.startswith("batch[6].event")
    assert {row.sent_at for row in rows} == {"2026-06-01T11:00:00Z"}


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize(
    "beginning", ["DELETE FROM journal_entry", "INSERT INTO journal_entry", "INSERT INTO contact"]
)
def test_cut_off_anywhere_it_is_loaded_once(loading: Loading, beginning: str) -> None:
    loading.send(*SENT)
    with cut_at(loading, beginning), pytest.raises(PowerCut):
        load_all(loading)
    load_all(loading)
    assert loading.fates() == {"stored": 5, "duplicate": 1, "quarantined": 2}
    assert not journal.has_entries(loading.state)


def test_what_cannot_be_cut_is_loaded_whole_where_a_load_takes_it(loading: Loading) -> None:
    envelope = "x" * (cutting.LARGEST_ENVELOPE + 1)
    body = json.dumps({"batch": SENT, "context": {"long": envelope}}).encode()
    loading.send_body(body, len(SENT))
    (entry_id,) = choose(loading.state, LoadLimits(10, 100, 10**6)).ids
    cutting.cut(loading.state, entry_id)
    load_all(loading)
    assert loading.fates() == {"stored": 5, "duplicate": 1, "quarantined": 2}


@pytest.mark.usefixtures("in_parts")
def test_cut_twice_at_once_it_has_its_parts_once(loading: Loading) -> None:
    loading.send(*SENT)
    (entry_id,) = Reader(loading.state, loading.settings).read().too_large
    cutting.cut(loading.state, entry_id)
    cutting.cut(loading.state, entry_id)
    assert [len(each["batch"]) for each in bodies(loading)] == [2, 2, 2, 2]


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize(
    ("channel", "call", "body", "names"),
    [
        ("posthog", "capture", "[{}]", ["event", "distinct_id", "uuid"]),
        ("posthog", "batch", '{{"api_key": "k", "batch": [{}]}}', ["event", "distinct_id", "uuid"]),
        ("posthog", "e", "data=%7B%22batch%22%3A[{}]%7D", ["event", "distinct_id", "uuid"]),
        ("amplitude", "httpapi", '{{"events": [{}]}}', ["event_type", "user_id", "insert_id"]),
        ("cloudevents", "events", " [{}] ", ["type", "userid", "id"]),
    ],
)
def test_every_dialect_is_cut(
    loading: Loading, channel: str, call: str, body: str, names: list[str]
) -> None:
    what, who, name = names
    more = {"specversion": "1.0", "source": "a"} if channel == "cloudevents" else {}
    events = [
        json.dumps({what: "message_sent", who: "ada", name: str(number), **more})
        for number in range(1, 8)
    ]
    content = body.format(", ".join(events)).encode()
    entry = NewEntry(loading.workspace_id, 7, channel, call, loading.now, len(events), content)
    journal.append(loading.state, [entry])
    assert loading.load().events == 0
    load_all(loading)
    stored = loading.stored().index
    assert [message_id.rpartition("/")[2][-1] for message_id in stored] == list("1234567")


@pytest.mark.usefixtures("in_parts")
def test_an_import_is_cut(loading: Loading) -> None:
    at = loading.now
    rows = [CanonicalEvent("track", "a", str(number), at, at, "ada") for number in range(5)]
    own = NewEntry(loading.workspace_id, None, "import", "import", at, 5, written(rows))
    journal.append(loading.state, [own])
    assert loading.load().events == 0
    load_all(loading)
    assert list(loading.stored().index) == [str(number) for number in range(5)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"batch": [{}, {}, {}, {}], "batch": [{}, {}, {}, {}]}',
        b'{"junk": "' + b"x" * 70_000 + b'", "batch": [{}, {}, {}, {}]}',
        b'{"batch": [{}, {}, {}]}',
        b"no JSON",
    ],
)
@pytest.mark.usefixtures("in_parts")
def test_what_cannot_be_cut_is_set_aside_as_a_whole(loading: Loading, body: bytes) -> None:
    loading.send_body(body, 4)
    loading.send(track("behind"))
    (aside,) = loading.load().set_aside
    load_all(loading)
    assert (aside.events, aside.reason) == (4, "too_large_to_load")
    assert list(loading.stored().index) == ["behind"]
    assert loading.fates() == {"stored": 1, "quarantined": 4}
    counts = count(loading.state, loading.store, loading.workspace_id)
    assert (counts.journaled, counts.pending, counts.reasons) == (5, 0, {"too_large_to_load": 4})


def outcome(loading: Loading, workspace_id: int) -> tuple[Any, ...]:
    """Everything that a load leaves, without the numbers of rows."""
    stored = loading.stored(workspace_id)
    shown = stored[["name", "kind", "occurred_at", "properties", "source_id", "names_account"]]
    with loading.state.reading() as session:
        own = QuarantinedEvent.workspace_id == workspace_id
        rows = session.scalars(select(QuarantinedEvent).where(own).order_by(QuarantinedEvent.id))
        kept = [(row.position, row.reason, row.detail, row.content) for row in rows]
        recent = session.scalars(
            select(RecentEvent)
            .where(RecentEvent.workspace_id == workspace_id)
            .order_by(RecentEvent.id)
        )
        seen = [(row.fate, row.message_id, row.name) for row in recent]
    asked = [f"m{number}" for number in range(5)]
    told = receipts(loading.state, loading.store, workspace_id, asked, 1024)
    fates: Counts = count(loading.state, loading.store, workspace_id)
    told = [replace(each, decided_at=None) for each in told]
    return shown.to_dict(), kept, seen, told, replace(fates, waiting=0)


some_events = st.lists(
    st.one_of(
        st.builds(track, st.integers(0, 4).map("m{}".format), st.sampled_from(["ada", "bob"])),
        st.builds(
            group, st.integers(0, 4).map("m{}".format), st.just("acme"), st.sampled_from(["ada"])
        ),
        st.builds(
            identify,
            st.integers(0, 4).map("m{}".format),
            traits=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 3)),
        ),
        st.just({"type": "track", "messageId": "m1"}),
        st.just({}),
    ),
    min_size=2,
    max_size=9,
)


@given(some_events, st.integers(1, 5), st.integers(1, 400))
def test_however_it_is_cut_the_same_comes_of_it(
    shared: Loading, sent: Sent, most_events: int, most_bytes: int
) -> None:
    outcomes = []
    for is_cut in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if is_cut:
                patch.setattr(journal_line, "LARGEST_EVENTS", 1)
                patch.setattr(cutting, "EVENTS_IN_A_PART", most_events)
                patch.setattr(cutting, "BYTES_IN_A_PART", most_bytes)
            workspace_id = new_workspace(shared)
            shared.send(*sent, workspace_id=workspace_id)
            load_all(shared)
            outcomes.append(outcome(shared, workspace_id))
    assert outcomes[0] == outcomes[1]


def new_workspace(loading: Loading) -> int:
    with loading.state.writing() as session:
        return create_workspace(session, uuid4().hex, loading.now).id
