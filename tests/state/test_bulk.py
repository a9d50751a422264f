"""Many numbers in one condition find the same rows as one after the other."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text

from pql.state.bulk import is_found_to_be, is_one_of, table_of
from pql.state.models import Account
from pql.state.store import State

NUMBERS = Table("some_number", MetaData(), Column("number", Integer, primary_key=True))
ACCOUNT = table_of(Account).c
EVERY = range(-5, 20)
few = st.lists(st.integers(-10, 25), max_size=12)
some_twice = st.lists(st.integers(0, 3), min_size=3, max_size=4)
without_gap = st.builds(
    lambda first, size: list(range(first, first + size)), st.integers(-10, 25), st.integers(0, 9)
)


@pytest.fixture
def numbers(state: State) -> State:
    """A state with a table of numbers."""
    NUMBERS.metadata.create_all(state.engine)
    with state.writing() as session:
        session.execute(insert(NUMBERS), [{"number": number} for number in EVERY])
    return state


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(few | some_twice | without_gap)
def test_rows_are_found_by_their_numbers(numbers: State, asked: list[int]) -> None:
    with numbers.reading() as session:
        column = NUMBERS.c.number
        found = session.scalars(select(column).where(is_one_of(session, column, asked))).all()
    assert sorted(found) == sorted(set(asked) & set(EVERY))


def test_what_is_found_by_its_id_is_not_looked_for_in_all_of_the_workspace(
    migrated_sqlite_url: str,
) -> None:
    state, ids = State(migrated_sqlite_url), [3, 5, 9]
    with state.reading() as session:
        own = is_found_to_be(ACCOUNT.workspace_id, 1), is_one_of(session, ACCOUNT.id, ids)
        statement = select(ACCOUNT.id, ACCOUNT.key).where(*own)
        sql = str(statement.compile(state.engine, compile_kwargs={"literal_binds": True}))
        steps = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    state.close()
    assert "SEARCH account USING INTEGER PRIMARY KEY (rowid=?)" in steps


def test_only_rows_with_the_number_are_found(numbers: State) -> None:
    with numbers.reading() as session:
        column = NUMBERS.c.number
        own = is_found_to_be(column, 3), is_one_of(session, column, [1, 3, 9])
        assert session.scalars(select(column).where(*own)).all() == [3]
