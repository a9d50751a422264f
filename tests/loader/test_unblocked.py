"""No event keeps those behind it from being loaded; a store that is down changes nothing."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from pql.state.models import IntakeCount, QuarantinedEvent
from tests.fixtures.loading import Loading, group, track
from usage_ingest import journal
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.dialects.imported import written
from usage_ingest.loading.loader import LoadResult
from usage_ingest.loading.recent_events import recent_events

POISON = "poison"


def quarantined(loading: Loading) -> list[QuarantinedEvent]:
    with loading.state.reading() as session:
        return list(session.scalars(select(QuarantinedEvent).order_by(QuarantinedEvent.id)))


def load_all(loading: Loading) -> LoadResult:
    total = loading.load()
    while total.more:
        result = loading.load()
        total = LoadResult(
            total.events + result.events,
            total.stored + result.stored,
            total.duplicates + result.duplicates,
            total.quarantined + result.quarantined,
            result.more,
        )
    return total


def refuse_poison(loading: Loading) -> None:
    """Have the state refuse accounts of that key, as any constraint of a database would."""
    check = {
        "sqlite": "CREATE TRIGGER t BEFORE INSERT ON account WHEN NEW.key = 'poison' "
        "BEGIN SELECT RAISE(ABORT, 'no poison'); END",
        "postgresql": "ALTER TABLE account ADD CONSTRAINT no_poison CHECK (key <> 'poison')",
    }
    with loading.state.engine.begin() as connection:
        connection.exec_driver_sql(check[loading.state.engine.dialect.name])


def test_what_the_state_refuses_is_quarantined_and_the_rest_is_loaded(loading: Loading) -> None:
    refuse_poison(loading)
    for number in range(7):
        poison = [group("bad", POISON)] if number == 4 else []
        loading.send(track(f"{number}a", group="acme"), *poison, track(f"{number}b"))
    assert load_all(loading) == LoadResult(15, stored=14, quarantined=1)
    assert len(loading.stored()) == 14
    (kept,) = quarantined(loading)
    assert (kept.reason, kept.message_id) == ("unstorable", "bad")
    assert "poison" in kept.detail
    assert "INSERT" not in kept.detail, "the statement and its values are nobody's business"
    assert '"groupId": "poison"' in kept.content
    assert loading.fates() == {"stored": 14, "quarantined": 1}


def test_a_state_that_is_down_quarantines_nothing(loading: Loading) -> None:
    loading.send(track("1"))

    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the server closed the connection"))

    event.listen(loading.state.engine, "before_cursor_execute", fail)
    with pytest.raises(OperationalError):
        loading.load()
    event.remove(loading.state.engine, "before_cursor_execute", fail)
    assert quarantined(loading) == []
    assert loading.load().stored == 1


@pytest.fixture
def refusing(loading: Loading) -> Loading:
    """The event store refuses messages of one id."""
    path: Path = loading.store.path
    loading.store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            CREATE TABLE strict AS FROM events;
            DROP TABLE events;
            CREATE TABLE events (
                workspace_id BIGINT, account_id BIGINT, contact_id BIGINT, source_id BIGINT,
                kind VARCHAR, name VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP,
                clamped_from TIMESTAMP, message_id VARCHAR CHECK (message_id <> 'poison'),
                message_digest BIGINT, properties VARCHAR, filtered BOOLEAN, is_copy BOOLEAN,
                original_contact_id BIGINT, names_account BOOLEAN, batch_id BIGINT
            )""")
    loading.store = DuckDBEventStore(path)
    return loading


def test_what_the_event_store_refuses_is_quarantined_and_the_rest_is_stored(
    refusing: Loading,
) -> None:
    refusing.send(track("1"), track(POISON), track("2"))
    refusing.load()
    assert list(refusing.stored().index) == ["1", "2"]
    (kept,) = quarantined(refusing)
    assert (kept.reason, kept.message_id) == ("unstorable", POISON)
    assert refusing.fates() == {"stored": 2, "quarantined": 1}
    with refusing.state.reading() as session:
        shown = recent_events(session, refusing.workspace_id)
        assert recent_events(session, refusing.stranger_id) == []
    fates = {each.message_id: (each.fate, each.reason, each.detail) for each in shown}
    assert fates[POISON] == ("quarantined", "unstorable", kept.detail)
    assert fates["1"] == fates["2"] == ("stored", None, None)
    assert not journal.has_entries(refusing.state)
    assert refusing.load_sent(track("3")).stored == 1


def test_imported_rows_that_no_store_can_keep_are_quarantined(loading: Loading) -> None:
    def row(message_id: str, text: str) -> CanonicalEvent:
        at = loading.now
        return CanonicalEvent("track", "a", message_id, at, at, "ada", properties={"a": text})

    body = written([row("good", "b"), row("nul", "b\0")])
    surrogate = written([row("half", "HALF")]).replace(b"HALF", b"\\ud800")
    for content, events in ((body, 2), (surrogate, 1)):
        entry = journal.NewEntry(
            loading.workspace_id, None, "import", "import", loading.now, events, content
        )
        journal.append(loading.state, [entry])
    assert loading.load() == LoadResult(3, stored=1, quarantined=2)
    assert [each.reason for each in quarantined(loading)] == ["nul_character", "untranslatable"]


def test_a_live_event_that_comes_too_late_is_quarantined_whole(loading: Loading) -> None:
    allowed = loading.now - timedelta(days=Settings("", "").late_days)
    late = allowed - timedelta(seconds=1)
    loading.send(
        track("late", timestamp=late.isoformat(), properties={"text": "x" * 20_000}),
        track("allowed", timestamp=allowed.isoformat()),
    )
    assert loading.load() == LoadResult(2, stored=1, quarantined=1)
    (kept,) = quarantined(loading)
    assert (kept.reason, kept.message_id) == ("too_late", "late")
    assert kept.content.endswith("}")
    assert len(kept.content) > 20_000
    with loading.state.reading() as session:
        reasons = session.scalars(select(IntakeCount.reason).where(IntakeCount.events == 1))
        assert set(reasons) == {"", "too_late"}


def test_an_import_may_bring_any_age(loading: Loading) -> None:
    long_ago = (loading.now - timedelta(days=4_000)).isoformat()
    loading.send(track("1", timestamp=long_ago), call="import")
    assert loading.load().stored == 1


@pytest.mark.parametrize("sent_at", ["\\ud800", "\\u0000", "2026-06-01\\ud80012:00", "soon"])
def test_a_time_of_sending_that_cannot_be_kept_blocks_nothing(
    loading: Loading, sent_at: str
) -> None:
    body = f'{{"batch": [{{"type": "unheard of", "messageId": "1"}}], "sentAt": "{sent_at}"}}'
    loading.send_body(body.encode(), 1)
    loading.load_sent(track("2"))
    assert list(loading.stored().index) == ["2"]
    assert [row.sent_at for row in quarantined(loading)] == [None]
