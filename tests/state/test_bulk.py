"""Many numbers in one condition find the same rows as one after the other."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from pql.state.bulk import is_one_of
from pql.state.store import State

NUMBERS = Table("some_number", MetaData(), Column("number", Integer, primary_key=True))
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
