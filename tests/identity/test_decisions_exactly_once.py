"""Killed anywhere, a decision about identity reaches the event store once, and in its order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, func, select

from pql.changes import ACCOUNT, CONTACT
from pql.state.models import StagedBatch
from tests.fixtures.loading import Loading, group, identify, track
from tests.identity.people import alias, decide, merges, places, reviews, visit
from tests.loader.test_exactly_once import (
    Cut,
    PowerCut,
    cut_after_append,
    cut_at,
    cut_before_append,
)
from tests.loader.test_identity import changed, forget_changes

CUTS: dict[str, Cut] = {
    "before the append": cut_before_append,
    "after the append": cut_after_append,
    "while those concerned are queued": lambda it: cut_at(it, "INSERT INTO change"),
    "while the staged batch is removed": lambda it: cut_at(it, "DELETE FROM staged_batch"),
}


@pytest.fixture
def one(loading: Loading) -> Loading:
    """Ada, her phone and Bob, whom somebody took for her."""
    loading.load_sent(
        visit("early", "phone"), group("join", "acme", "ada"), identify("other", "bob")
    )
    loading.load_sent(identify("login", "ada", anonymousId="phone"), alias("ask", "bob", "ada"))
    decide(loading, lambda decider: decider.merge(reviews(loading)[0].id))
    return loading


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_an_undoing_that_was_cut_is_finished_by_the_next_load(one: Loading, cut: Cut) -> None:
    forget_changes(one)
    approved = merges(one)[-1]
    decide(one, lambda decider: decider.undo(approved.id), then_load=False)
    with cut(one), pytest.raises(PowerCut):
        one.load()
    one.load()
    one.load()
    ada, bob = approved.target_id, approved.origin_id
    assert places(one) == {
        ("early", "acme"): ada,
        ("join", "acme"): ada,
        ("login", "acme"): ada,
        ("ask", "acme"): ada,
        ("other", None): bob,
    }
    assert changed(one, CONTACT) == {ada, bob}
    assert changed(one, ACCOUNT) == {one.account("acme").id}
    with one.state.reading() as session:
        assert session.scalar(select(func.count()).select_from(StagedBatch)) == 0


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_so_is_an_approval(loading: Loading, cut: Cut) -> None:
    loading.load_sent(
        identify("own", "ada"),
        group("join", "acme", "ada"),
        identify("other", "bob"),
        alias("ask", "bob", "ada"),
    )
    decide(loading, lambda decider: decider.merge(reviews(loading)[0].id), then_load=False)
    with cut(loading), pytest.raises(PowerCut):
        loading.load()
    loading.load()
    loading.load()
    ada = loading.contact_of("join").id
    assert places(loading) == dict.fromkeys(
        [(each, "acme") for each in ("own", "join", "other", "ask")], ada
    )


def test_a_decision_that_fails_leaves_nothing(one: Loading) -> None:
    before = places(one)
    with cut_at(one, "INSERT INTO staged_batch"), pytest.raises(PowerCut):
        decide(one, lambda decider: decider.undo(merges(one)[-1].id))
    one.load()
    assert (places(one), merges(one)[-1].undone_at) == (before, None)


def test_several_decisions_wait_for_the_worker_in_their_order(one: Loading) -> None:
    phone, approved = merges(one)
    decide(one, lambda decider: decider.undo(approved.id), then_load=False)
    decide(one, lambda decider: decider.undo(phone.id), then_load=False)
    decide(one, lambda decider: decider.merge(reviews(one)[0].id), then_load=False)
    one.load()
    assert places(one) == {
        ("early", None): phone.origin_id,
        ("join", "acme"): approved.target_id,
        ("login", "acme"): approved.target_id,
        ("ask", "acme"): approved.target_id,
        ("other", "acme"): approved.target_id,
    }


def test_a_decision_in_the_middle_of_a_load_is_carried_out_before_it(one: Loading) -> None:
    """The load has finished what was staged, and has not yet begun to decide."""
    approved = merges(one)[-1]
    one.send(track("now", "bob"), group("bobs", "globex", "bob"))
    with once_the_journal_is_read(
        one, lambda: decide(one, lambda decider: decider.undo(approved.id), then_load=False)
    ):
        one.load()
    found = places(one)
    assert found["other", "globex"] == found["now", "globex"] == approved.origin_id
    assert found["join", "acme"] == approved.target_id


@contextmanager
def once_the_journal_is_read(loading: Loading, action: Callable[[], object]) -> Iterator[None]:
    """Do something as soon as the journal was asked for its entries."""
    done: list[bool] = []

    def act(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        if not done and statement.startswith("SELECT") and "journal_entry" in statement:
            done.append(True)
            action()

    event.listen(loading.state.journal_engine, "after_cursor_execute", act)
    yield
    event.remove(loading.state.journal_engine, "after_cursor_execute", act)
    assert done
