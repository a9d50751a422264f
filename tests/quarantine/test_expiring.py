"""What nobody mended in time loses its content; it stays counted, and its receipt says so."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from pql.counting import count
from pql.leases import LeaseLost
from pql.state.models import IntakeCount
from tests.fixtures.loading import A_SOURCE, Loading, track
from tests.fixtures.product import unfenced
from tests.fixtures.quarantined import in_quarantine, nameless, replay, rows
from usage_ingest.loading.loader import LoadResult
from usage_ingest.quarantine import expiring
from usage_ingest.quarantine.expiring import expire_quarantine
from usage_ingest.quarantine.replaying import Selection
from usage_ingest.receipts import receipts

DAY = timedelta(days=1)
KEPT = timedelta(days=90)


def sweep(loading: Loading) -> int:
    """What the clock does every hour."""
    return expire_quarantine(loading.state, loading.now - KEPT, loading.now, unfenced)


def fate_of(loading: Loading, message_id: str) -> tuple[str, str | None]:
    store, own = loading.store, loading.workspace_id
    [receipt] = receipts(loading.state, store, own, [message_id], loading.settings.event_limit)
    return receipt.fate, receipt.reason


@pytest.fixture
def old(loading: Loading) -> Loading:
    """A good event and two bad ones of 90 days ago, and a bad one of 89 days ago."""
    loading.load_sent(track("good"), nameless("old"), nameless("older"))
    loading.now += DAY
    loading.load_sent(nameless("young"))
    loading.now += KEPT - timedelta(seconds=1)
    return loading


def test_the_content_goes_and_who_why_and_when_stay(old: Loading) -> None:
    assert sweep(old) == 2
    first, second, third = rows(old)
    assert (first.content, first.resolution, first.resolved_at) == ("", "expired", old.now)
    assert (second.message_id, second.reason) == ("older", "missing_event")
    assert (third.resolution, third.content != "") == (None, True)
    assert in_quarantine(old) == {"missing_event": 1}
    assert sweep(old) == 0


def test_a_receipt_says_that_it_expired(old: Loading) -> None:
    sweep(old)
    assert fate_of(old, "old") == ("expired", "missing_event")
    assert fate_of(old, "young") == ("quarantined", "missing_event")
    assert fate_of(old, "good") == ("stored", None)


def test_every_event_is_still_counted_once(old: Loading) -> None:
    sweep(old)
    counts = count(old.state, old.store, old.workspace_id)
    assert (counts.journaled, counts.pending, counts.stored, counts.duplicates) == (4, 0, 1, 0)
    assert (counts.quarantined, counts.expired, counts.reasons) == (3, 2, {"missing_event": 3})
    with old.state.reading() as session:
        today = (old.workspace_id, A_SOURCE, "expired", "missing_event", old.now.date())
        assert session.get_one(IntakeCount, today).events == 2


def test_it_cannot_be_sent_through_again_but_what_comes_again_is_judged_anew(old: Loading) -> None:
    sweep(old)
    assert replay(old, selection=Selection(ids=[rows(old)[0].id])).selected == 0
    assert old.load_sent(track("old")) == LoadResult(1, stored=1)
    assert fate_of(old, "old") == ("stored", None)


def test_what_was_sent_through_again_keeps_what_became_of_it(old: Loading) -> None:
    replay(old, selection=Selection(ids=[rows(old)[0].id]))
    old.load()
    assert sweep(old) == 1
    first = rows(old)[0]
    assert (first.content, first.resolution) == ("", "stored")
    counts = count(old.state, old.store, old.workspace_id)
    assert (counts.journaled, counts.stored, counts.quarantined, counts.expired) == (4, 2, 2, 1)


def test_a_strangers_quarantine_is_counted_for_the_stranger(old: Loading) -> None:
    old.send(nameless("theirs"), workspace_id=old.stranger_id)
    old.load()
    old.now += KEPT + DAY
    sweep(old)
    assert count(old.state, old.store, old.stranger_id).expired == 1
    assert count(old.state, old.store, old.workspace_id).expired == 3


def test_a_process_that_lost_the_lease_stops_between_two_small_transactions(
    old: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "AT_ONCE", 1)
    left = iter([True])

    def fence(_session: Session) -> None:
        if not next(left, False):
            raise LeaseLost

    with pytest.raises(LeaseLost):
        expire_quarantine(old.state, old.now - KEPT, old.now, fence)
    assert [row.resolution for row in rows(old)] == ["expired", None, None]
    assert sweep(old) == 1
