"""The state knows which event store is its own and what it must hold. A loss is told, counted."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import events
from pql.state.models import Account, Change, IntakeCount, StagedBatch, StoreRecord
from pql.state.store_record import read_record, write_record
from tests.damage.conftest import Installation, adds_up
from tests.fixtures.events import batch_of
from tests.fixtures.loading import identify, track
from usage_ingest.store_check import EventStoreMismatch
from usage_ingest.store_mending import find_losses, go_on

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def stored_ids(installation: Installation) -> list[str]:
    store = DuckDBEventStore(installation.events_file)
    found = store.frame(select(events.c.message_id))["message_id"]
    store.close()
    return sorted(found)


def test_an_event_store_that_has_everything_is_opened(embedded: Installation) -> None:
    embedded.open().close()
    assert find_losses(embedded.settings) == []
    assert stored_ids(embedded) == ["a", "b", "c"]


def delete_it(installation: Installation) -> None:
    installation.events_file.unlink()


def restore_older(installation: Installation) -> None:
    """The backup was made after the first load."""
    store = DuckDBEventStore(installation.events_file)
    store.forget_batches_after(1)
    store.close()


FAULTS: dict[str, tuple[Callable[[Installation], None], str, int]] = {
    "deleted": (
        delete_it,
        r"lacks 3 of the 3 events that are stored, those stored since 20\d\d-",
        3,
    ),
    "from an older backup": (
        restore_older,
        "lacks 1 of the 3 events .* those received after 20",
        1,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_missing_is_told_and_nothing_is_begun(
    installation: Installation, fault: str
) -> None:
    break_it, words, _ = FAULTS[fault]
    break_it(installation)
    with pytest.raises(EventStoreMismatch, match=words) as told:
        installation.open()
    assert str(installation.events_file) in str(told.value)
    assert "pql stores accept-loss" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("fault", FAULTS)
def test_going_on_counts_what_is_lost_and_has_everybody_evaluated_again(
    installation: Installation, fault: str
) -> None:
    break_it, _, lost = FAULTS[fault]
    break_it(installation)
    with installation.state.writing() as session:
        session.execute(delete(Change))
    (loss,) = find_losses(installation.settings)
    assert loss.lost == f"{lost} events"
    go_on(installation.settings, NOW)
    counts = installation.counts()
    assert (counts.lost, counts.stored, counts.pending) == (lost, 3 - lost, 0)
    assert adds_up(counts)
    with installation.state.reading() as session:
        accounts = set(session.scalars(select(Account.id)))
        assert accounts <= set(session.scalars(select(Change.subject_id)))
    installation.load("d")
    assert installation.counts().stored == 4 - lost
    assert find_losses(installation.settings) == []


def test_a_state_from_before_the_last_loads_gives_no_number_that_the_event_store_knows(
    installation: Installation,
) -> None:
    """Or the event store would take the next batch for one that it has, and drop it."""
    with installation.state.writing() as session:
        write_record(session, last_batch=1)
        session.execute(update(IntakeCount).values(events=2))
    with pytest.raises(EventStoreMismatch, match=r"the state is older than .*, which has 1 events"):
        installation.open()
    go_on(installation.settings, NOW)
    assert stored_ids(installation) == ["a", "b"]
    installation.open().close()


def test_an_event_store_of_another_state_is_never_used(embedded: Installation) -> None:
    other = embedded.folder / "another.duckdb"
    store = DuckDBEventStore(other)
    store.append(batch_of(7, [{}]))
    store.close()
    shutil.move(other, embedded.events_file)
    for attempt in (embedded.open, lambda: go_on(embedded.settings, NOW)):
        with pytest.raises(EventStoreMismatch, match="holds 1 events of another state"):
            attempt()


def test_a_new_state_does_not_take_over_the_events_of_a_lost_one(embedded: Installation) -> None:
    with embedded.state.writing() as session:
        session.execute(delete(StoreRecord))
        session.execute(delete(IntakeCount))
    with pytest.raises(EventStoreMismatch, match="of another state"):
        embedded.open()


def test_the_first_event_store_after_an_upgrade_is_remembered(embedded: Installation) -> None:
    with embedded.state.writing() as session:
        write_record(session, event_store=None, last_batch=0)
    embedded.open().close()
    with embedded.state.reading() as session:
        assert (read_record(session).event_store, read_record(session).last_batch) != (None, 0)


def test_what_is_staged_is_not_missing(
    embedded: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was killed before it appended left it; the next one does."""
    store = DuckDBEventStore(embedded.events_file)
    embedded.loading.store = store
    embedded.loading.send(track("d", group="acme"))

    def stop(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "append", stop)
    with pytest.raises(KeyboardInterrupt):
        embedded.loading.load()
    store.close()
    with embedded.state.reading() as session:
        assert session.scalars(select(StagedBatch.id)).all()
    embedded.open().close()
    embedded.load()
    assert stored_ids(embedded) == ["a", "b", "c", "d"]


def test_events_of_an_older_copy_belong_to_whom_the_state_says(embedded: Installation) -> None:
    store = embedded.open()
    loading = embedded.loading
    loading.store = store
    loading.load_sent(track("visit", None, anonymousId="visitor"))
    store.close()
    backup = embedded.back_up("backup")
    loading.store = embedded.open()
    loading.load_sent(identify("login", anonymousId="visitor"))
    expected = loading.stored().contact_id["visit"]
    loading.store.close()
    shutil.move(backup, embedded.events_file)
    go_on(embedded.settings, NOW)
    loading.store = embedded.open()
    assert loading.stored().contact_id["visit"] == expected
    loading.store.close()


@pytest.mark.parametrize(
    "content", [b"", b"no database\n" * 1000, None], ids=["empty", "text", "folder"]
)
def test_a_file_that_cannot_be_used_is_set_aside_not_deleted(
    embedded: Installation, content: bytes | None
) -> None:
    embedded.events_file.unlink()
    if content is None:
        embedded.events_file.mkdir()
    else:
        embedded.events_file.write_bytes(content)
    (loss,) = find_losses(embedded.settings)
    assert loss.lost == "all 3 stored events"
    (aside,) = go_on(embedded.settings, NOW)
    assert aside.is_dir() if content is None else aside.read_bytes() == content
    assert embedded.counts().lost == 3
    assert adds_up(embedded.counts())
