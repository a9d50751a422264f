"""Files of a SQLite state that are gone, damaged or of another time are told and never used."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pql.settings import Settings
from pql.state.damage import FileReplaced, StateDamaged
from pql.state.journal_file import JournalMismatch, JournalOlder
from pql.state.opening import opened_state
from pql.state.store import State
from tests.damage.conftest import Installation, adds_up, loaded
from tests.fixtures.loading import Loading, track
from usage_ingest.store_check import EventStoreMismatch
from usage_ingest.store_mending import find_losses, go_on

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def text(file: Path) -> None:
    file.write_text("no database\n" * 1_000)


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5_000])


def flipped(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(
        whole[:100] + bytes(each ^ 0xFF for each in whole[100:12_000]) + whole[12_000:]
    )


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def gone(file: Path) -> None:
    file.unlink()


FAULTS = (emptied, text, truncated, flipped, folder, gone)


def end(installation: Installation) -> Settings:
    """The service has ended, and its files are whole without any beside them."""
    installation.state.close()
    return installation.settings


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["state.sqlite3", "state-journal.sqlite3"])
def test_a_damaged_file_is_named_with_what_to_do(
    embedded: Installation, name: str, fault: Callable[[Path], None]
) -> None:
    settings = end(embedded)
    fault(embedded.folder / name)
    with pytest.raises(StateDamaged) as told, opened_state(settings):
        pass
    assert str(embedded.folder / name) in str(told.value)
    assert "\n" not in str(told.value)
    assert any(remedy in str(told.value) for remedy in ("backup", "read and write"))


@pytest.mark.parametrize("fault", FAULTS)
def test_an_unusable_journal_is_set_aside_and_numbers_go_on(
    embedded: Installation, fault: Callable[[Path], None]
) -> None:
    embedded.loading.send(track("waits"))
    settings = end(embedded)
    fault(embedded.folder / "state-journal.sqlite3")
    (loss,) = find_losses(settings)
    assert loss.lost == "requests that were acknowledged and not loaded yet"
    go_on(settings, NOW)
    with opened_state(settings):
        embedded.load("d")
    counts = embedded.counts()
    assert (counts.stored, counts.pending) == (4, 0)
    assert adds_up(counts)
    with embedded.state.journal_engine.connect() as journal:
        given = journal.exec_driver_sql("SELECT seq FROM sqlite_sequence").scalar()
    assert given == 3, "two were loaded before, and their numbers are not given again"


def test_a_journal_of_another_state_is_not_loaded(embedded: Installation, tmp_path: Path) -> None:
    settings = end(embedded)
    other = Settings(f"sqlite:///{tmp_path}/other/state.sqlite3", settings.events_url)
    with opened_state(other):
        pass
    shutil.copy(tmp_path / "other/state-journal.sqlite3", tmp_path / "state-journal.sqlite3")
    with (
        pytest.raises(JournalMismatch, match="not the journal that belongs"),
        opened_state(settings),
    ):
        pass


def test_a_journal_of_an_earlier_time_keeps_its_entries_and_gives_new_numbers(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    state = State(migrated_sqlite_url)
    with opened_state(Settings(migrated_sqlite_url, "duckdb:///nowhere")):
        pass
    state.close()
    backup = Path(shutil.copy(tmp_path / "state-journal.sqlite3", tmp_path / "backup"))
    for installation in loaded(migrated_sqlite_url, tmp_path):
        settings = end(installation)
        shutil.copy(backup, tmp_path / "state-journal.sqlite3")
        with pytest.raises(JournalOlder, match="earlier time"), opened_state(settings):
            pass
        go_on(settings, NOW)
        with opened_state(settings):
            installation.load("d")
        assert installation.counts().stored == 4


def test_a_restored_state_with_newer_events_is_noticed(embedded: Installation) -> None:
    settings = end(embedded)
    backup = shutil.copy(embedded.folder / "state.sqlite3", embedded.folder / "backup")
    embedded.load("d")
    embedded.state.close()
    shutil.move(backup, embedded.folder / "state.sqlite3")
    with opened_state(settings):
        pass
    with pytest.raises(EventStoreMismatch, match="the state is older than"):
        embedded.open()
    go_on(settings, NOW)
    embedded.load("e")
    assert embedded.counts().stored == 4
    assert adds_up(embedded.counts())


@pytest.mark.parametrize("name", ["state.sqlite3", "state-journal.sqlite3"])
def test_a_file_that_goes_while_it_is_open_is_noticed(embedded: Installation, name: str) -> None:
    embedded.state.require_files()
    (embedded.folder / name).unlink()
    with pytest.raises(FileReplaced, match=f"{name} was deleted or replaced"):
        embedded.state.require_files()


def test_a_journal_whose_making_was_cut_off_is_made_again(tmp_path: Path) -> None:
    """Two files are not committed together: a full disk may leave only the journal's half."""
    settings = Settings(f"sqlite:///{tmp_path}/state.db", "duckdb:///nowhere")
    state = State(settings.database_url)
    with state.journal_engine.begin() as journal:
        journal.exec_driver_sql("CREATE TABLE journal_entry (id INTEGER)")
    state.close()
    with opened_state(settings) as opened:
        Loading(opened, None, settings, 1, 0).send(track("a"))  # type: ignore[arg-type]
