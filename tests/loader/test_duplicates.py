"""A message counts once, but one that was quarantined may come again, mended."""

from datetime import timedelta

from sqlalchemy import select

from pql.access import create_key
from pql.events.duckdb_store import DuckDBEventStore
from pql.state.models import QuarantinedEvent, Workspace
from tests.fixtures.loading import Loading, track
from usage_ingest.loading.loader import LoadResult

NAMELESS = {"type": "track", "messageId": "1", "userId": "ada"}


def test_a_message_counts_once_within_a_request_and_between_them(loading: Loading) -> None:
    assert loading.load_sent(track("1"), track("1")) == LoadResult(2, stored=1, duplicates=1)
    assert loading.load_sent(track("1"), track("2")) == LoadResult(2, stored=1, duplicates=1)
    assert list(loading.stored().index) == ["1", "2"]


def test_a_message_may_come_again_after_the_window(loading: Loading) -> None:
    loading.load_sent(track("1"))
    loading.now += timedelta(days=6, hours=23)
    assert loading.load_sent(track("1")).duplicates == 1
    loading.now += timedelta(hours=1)
    assert loading.load_sent(track("1")).stored == 1


def test_an_imported_message_is_remembered_for_good(loading: Loading) -> None:
    loading.send(track("1"), call="import")
    loading.load()
    loading.now += timedelta(days=400)
    loading.send(track("1"), call="import")
    assert loading.load().duplicates == 1


def test_a_message_that_waited_in_the_journal_is_judged_by_when_it_came(loading: Loading) -> None:
    loading.load_sent(track("1"))
    loading.now += timedelta(days=6)
    loading.send(track("1"))
    loading.now += timedelta(days=6)
    assert loading.load().duplicates == 1


def test_duplicates_are_known_after_a_restart(loading: Loading) -> None:
    loading.load_sent(track("1"))
    path = loading.store.path
    loading.store.close()
    loading.store = DuckDBEventStore(path)
    assert loading.load_sent(track("1"), track("2")) == LoadResult(2, stored=1, duplicates=1)


def test_a_strangers_message_of_the_same_id_is_no_duplicate(loading: Loading) -> None:
    loading.send(track("1"), workspace_id=loading.stranger_id)
    loading.load()
    assert loading.load_sent(track("1")).stored == 1


def test_a_quarantined_message_is_stored_when_it_comes_again_mended(loading: Loading) -> None:
    assert loading.load_sent(NAMELESS).quarantined == 1
    assert loading.load_sent(NAMELESS | {"event": "message_sent"}).stored == 1
    assert loading.load_sent(NAMELESS | {"event": "message_sent"}).duplicates == 1


def test_a_quarantined_message_as_bad_as_before_is_a_duplicate(loading: Loading) -> None:
    loading.load_sent(NAMELESS)
    assert loading.load_sent(NAMELESS).duplicates == 1
    with loading.state.reading() as session:
        assert len(session.scalars(select(QuarantinedEvent)).all()) == 1


def test_a_message_without_an_id_is_one_of_its_own(loading: Loading) -> None:
    nameless = {"type": "track", "userId": "ada", "event": "message_sent"}
    assert loading.load_sent(nameless, nameless).stored == 2


def test_the_quarantine_says_what_where_and_what_is_allowed(loading: Loading) -> None:
    loading.load_sent(track("good"), NAMELESS)
    with loading.state.reading() as session:
        kept = session.scalars(select(QuarantinedEvent)).one()
    assert (kept.workspace_id, kept.source_id, kept.message_id) == (loading.workspace_id, 7, "1")
    assert kept.reason == "missing_event"
    assert kept.detail == "batch[1].event: found none; allowed: text that is not empty"
    assert '"messageId": "1"' in kept.content


def test_events_of_a_workspace_that_is_gone_stop_nobody(loading: Loading) -> None:
    loading.send(track("1"), track("2"), workspace_id=loading.stranger_id)
    with loading.state.writing() as session:
        create_key(session, loading.stranger_id, "theirs", "write", loading.now)
        session.delete(session.get_one(Workspace, loading.stranger_id))
    assert loading.load_sent(track("3")) == LoadResult(3, stored=1, quarantined=2)
    assert loading.fates(loading.stranger_id) == {"quarantined": 2}


def test_a_request_that_cannot_be_read_any_more_stops_nobody(loading: Loading) -> None:
    loading.send_body(b"\x00 no JSON", 3)
    assert loading.load_sent(track("1")) == LoadResult(4, stored=1, quarantined=3)
    with loading.state.reading() as session:
        reasons = set(session.scalars(select(QuarantinedEvent.reason)))
    assert reasons == {"untranslatable"}
