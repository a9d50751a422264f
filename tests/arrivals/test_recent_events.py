"""The last events with their fates, and what each source sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from pql.access import create_key
from pql.counting import count
from pql.state.models import RecentEvent
from tests.fixtures.arriving import Arriving
from tests.fixtures.loading import group, track
from tests.fixtures.quarantined import nameless
from tests.fixtures.web import Member
from usage_ingest.loading.recent_events import MOST_REMEMBERED


def recent(service: Arriving, member: Member, **parameters: Any) -> Any:
    path, key = "/api/v1/events/recent", member.bearer()
    answer = service.client.get(path, query_string=parameters, headers=key)
    assert answer.status_code == 200
    return answer.get_json()["data"]


def sources(service: Arriving, member: Member) -> dict[str, Any]:
    answer = service.client.get("/api/v1/sources", headers=member.bearer()).get_json()
    return {source["name"]: source for source in answer["data"]}


def test_the_last_events_are_shown_with_their_fates(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(owner, group("join", "acme"), track("1"), track("1"), nameless("2"))
    shown = [
        (each["message_id"], each["fate"], each["name"], each["account"], each["reason"])
        for each in recent(arriving, owner)
    ]
    assert shown == [
        ("2", "quarantined", None, None, "missing_event"),
        ("1", "duplicate", "message_sent", None, None),
        ("1", "stored", "message_sent", "acme", None),
        ("join", "stored", "group", "acme", None),
    ]
    first = recent(arriving, owner, limit=1)[0]
    assert (first["source"], first["contact"]) == ("write key", None)
    assert "batch[3].event: found none" in first["detail"]


def test_only_the_last_are_kept(arriving: Arriving, owner: Member, stranger: Member) -> None:
    arriving.load_sent(stranger, track("theirs"))
    arriving.load_sent(owner, *(track(f"a{number}") for number in range(MOST_REMEMBERED + 50)))
    arriving.load_sent(owner, *(track(f"b{number}") for number in range(10)))
    kept = recent(arriving, owner, limit=MOST_REMEMBERED)
    assert len(kept) == MOST_REMEMBERED
    assert [each["message_id"] for each in (kept[0], kept[9], kept[10])] == ["b9", "b0", "a249"]
    with arriving.state.reading() as session:
        assert session.scalar(select(func.count()).select_from(RecentEvent)) == MOST_REMEMBERED + 1
    assert [each["message_id"] for each in recent(arriving, stranger)] == ["theirs"]


def test_a_source_shows_what_became_of_its_events(arriving: Arriving, owner: Member) -> None:
    now = datetime.now(UTC)
    arriving.send(owner, track("1"), nameless("2"))
    arriving.load(now - timedelta(days=2))
    arriving.send(owner, track("1"), track("null", "null"))
    arriving.load(now)
    source = sources(arriving, owner)["write key"]
    assert source["total"] == {
        "stored": 2,
        "duplicates": 1,
        "quarantined": 1,
        "expired": 0,
        "reasons": {"missing_event": 1},
        "notes": {"placeholder_id": 1},
    }
    assert source["today"] == {
        "stored": 1,
        "duplicates": 1,
        "quarantined": 0,
        "expired": 0,
        "reasons": {},
        "notes": {"placeholder_id": 1},
    }
    assert datetime.fromisoformat(source["last_event_at"]) == now
    counts = count(arriving.state, arriving.store, owner.workspace_id)
    assert (counts.quarantined, counts.reasons) == (1, {"missing_event": 1})


def test_the_events_of_one_source_are_shown(
    arriving: Arriving, owner: Member, stranger: Member
) -> None:
    with arriving.state.writing() as session:
        other, key = create_key(session, owner.workspace_id, "other", "write", datetime.now(UTC))
    arriving.load_sent(owner, track("1"))
    arriving.load_sent(Member(owner.workspace_id, {"write": key}), track("2"))
    assert [each["message_id"] for each in recent(arriving, owner, source=other.id)] == ["2"]
    assert recent(arriving, stranger, source=other.id) == []
    assert sources(arriving, owner)["other"]["total"]["stored"] == 1
    assert list(sources(arriving, stranger)) == ["write key"]
    assert sources(arriving, stranger)["write key"]["last_event_at"] is None
