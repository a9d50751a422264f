"""One process owns the event store; the others ask it."""

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import BigInteger, Integer, column, func, literal, select, table

from pql.events.opening import EventsUrlInvalid, open_event_store, reach_event_store
from pql.events.schema import events
from pql.events.sharing import NotTheOwner, SelectRefused, SharedEventStore, socket_path
from pql.events.store import EventStoreBusy
from pql.settings import Settings
from tests.fixtures.events import batch_of

Start = Callable[..., subprocess.Popen[str]]
STORED = select(func.count().label("stored")).select_from(events)


@pytest.fixture
def store_settings(events_url: str) -> Settings:
    return Settings(database_url="", events_url=events_url)


@pytest.fixture
def start_owner(events_url: str) -> Iterator[Start]:
    """Start another process that owns the event store; it is killed in the end."""
    started = []

    def start(task: str = "wait", url: str = events_url) -> subprocess.Popen[str]:
        owner = subprocess.Popen(
            [sys.executable, "-m", "tests.events.owner", url, task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(owner)
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        return owner

    yield start
    for owner in started:
        owner.kill()
        owner.communicate()


def file_of(settings: Settings) -> Path:
    return Path(settings.events_url.removeprefix("duckdb:///"))


def test_whoever_comes_first_owns_the_store(store_settings: Settings) -> None:
    store = reach_event_store(store_settings)
    assert store.append(batch_of(1, [{}]))
    store.close()


def test_a_second_process_reads_through_the_owner(
    store_settings: Settings, start_owner: Start
) -> None:
    store = open_event_store(store_settings)
    store.append(batch_of(1, [{}, {}]))
    store.close()
    start_owner()
    shared = reach_event_store(store_settings)
    assert isinstance(shared, SharedEventStore)
    assert shared.frame(STORED)["stored"].item() == 2


def test_the_error_names_the_process_that_owns_the_store(
    store_settings: Settings, start_owner: Start
) -> None:
    owner = start_owner()
    with pytest.raises(EventStoreBusy, match=f"in use by process {owner.pid}"):
        open_event_store(store_settings)


def test_frames_are_the_same_through_the_owner(store_settings: Settings) -> None:
    store = open_event_store(store_settings)
    store.append(batch_of(1, [{"contact_id": n, "account_id": None} for n in (1, 2, None)]))
    shared = reach_event_store(store_settings)
    upload = table("upload", column("number", BigInteger), column("at"))
    frame = pd.DataFrame(
        {"number": [1, 2, 3], "at": pd.to_datetime(["2026-01-01", "NaT", "2026-01-03"])}
    )
    statement = (
        select(
            events.c.contact_id,
            events.c.account_id,
            events.c.name,
            events.c.occurred_at,
            events.c.filtered,
            upload.c.at,
            (upload.c.number * 0.1).label("tenth"),
            func.sum(events.c.contact_id).over().label("total"),
            literal(None, Integer).label("nothing"),
        )
        .join(upload, events.c.contact_id == upload.c.number, isouter=True)
        .order_by(events.c.contact_id)
    )
    pd.testing.assert_frame_equal(
        shared.frame(statement, {"upload": frame}), store.frame(statement, {"upload": frame})
    )
    several = [statement, select(upload.c.number).where(upload.c.number > 1), STORED]
    for ours, theirs in zip(
        shared.frames(several, {"upload": frame}),
        store.frames(several, {"upload": frame}),
        strict=True,
    ):
        pd.testing.assert_frame_equal(ours, theirs)
    store.close()


def test_a_large_upload_and_a_large_answer_pass_through(store_settings: Settings) -> None:
    store = open_event_store(store_settings)
    numbers = table("numbers", column("number", BigInteger))
    frame = pd.DataFrame({"number": np.arange(2_000_000)})
    shared = reach_event_store(store_settings)
    assert shared.frame(select(numbers.c.number), {"numbers": frame})["number"].sum() == sum(
        range(2_000_000)
    )
    store.close()


def test_many_ask_at_once_and_every_one_is_answered(store_settings: Settings) -> None:
    store = open_event_store(store_settings)
    store.append(batch_of(1, [{} for _ in range(9)]))
    shared = reach_event_store(store_settings)
    with ThreadPoolExecutor(8) as threads:
        frames = list(threads.map(lambda _: shared.frame(STORED), range(50)))
    assert {frame["stored"].item() for frame in frames} == {9}
    store.close()


def test_what_the_owner_cannot_answer_is_said_and_the_next_is_answered(
    store_settings: Settings,
) -> None:
    store = open_event_store(store_settings)
    shared = reach_event_store(store_settings)
    with pytest.raises(SelectRefused, match="CatalogException"):
        shared.frame(select(table("missing_table", column("x")).c.x))
    assert shared.frame(STORED)["stored"].item() == 0
    store.close()


def test_only_the_owner_appends(store_settings: Settings) -> None:
    store = open_event_store(store_settings)
    with pytest.raises(NotTheOwner):
        reach_event_store(store_settings).append(batch_of(1, [{}]))
    store.close()


def test_the_socket_is_closed_to_other_users(store_settings: Settings) -> None:
    store = open_event_store(store_settings)
    path = socket_path(file_of(store_settings))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.close()
    assert not path.exists()


def test_the_socket_of_a_killed_owner_is_replaced(
    store_settings: Settings, start_owner: Start
) -> None:
    owner = start_owner()
    owner.kill()
    owner.wait()
    assert socket_path(file_of(store_settings)).exists()
    store = reach_event_store(store_settings)
    assert reach_event_store(store_settings).frame(STORED)["stored"].item() == 0
    store.close()


def test_a_reader_waits_while_the_owner_starts_again(
    store_settings: Settings, start_owner: Start
) -> None:
    owner = start_owner()
    shared = reach_event_store(store_settings)
    owner.kill()
    owner.wait()
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(shared.frame, STORED)
        start_owner()
        assert answer.result()["stored"].item() == 0


def test_a_reader_whose_owner_is_gone_for_good_is_told(
    store_settings: Settings, start_owner: Start
) -> None:
    start_owner().kill()
    with pytest.raises(EventStoreBusy, match="does not answer"):
        SharedEventStore(file_of(store_settings), patience=0).frame(STORED)


def test_a_path_longer_than_a_sockets_address_can_be_shared(
    tmp_path: Path, start_owner: Start
) -> None:
    url = f"duckdb:///{tmp_path / ('long' * 40) / 'events.duckdb'}"
    start_owner(url=url)
    shared = reach_event_store(Settings(database_url="", events_url=url))
    assert shared.frame(STORED)["stored"].item() == 0


@pytest.mark.parametrize(
    "url", ["sqlite:///events.db", "duckdb://", "duckdb:///:memory:", "postgresql://somewhere/x"]
)
def test_an_address_of_no_event_store_is_refused(url: str) -> None:
    with pytest.raises(EventsUrlInvalid, match="must name a file"):
        open_event_store(Settings(database_url="", events_url=url))


def test_options_of_the_engine_are_read_from_the_address(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'events.duckdb'}?threads=1&memory_limit=100MB"
    store = open_event_store(Settings(database_url="", events_url=url))
    setting = select(func.current_setting("threads").label("threads"))
    assert store.frame(setting)["threads"].item() == 1
    store.close()


def test_batches_are_whole_and_there_once_when_the_owner_is_killed_while_appending(
    store_settings: Settings, start_owner: Start
) -> None:
    acknowledged = []
    for lines in (1, 4, 9):
        owner = start_owner("append")
        assert owner.stdout is not None
        acknowledged += [int(owner.stdout.readline()) for _ in range(lines)]
        owner.kill()
        acknowledged += [int(line) for line in owner.communicate()[0].splitlines()]
    store = open_event_store(store_settings)
    batches = store.frame(
        select(
            events.c.batch_id,
            func.count().label("events"),
            func.count(events.c.message_id.distinct()).label("distinct"),
        )
        .group_by(events.c.batch_id)
        .order_by(events.c.batch_id)
    )
    assert set(acknowledged) <= set(batches["batch_id"])
    assert set(batches["events"]) == set(batches["distinct"]) == {100}
    assert not any(store.append(batch_of(number, [{}])) for number in batches["batch_id"])
    store.close()
