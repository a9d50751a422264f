"""A quarantined event that is mended and sent through again is stored once, and counted once."""

import json
from datetime import timedelta

import pytest

from pql.counting import count
from pql.plans import versions as plans
from tests.fixtures.loading import Loading, track
from tests.fixtures.quarantined import NAMED, in_quarantine, nameless, replay, rows
from tests.loader.test_exactly_once import CUTS, Cut, PowerCut, cut_at
from usage_ingest.loading.loader import LoadResult
from usage_ingest.quarantine.listing import QuarantineFilter
from usage_ingest.quarantine.mending import MendingRules
from usage_ingest.quarantine.replaying import Replaying, Selection, SelectionMissing


def test_a_mended_event_is_stored_and_leaves_the_quarantine(loading: Loading) -> None:
    loading.load_sent(track("good"), nameless("1"))
    assert replay(loading).outcomes == {"accepted": 1}
    assert loading.load() == LoadResult(1, stored=1)
    assert list(loading.stored().index) == ["1", "good"]
    assert loading.stored().name["1"] == "message_sent"
    assert in_quarantine(loading) == {}
    row = rows(loading)[0]
    assert (row.resolution, row.resolved_by, row.resolved_at) == ("stored", "a test", loading.now)


def test_it_is_counted_as_what_it_has_become(loading: Loading) -> None:
    loading.load_sent(nameless("1"), nameless("2"))
    replay(loading, selection=Selection(ids=[rows(loading)[0].id]))
    waiting = count(loading.state, loading.store, loading.workspace_id)
    assert (waiting.journaled, waiting.pending, waiting.quarantined) == (2, 0, 2)
    loading.load()
    decided = count(loading.state, loading.store, loading.workspace_id)
    assert (decided.journaled, decided.stored, decided.quarantined) == (2, 1, 1)


def test_it_keeps_the_time_it_was_received_and_the_clock_that_was_wrong(loading: Loading) -> None:
    sent = {"originalTimestamp": "2026-06-01T10:00:00Z"}
    batch = {"sentAt": "2026-06-01T11:00:00Z", "batch": [nameless("1", **sent)]}
    loading.send_body(json.dumps(batch).encode(), 1)
    loading.load()
    received_at = loading.now
    loading.now += timedelta(days=3)
    replay(loading)
    loading.load()
    stored = loading.stored().loc["1"]
    assert stored.received_at == received_at.replace(tzinfo=None)
    assert stored.occurred_at == received_at.replace(tzinfo=None) - timedelta(hours=1)


def test_asked_twice_it_is_stored_once(loading: Loading) -> None:
    loading.load_sent(nameless(None))
    replay(loading)
    replay(loading)
    assert loading.load() == LoadResult(1, stored=1)
    replay(loading)
    assert loading.load() == LoadResult()
    assert len(loading.stored()) == 1
    assert loading.fates() == {"stored": 1, "quarantined": 0}


def test_asked_again_after_a_load_it_is_dropped(loading: Loading) -> None:
    loading.load_sent(nameless("1"))
    replay(loading)
    loading.load()
    ids = Selection(ids=[rows(loading)[0].id])
    assert replay(loading, selection=ids).selected == 0


def test_an_event_that_is_bad_again_stays_in_quarantine_with_the_new_reason(
    loading: Loading,
) -> None:
    loading.load_sent(nameless("1"))
    assert replay(loading, MendingRules(set={"event": "x"}, remove=["userId"])).outcomes == {
        "missing_user_id": 1
    }
    loading.load()
    assert in_quarantine(loading) == {"missing_user_id": 1}
    assert loading.fates() == {"quarantined": 1}
    first, second = rows(loading)
    assert (first.resolution, second.replayed_from) == ("quarantined", first.id)
    asked = Selection(asked=QuarantineFilter(reason="missing_user_id"))
    replay(loading, MendingRules(default={"userId": "ada"}), asked)
    loading.load()
    assert in_quarantine(loading) == {}
    assert loading.fates() == {"stored": 1, "quarantined": 0}


def test_as_bad_as_before_it_stays_in_quarantine(loading: Loading) -> None:
    loading.load_sent(nameless("1"))
    replay(loading, MendingRules())
    loading.load()
    assert in_quarantine(loading) == {"missing_event": 1}
    assert loading.fates() == {"quarantined": 1}


def test_an_event_that_its_sender_mended_first_is_a_duplicate(loading: Loading) -> None:
    loading.load_sent(nameless("1"))
    loading.load_sent(track("1"))
    replay(loading)
    loading.load()
    assert rows(loading)[0].resolution == "duplicate"
    assert loading.fates() == {"quarantined": 0, "stored": 1, "duplicate": 1}


def test_an_event_that_came_too_late_is_let_in(loading: Loading) -> None:
    loading.load_sent(track("1", timestamp="2026-01-01T00:00:00Z"))
    late = Selection(asked=QuarantineFilter(reason="too_late"))
    assert replay(loading, MendingRules(), late).outcomes == {"accepted": 1}
    loading.load()
    assert loading.stored().occurred_at["1"].isoformat() == "2026-01-01T00:00:00"


def test_a_large_event_is_kept_whole(loading: Loading) -> None:
    loading.load_sent(nameless("1", properties={"text": "x" * 100_000}))
    replay(loading)
    loading.load()
    assert len(json.loads(loading.stored().properties["1"])["text"]) == 100_000


def test_a_request_that_nobody_can_read_is_not_sent_again(loading: Loading) -> None:
    loading.send_body(b"\x00 no JSON", 2)
    loading.load()
    asked = Selection(asked=QuarantineFilter(reason="untranslatable"))
    prepared = replay(loading, selection=asked)
    assert (prepared.selected, prepared.unreadable) == (0, 2)
    assert loading.load() == LoadResult()


def test_a_stranger_replays_nothing(loading: Loading) -> None:
    loading.load_sent(nameless("1"))
    ids = Selection(ids=[rows(loading)[0].id])
    assert replay(loading, selection=ids, workspace_id=loading.stranger_id).selected == 0
    assert loading.load() == LoadResult()


def test_a_preview_says_what_would_come_of_it_and_writes_nothing(loading: Loading) -> None:
    loading.load_sent(nameless("1"), nameless("2", userId=None))
    replaying = Replaying(loading.state, loading.settings, loading.workspace_id)
    asked = Selection(ids=[row.id for row in rows(loading)])
    prepared = replaying.preview(asked, NAMED)
    assert prepared.outcomes == {"accepted": 1, "missing_user_id": 1}
    good, bad = prepared.expected
    assert (good.kind, good.name, good.user_id) == ("track", "message_sent", "ada")
    assert bad.detail == "userId: found none; allowed: a userId or an anonymousId"
    assert loading.load() == LoadResult()


def test_a_preview_knows_the_tracking_plan(loading: Loading) -> None:
    plan = "events: {invite_sent: {}}\non_violation: quarantine\n"
    with loading.state.writing() as session:
        plans.apply(session, loading.workspace_id, plan, "plan.yaml", loading.now, "a test")
    loading.load_sent(track("1"))
    (reason,) = in_quarantine(loading)
    asked = Selection(asked=QuarantineFilter(reason=reason))
    replaying = Replaying(loading.state, loading.settings, loading.workspace_id)
    assert replaying.preview(asked, NAMED).outcomes == {reason: 1}
    mended = MendingRules(set={"event": "invite_sent"})
    assert replaying.replay(asked, mended, "a test", loading.now).outcomes == {"accepted": 1}
    loading.load()
    assert list(loading.stored().name) == ["invite_sent"]


def test_nobody_replays_everything_by_leaving_all_out() -> None:
    with pytest.raises(SelectionMissing):
        Selection()


REPLAY_CUTS: dict[str, Cut] = {
    name: cut for name, cut in CUTS.items() if name != "while the quarantine is written"
} | {
    "while it leaves the quarantine": lambda it: cut_at(it, "UPDATE quarantined_event"),
    "while it leaves the counts": lambda it: cut_at(it, "UPDATE intake_count"),
}


@pytest.mark.parametrize("cut", REPLAY_CUTS.values(), ids=REPLAY_CUTS.keys())
def test_killed_anywhere_in_the_load_it_is_stored_once_and_counted_once(
    loading: Loading, cut: Cut
) -> None:
    loading.load_sent(nameless("1"), nameless("2"), nameless(None))
    replay(loading)
    with cut(loading), pytest.raises(PowerCut):
        loading.load()
    replay(loading)
    loading.load()
    loading.load()
    assert len(loading.stored()) == 3
    assert loading.fates() == {"stored": 3, "quarantined": 0}
    assert in_quarantine(loading) == {}
