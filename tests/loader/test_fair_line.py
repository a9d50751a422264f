"""Workspaces share what a load takes, and the sources of each its part; a line keeps its order."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from pql.state.store import State
from tests.fixtures.loading import RECEIVED_AT, Loading, track
from usage_ingest import journal, journal_line
from usage_ingest.journal import JOURNAL, NewEntry
from usage_ingest.journal_line import Choice, LoadLimits, Waiting, choose, share
from usage_ingest.loading.loader import load
from usage_ingest.translating.reading import Reader

LIMITS = LoadLimits(entries=10, events=100, size=10_000)
FLOOD, QUIET, IMPORTS = 1, 2, None


def entry(workspace_id: int, source_id: int | None, events: int = 1) -> NewEntry:
    return NewEntry(workspace_id, source_id, "segment", "batch", RECEIVED_AT, events, b"{}")


def senders(state: State, limits: LoadLimits = LIMITS) -> list[tuple[int, int | None]]:
    """Whose entries the next load takes."""
    chosen = journal.read(state, choose(state, limits).ids)
    return [(each.workspace_id, each.source_id) for each in chosen]


def test_who_floods_waits_behind_itself(state: State) -> None:
    journal.append(state, [entry(1, FLOOD)] * 50 + [entry(1, QUIET), entry(2, QUIET)])
    journal.append(state, [entry(1, IMPORTS), entry(3, IMPORTS)])
    chosen = senders(state)
    assert len(chosen) == 10
    assert {(1, QUIET), (2, QUIET), (1, IMPORTS), (3, IMPORTS)} < set(chosen)


def test_what_one_load_takes_altogether_goes_as_it_came(state: State) -> None:
    journal.append(state, [entry(1, FLOOD)] * 5 + [entry(2, QUIET)] * 5)
    assert senders(state) == [(1, FLOOD)] * 5 + [(2, QUIET)] * 5


def test_a_workspace_with_many_keys_gets_no_more_than_one_with_few(state: State) -> None:
    journal.append(state, [entry(1, source) for source in range(1, 21)] + [entry(2, QUIET)] * 20)
    chosen = senders(state)
    assert len(chosen) == 10
    assert chosen.count((2, QUIET)) in {4, 5}


def test_events_count_not_requests(state: State) -> None:
    journal.append(state, [entry(1, FLOOD, events=50)] * 10 + [entry(2, QUIET, events=5)] * 10)
    chosen = senders(state)
    assert chosen.count((2, QUIET)) in {4, 5}
    assert chosen.count((1, FLOOD)) == 1


def test_of_thousands_of_sources_each_is_seen(state: State) -> None:
    rows = [vars_of(entry(1 + number % 7, number)) for number in range(3_000)]
    with state.journal_engine.begin() as connection:
        connection.execute(insert(JOURNAL), [vars_of(entry(1, FLOOD))] * 3_000 + rows)
    with state.journal_engine.connect() as connection:
        seen = journal_line._first_of_each(connection, 100, is_sqlite=state.is_sqlite)
    assert len({(each.workspace_id, each.source_id) for each in seen}) == 3_001
    assert len(seen) < 2 * 3_001


def vars_of(new: NewEntry) -> dict[str, object]:
    return {name: getattr(new, name) for name in NewEntry.__dataclass_fields__}


def test_the_quiet_are_loaded_with_the_next_load(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usage_ingest.translating.reading.MOST_ENTRIES", 4)
    for number in range(20):
        loading.send(track(f"{number:02}"))
    loading.send(track("quiet"), workspace_id=loading.stranger_id)
    reader = Reader(loading.state, loading.settings)
    load(loading.state, loading.store, loading.settings, loading.now, reader=reader)
    assert list(loading.stored(loading.stranger_id).index) == ["quiet"]
    assert list(loading.stored().index) == ["00", "01", "02"]


@pytest.fixture
def reader(loading: Loading, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Ten events wait, of which a load takes eight."""
    monkeypatch.setattr("usage_ingest.translating.reading.MOST_EVENTS", 8)
    for number in range(10):
        loading.send(track(f"{number}"))
    return Reader(loading.state, loading.settings)


def test_after_a_long_load_the_next_takes_less_and_after_a_short_one_more(reader: Reader) -> None:
    taken = [len(reader.take())]
    for seconds in (9.0, 9.0, 0.1):
        reader.keep_pace(seconds)
        taken.append(len(reader.take()))
    assert taken == [8, 4, 2, 4]


def test_where_others_wait_as_well_loads_are_shorter(loading: Loading, reader: Reader) -> None:
    reader.take()
    reader.keep_pace(1.5)
    assert len(reader.take()) == 8
    loading.send(track("other"), workspace_id=loading.stranger_id)
    reader.take()
    reader.keep_pace(1.5)
    assert len(reader.take()) == 4


def test_of_a_backlog_nobody_knows_the_first_load_is_small(loading: Loading) -> None:
    reader = Reader(loading.state, loading.settings)
    reader.take()
    reader.keep_pace(0.1)
    loading.send_body(b'{"batch": [' + b",".join([b"{}"] * 4_000) + b"]}", 4_000)
    loading.send_body(b'{"batch": [' + b",".join([b"{}"] * 9_999) + b"]}", 9_999)
    assert [each.events for each in reader.take().entries] == [4_000]


def test_little_goes_beside_any_number_of_floods() -> None:
    floods = [Waiting(number, number, 1, 50, 10) for number in range(1, 20)]
    little = Waiting(99, 99, 1, 1, 10)
    assert share([*floods, little], LIMITS).ids == [1, 99]


def test_an_entry_is_cut_that_would_fill_more_than_half_of_a_load() -> None:
    limits = LoadLimits(entries=10, events=8_000, size=10_000)
    line = [Waiting(1, 1, 1, 4_001, 10), Waiting(2, 2, 1, 4_000, 10), Waiting(3, 1, 1, 1, 10)]
    assert share(line, limits) == Choice([2], [1], [1])


def test_parts_keep_the_place_of_their_request() -> None:
    part = Waiting(journal.id_of_part(9, 0), 1, 1, 100, 10)
    older = Waiting(3, 2, 1, 100, 10)
    assert share([part, older], LIMITS).ids == [3]


waiting = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.none() | st.integers(1, 3),
        st.integers(1, 150),
        st.integers(1, 20_000),
    ),
    max_size=40,
).map(lambda rows: [Waiting(number, *row) for number, row in enumerate(rows, start=1)])


@given(waiting)
def test_a_load_keeps_to_its_limits_and_every_line_to_its_order(line: list[Waiting]) -> None:
    known = {each.id: each for each in line}
    chosen = [known[each] for each in share(line, LIMITS).ids]
    assert bool(chosen) == bool(line)
    if len(chosen) > 1:
        assert len(chosen) <= LIMITS.entries
        assert sum(each.events for each in chosen) <= LIMITS.events
        assert sum(each.size for each in chosen) <= LIMITS.size
    lines: defaultdict[tuple[int, int | None], list[int]] = defaultdict(list)
    for each in line:
        lines[each.workspace_id, each.source_id].append(each.id)
    assert line[:1] == [known[each] for each in share(line, LIMITS).ids[:1]]
    for own in lines.values():
        taken = [each.id for each in chosen if each.id in own]
        assert taken == own[: len(taken)]


@given(waiting)
def test_everything_is_loaded_in_the_end(line: list[Waiting]) -> None:
    left, loads = line, 0
    while left:
        ids = set(share(left, LIMITS).ids)
        left = [each for each in left if each.id not in ids]
        loads += 1
    assert loads <= len(line)
