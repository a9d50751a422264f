"""A store that goes while the service runs: intake goes on where it can, and somebody is told."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from benchmarks.service import eventually
from pql.events.opening import OwnedEventStore, ask_event_store, open_event_store
from pql.events.schema import events
from pql.events.store import EventStoreDamaged
from pql.leases import Lease
from pql.settings import Settings
from pql.state.damage import FileReplaced
from pql.state.models import JobRun, StoreRecord
from pql.state.opening import opened_state
from pql.state.store import State
from pql.state.store_record import note_problem, read_record
from routes.application import create_app
from routes.clock.jobs import Job, jobs
from routes.clock.running import run_job
from routes.clock.work import Work, clock
from routes.clock.worker import Worker
from routes.endings import Ending
from tests.clock.test_worker import LEASE_LENGTH, lease_row, running_worker
from tests.fixtures.arriving import Arriving
from tests.fixtures.events import batch_of
from tests.fixtures.loading import track
from tests.fixtures.web import Member, make_member
from usage_ingest.store_check import own_event_store
from usage_ingest.translating.reading import Reader


def problem(state: State) -> str:
    with state.reading() as session:
        return read_record(session).problem


def test_what_the_worker_notes_is_a_warning_and_intake_goes_on(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    with web_state.writing() as session:
        note_problem(session, "/secret/folder/events.duckdb lacks 7 events", clock())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["status"] == "degraded"
    warning = told["warnings"][0]
    assert "event store" in warning
    assert "pql stores check" in warning
    assert "/secret/folder" not in warning, "anybody may ask"
    sent = {"batch": [track("a")]}
    assert client.post("/v1/batch", json=sent, headers=owner.bearer("write")).status_code == 200
    with web_state.writing() as session:
        note_problem(session, "", clock())
    assert warning not in client.get("/readyz").get_json()["warnings"]


@pytest.fixture
def sqlite_client(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """The application on SQLite files."""
    settings = Settings(migrated_sqlite_url, f"duckdb:///{tmp_path}/e.duckdb", secret_key="s")
    app = create_app(settings)
    yield app.test_client()
    app.extensions["pql"].state.close()


def damage(file: Path) -> None:
    """Overwrite a file in place, and with it what SQLite wrote ahead."""
    with file.open("r+b") as opened:
        opened.write(b"no database " * (file.stat().st_size // 12))


@pytest.mark.parametrize(
    ("name", "store"), [("state.sqlite3", "state"), ("state-journal.sqlite3", "journal")]
)
@pytest.mark.parametrize("fault", [damage, Path.unlink])
def test_a_web_process_that_cannot_take_events_in_says_which_store_fails(
    sqlite_client: FlaskClient, tmp_path: Path, name: str, store: str, fault: object
) -> None:
    state: State = sqlite_client.application.extensions["pql"].state
    member = make_member(state, "owner")
    sent = {"batch": [track("a")]}
    headers = member.bearer("write")
    assert sqlite_client.post("/v1/batch", json=sent, headers=headers).status_code == 200
    assert sqlite_client.get("/readyz").status_code == 200
    state.close()  # what is read again comes from the file
    fault(tmp_path / name)  # type: ignore[operator]
    answer = sqlite_client.get("/readyz")
    assert answer.status_code == 503
    (missing,) = answer.get_json()["missing"]
    assert store in missing


def test_a_deleted_journal_acknowledges_nothing(sqlite_client: FlaskClient, tmp_path: Path) -> None:
    """It stays open and could be written on, into a file that nobody finds any more."""
    state: State = sqlite_client.application.extensions["pql"].state
    member = make_member(state, "owner")
    sqlite_client.get("/readyz")
    (tmp_path / "state-journal.sqlite3").unlink()
    sent = {"batch": [track("a")]}
    answer = sqlite_client.post("/v1/batch", json=sent, headers=member.bearer("write"))
    assert answer.status_code == 503


@pytest.fixture
def work(state: State, events_url: str) -> Iterator[Work]:
    """The real stores, with enough events that a part of the file is read only when asked for."""
    settings = Settings(state.database_url, events_url)
    lease = Lease("clock", "us", seconds=60)
    with state.writing() as session:
        assert lease.acquire(session, clock(), 0.0)
    store = open_event_store(settings)
    rows = [{"message_id": f"{n}", "name": f"name {n}"} for n in range(30_000)]
    store.append(batch_of(1, rows))
    store.close()
    flip_middle(store.path)
    store = open_event_store(settings)
    yield Work(state, store, settings, lease.check, Ending(), Reader(state, settings))
    store.close()


def flip_middle(file: Path) -> None:
    whole = file.read_bytes()
    start, end = len(whole) // 3, 2 * len(whole) // 3
    file.write_bytes(whole[:start] + bytes(each ^ 0xFF for each in whole[start:end]) + whole[end:])


def test_a_damaged_part_is_told_in_one_line_when_it_is_read(work: Work) -> None:
    def read(work: Work, _now: datetime) -> str:
        work.store.frame(select(events))
        return "read"

    example = Job("example", jobs(work.settings)[0].every, read)
    run_job(example, work)
    with work.state.reading() as session:
        detail = session.scalars(select(JobRun.detail)).one()
    assert "events.duckdb cannot be used" in detail
    assert "\n" not in detail
    assert work.trouble.words == detail
    run_job(replace(example, name="other", run=lambda *_: "fine"), work)
    assert work.trouble.words == detail, "another job's success does not mend it"
    with work.trouble.noticing("example"):
        pass
    assert work.trouble.words == ""


def test_who_asks_the_owner_is_told_of_the_damage(work: Work) -> None:
    with pytest.raises(EventStoreDamaged, match=r"events\.duckdb cannot be used"):
        ask_event_store(work.settings).frame(select(events))


def test_a_worker_waits_for_an_event_store_that_is_not_the_states(
    state: State, events_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "events.duckdb"
    with running_worker(state, events_url):
        eventually("it has opened it", lambda: record(state).event_store)
    backup = shutil.copy(file, tmp_path / "backup")
    file.write_text("no database")
    with running_worker(state, events_url):
        eventually("it is noted", lambda: "cannot be used" in problem(state))
    shutil.copy(backup, file)
    with running_worker(state, events_url):
        eventually("it is over", lambda: not problem(state))


def record(state: State) -> StoreRecord:
    with state.reading() as session:
        return read_record(session)


def test_a_worker_notices_that_its_event_store_is_gone(state: State, events_url: str) -> None:
    with running_worker(state, events_url):
        eventually("it has opened it", lambda: record(state).event_store)
        first = record(state).event_store
        Path(events_url.removeprefix("duckdb:///")).unlink()
        eventually("it has opened another", lambda: record(state).event_store != first)


def test_a_worker_whose_state_is_replaced_ends(migrated_sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(migrated_sqlite_url, f"duckdb:///{tmp_path}/e.duckdb")
    with opened_state(settings) as state:
        (tmp_path / "state.sqlite3").unlink()
        with pytest.raises(FileReplaced):
            Worker(settings, state, Ending()).run()


def test_a_receipt_from_a_damaged_event_store_is_refused_with_a_reason(
    arriving: Arriving, owner: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(self: OwnedEventStore, *_: object) -> None:
        raise EventStoreDamaged(f"{self.path} cannot be used")

    monkeypatch.setattr(OwnedEventStore, "read", damaged)
    answer = arriving.client.get("/v1/receipts/a", headers=owner.bearer("write"))
    assert answer.status_code == 503
    assert "damaged" in answer.get_json()["message"]


def test_the_lease_is_kept_while_a_large_event_store_is_opened(
    state: State, events_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening goes on until the lease was renewed beyond its first length."""
    first: list[datetime] = []

    def open_slowly(settings: Settings, state: State) -> OwnedEventStore:
        first.append(expires_at(state))
        eventually("it was renewed", lambda: expires_at(state) > first[0] + LEASE_LENGTH)
        return own_event_store(settings, state)

    monkeypatch.setattr("routes.clock.worker.own_event_store", open_slowly)
    with running_worker(state, events_url):
        eventually("it has opened it", lambda: record(state).event_store)
    assert len(first) == 1


def expires_at(state: State) -> datetime:
    row = lease_row(state)
    assert row is not None
    return row.expires_at
