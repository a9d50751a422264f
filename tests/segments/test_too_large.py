"""What is too large for one workspace is told to it alone, and holds up no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import select

from pql.benchmarks.refreshing import refresh_if_due
from pql.changes import mark_everything_changed
from pql.definitions import versions
from pql.events.store import AnySelect, EventsTooLarge
from pql.setbacks import RETRY_AFTER, Setbacks
from pql.state.models import BenchmarkVersion, DefinitionVersion, Standing
from pql.turns import WorkspacesFailed
from pql.versioned_texts import put_in_force
from segments.evaluation import (
    Evaluated,
    accounts_together,
    evaluate_backlog,
    evaluate_changed,
)
from tests.fixtures.product import DAY, TODAY, Product, unfenced

DEFINITIONS = """
metrics:
  invites: {event: invite_sent, aggregate: count, window: first 14 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: invites, at_least: 1}]
    require: all
"""
STARTED = TODAY - 2 * DAY


class Watched:
    """The store of a product, which cannot answer for one workspace, or where something happens."""

    def __init__(
        self, product: Product, *, not_for: int = 0, happens: Callable[[], object] = int
    ) -> None:
        self._store, self._not_for, self._happens = product.store, not_for, happens
        self.asked_in_vain = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        if any(self._not_for in each.compile().params.values() for each in statements):
            self.asked_in_vain += 1
            raise EventsTooLarge
        frames = self._store.frames(statements, uploads)
        if uploads:
            self._happens()
        return frames


def trial(product: Product) -> int:
    account = product.account(started=STARTED)
    product.does(account, "invite_sent", STARTED)
    product.changes(account)
    return account


def evaluate(
    product: Product, store: Watched, setbacks: Setbacks, after: timedelta = timedelta()
) -> Evaluated:
    now = TODAY + after
    return evaluate_changed(
        product.state,
        store,  # type: ignore[arg-type]
        now,
        unfenced,
        setbacks=setbacks,
    )


@pytest.fixture
def ours(product: Product) -> Product:
    product.apply(DEFINITIONS)
    product.refresh()
    return product


@pytest.fixture
def theirs(strangers_product: Product) -> Product:
    """Whose workspace number occurs in no other parameter of a select."""
    theirs = replace(strangers_product)
    theirs.apply(DEFINITIONS)
    theirs.refresh()
    return theirs


def test_it_fails_alone_and_the_others_get_their_motion(ours: Product, theirs: Product) -> None:
    large, other = trial(theirs), trial(ours)
    store = Watched(theirs, not_for=theirs.workspace_id)
    evaluated = evaluate(ours, store, Setbacks())
    assert ours.standing(other).pql == "met"
    assert list(evaluated.errors) == [theirs.workspace_id]
    assert evaluated.failures == ()
    standing = theirs.standing(large)
    assert (standing.pql, standing.motion) == ("unknown", "unknown")
    assert "too large" in theirs.why(standing)["sentence"]


def test_it_is_left_alone_for_a_while_and_then_tried_again(theirs: Product) -> None:
    store, setbacks = Watched(theirs, not_for=theirs.workspace_id), Setbacks()
    account = trial(theirs)
    evaluate(theirs, store, setbacks)
    tries = store.asked_in_vain
    assert theirs.read(account).next_evaluation_at == TODAY + RETRY_AFTER
    theirs.changes(account)
    assert evaluate(theirs, store, setbacks).errors == {}
    assert store.asked_in_vain == tries
    theirs.changes(account)
    again = evaluate(theirs, store, setbacks, RETRY_AFTER)
    assert (len(again.errors), store.asked_in_vain > tries) == (1, True)


def test_other_definitions_are_tried_at_once(theirs: Product) -> None:
    setbacks, account = Setbacks(), trial(theirs)
    evaluate(theirs, Watched(theirs, not_for=theirs.workspace_id), setbacks)
    theirs.apply(f"{DEFINITIONS}# smaller")
    theirs.changes(account)
    assert evaluate(theirs, Watched(theirs), setbacks).errors == {}
    assert theirs.standing(account).pql == "met"


def test_a_file_from_before_there_were_limits_says_so(ours: Product) -> None:
    account = trial(ours)
    many = "".join(
        f"  m{n}: {{event: e, aggregate: count, window: first 7 days}}\n" for n in range(201)
    )
    text = DEFINITIONS.replace("metrics:\n", f"metrics:\n{many}")
    with ours.state.writing() as session:
        asked = {"now": TODAY, "applied_by": "long ago", "message": ""}
        put_in_force(session, DefinitionVersion, ours.workspace_id, text, **asked)  # type: ignore[arg-type]
    ours.changes(account)
    store = Watched(ours)
    assert evaluate(ours, store, Setbacks()).accounts == 0, "it is left to the backlog"
    evaluated = evaluate_backlog(ours.state, store, TODAY, unfenced)  # type: ignore[arg-type]
    assert len(evaluated.errors) == 1
    assert "202 metrics" in ours.why(ours.standing(account))["sentence"]


def test_a_version_that_is_withdrawn_meanwhile_leaves_no_result(ours: Product) -> None:
    account = trial(ours)

    def other_definitions_come_in_force() -> None:
        ours.apply(f"{DEFINITIONS}# another")
        with ours.state.writing() as session:
            mark_everything_changed(session, ours.workspace_id, TODAY)

    evaluate(ours, Watched(ours, happens=other_definitions_come_in_force), Setbacks())
    with ours.state.reading() as session:
        assert session.scalars(select(Standing)).all() == []
    ours.evaluate()
    with ours.state.reading() as session:
        in_force = versions.current(session, ours.workspace_id).version_id
    assert ours.standing(account).definition_version_id == in_force


def test_some_accounts_after_the_other_are_evaluated_by_what_is_in_force_then(
    ours: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segments.evaluation.NUMBERS_AT_ONCE", 1)
    first, second = trial(ours), trial(ours)
    texts = [DEFINITIONS.replace("at_least: 1", "at_least: 9")]

    def other_definitions_come_in_force() -> None:
        if texts:
            ours.apply(texts.pop())

    evaluate(ours, Watched(ours, happens=other_definitions_come_in_force), Setbacks())
    with ours.state.reading() as session:
        results = {each.account_id: each.pql for each in session.scalars(select(Standing))}
    assert results == {second: "not_met"}
    assert first not in results


def test_benchmarks_that_are_too_large_hold_up_no_other(ours: Product, theirs: Product) -> None:
    for product in (ours, theirs):
        product.account(started=STARTED, paid=STARTED + DAY, status="paying")
        product.does(trial(product), "invite_sent", STARTED)
        product.apply(f"{DEFINITIONS}# another")
    store = Watched(theirs, not_for=min(ours.workspace_id, theirs.workspace_id))
    with pytest.raises(WorkspacesFailed, match=r"workspace \d+: EventsTooLarge: too large"):
        refresh_if_due(ours.state, store, TODAY, unfenced, Setbacks())  # type: ignore[arg-type]
    with ours.state.reading() as session:
        of = session.scalars(select(BenchmarkVersion.workspace_id).distinct()).all()
    assert set(of) >= {max(ours.workspace_id, theirs.workspace_id)}


def test_a_usual_file_is_decided_for_a_hundred_thousand_accounts_at_once(ours: Product) -> None:
    with ours.state.reading() as session:
        assert accounts_together(versions.current(session, ours.workspace_id).file) > 100_000
