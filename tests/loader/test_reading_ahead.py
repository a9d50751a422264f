"""Behind a backlog another process reads ahead: nothing is lost, left behind or loaded twice."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.loading import Loading, group, track
from tests.loader.test_exactly_once import PowerCut, cut_at
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import StoredEntry
from usage_ingest.loading.loader import LoadResult, load
from usage_ingest.translating import reading
from usage_ingest.translating.alike import Kinds
from usage_ingest.translating.parcels import pack, unpack
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.reading_process import PROGRAM, ReadingProcess
from usage_ingest.translating.taken import taken

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def elsewhere(loading: Loading, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadingProcess]:
    """Reads all that waits behind the first entry, which a load here takes by itself."""
    monkeypatch.setattr(reading, "MOST_ENTRIES", 1)
    monkeypatch.setattr(reading, "READ_AHEAD_ENTRIES", 1)
    with closing(ReadingProcess(loading.settings)) as process:
        yield process


@pytest.fixture
def reader(loading: Loading, elsewhere: ReadingProcess) -> Reader:
    return Reader(loading.state, loading.settings, elsewhere)


def load_with(reader: Reader, loading: Loading) -> LoadResult:
    return load(loading.state, loading.store, loading.settings, loading.now, reader=reader)


def load_everything(reader: Reader, loading: Loading) -> list[int]:
    """How many events each load took."""
    return [result.events for result in iter(lambda: load_with(reader, loading), LoadResult())]


def test_what_was_read_ahead_is_loaded_once_and_as_it_is(loading: Loading, reader: Reader) -> None:
    loading.send(group("acme", "ada"))
    loading.send(track("1", user="ada", properties={"seats": 3}), {"type": "track"}, track("2"))
    loading.send(track("1", user="ada"))
    loads = [load_with(reader, loading).events]
    loading.send(track("came later"))
    loads += load_everything(reader, loading)
    assert (loads[0], sum(loads)) == (1, 6)
    assert loads[1] >= 4, "nothing was read ahead"
    assert loading.fates() == {"stored": 4, "duplicate": 1, "quarantined": 1}
    assert loading.stored().loc["1", "properties"] == '{"seats":3}'


def test_what_others_sent_meanwhile_goes_before_what_was_read_ahead(
    loading: Loading, reader: Reader
) -> None:
    for number in range(4):
        loading.send(track(str(number)))
    load_with(reader, loading)
    for number in range(2):
        loading.send(track(str(number)), workspace_id=loading.stranger_id)
    load_with(reader, loading)
    assert (reader.is_beside, list(loading.stored(loading.stranger_id).index)) == (True, ["0"])
    load_with(reader, loading)
    assert (reader.is_beside, list(loading.stored().index)) == (False, ["0", "1", "2", "3"])
    load_everything(reader, loading)
    assert len(loading.stored()) == 4
    assert len(loading.stored(loading.stranger_id)) == 2


def test_after_a_cut_nothing_is_lost_of_what_was_read_ahead(
    loading: Loading, reader: Reader
) -> None:
    for number in range(3):
        loading.send(track(str(number)))
    with cut_at(loading, "DELETE FROM journal_entry"), pytest.raises(PowerCut):
        load_with(reader, loading)
    load_everything(reader, loading)
    assert list(loading.stored().index) == ["0", "1", "2"]
    assert loading.fates() == {"stored": 3}


def test_where_the_process_is_killed_the_load_reads_itself(
    loading: Loading, reader: Reader, elsewhere: ReadingProcess
) -> None:
    for number in range(3):
        loading.send(track(str(number)))
    load_with(reader, loading)
    elsewhere.close()
    assert load_everything(reader, loading) == [1, 1]
    assert loading.fates() == {"stored": 3}


def test_what_cannot_be_handed_over_is_read_here(loading: Loading, reader: Reader) -> None:
    loading.send(track("1"))
    loading.send(group("acme", "ada", traits={"seats": 2**70}), track("2"))
    assert load_everything(reader, loading) == [1, 2]
    assert loading.fates() == {"stored": 3}


def test_the_process_ends_when_nobody_is_there_to_ask() -> None:
    ended = subprocess.run(PROGRAM, input=b"", capture_output=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == (b"", b"")


properties = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5)
)
moments = st.datetimes(timezones=st.just(UTC))
words = st.text(min_size=1, max_size=8)
events = st.builds(
    CanonicalEvent,
    kind=st.sampled_from(["track", "identify", "group"]),
    name=words,
    message_id=words,
    occurred_at=moments,
    received_at=moments,
    user_id=st.none() | words,
    account_key=st.none() | words,
    further_account_keys=st.lists(words, max_size=2).map(tuple),
    properties=properties,
    traits=properties,
    person_changes=st.lists(st.tuples(st.just("set"), properties), max_size=2),
    clamped_from=st.none() | moments,
)
rejected = st.builds(Rejected, reason=words, detail=words, message_id=st.none() | words)


@given(st.lists(st.lists(events | rejected, max_size=3), min_size=1, max_size=4))
def test_a_parcel_holds_what_was_put_in(results: list[list[Any]]) -> None:
    entries = [
        StoredEntry(1, 1, "segment", "batch", NOW, len(own), b"{}", number)
        for number, own in enumerate(results)
    ]
    packed = taken(entries, results)
    kinds = Kinds()
    parts = [taken([each], [own], kinds) for each, own in zip(entries, results, strict=True)]
    unpacked = unpack(map(pack, parts))  # which takes the properties off: the columns have them
    assert unpacked.entries == packed.entries
    assert len(unpacked.alike) == len(packed.alike)
    assert unpacked.spelled_out().messages == packed.spelled_out().messages
    assert unpacked.columns.equals(packed.columns)
