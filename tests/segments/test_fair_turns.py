"""A workspace that floods waits behind itself; one that cannot be evaluated holds up no other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from pql import changes
from pql.benchmarks.refreshing import refresh_if_due
from pql.changes import (
    ACCOUNT,
    BACKLOG,
    CONTACT,
    TakenChange,
    finish_changes,
    mark_changed,
    set_aside,
    take_changes,
)
from pql.events.duckdb_store import DuckDBEventStore
from pql.fair_shares import Waiting, largest_share, next_in_turn
from pql.leases import LeaseLost
from pql.setbacks import Setbacks
from pql.state.models import BenchmarkVersion, Change, DefinitionVersion, Workspace
from pql.state.store import State
from pql.turns import WorkspacesFailed, in_turns
from routes.clock.stages import told
from segments import evaluation
from segments.evaluation import evaluate_backlog, evaluate_changed
from tests.fixtures.product import TODAY, Product, unfenced

MINUTE = timedelta(minutes=1)
METRIC = "{event: invite_sent, aggregate: count, window: first 14 days}"
DEFINITIONS = f"""
metrics:
  invites: {METRIC}
definitions:
  conversion:
    population: status is trial
    outcome: {{becomes: paying, within: 30 days}}
    criteria: [{{metric: invites, at_least: 0}}]
"""
SUBJECTS = pytest.mark.parametrize("subject", [ACCOUNT, CONTACT, BACKLOG])


def add_workspaces(session: Session, number: int) -> list[int]:
    rows = [Workspace(name=f"workspace-{each}", created_at=TODAY) for each in range(number)]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def mark(session: Session, workspace: int, subject: str, ids: Iterable[int], at: int = 0) -> None:
    """One after the other, a minute apart: the order in which they wait."""
    for minutes, each in enumerate(ids, at):
        mark_changed(session, workspace, subject, [each], TODAY + minutes * MINUTE)


def taken_of(taken: Iterable[TakenChange], workspace_id: int) -> list[int]:
    return [each.subject_id for each in taken if each.workspace_id == workspace_id]


@SUBJECTS
def test_who_waits_between_floods_is_taken_with_the_next_round(state: State, subject: str) -> None:
    with state.writing() as session:
        flood, ours = add_workspaces(session, 2)
        mark(session, flood, subject, range(1, 31))
        mark(session, ours, subject, [100], at=30)
        mark(session, flood, subject, range(31, 61), at=31)
        taken = take_changes(session, subject, 10)
    assert taken_of(taken, ours) == [100]
    assert len(taken) == 10


@SUBJECTS
def test_every_change_is_taken_once_and_in_the_order_of_its_workspace(
    state: State, subject: str
) -> None:
    rounds: list[tuple[TakenChange, ...]] = []
    with state.writing() as session:
        flood, second, third = add_workspaces(session, 3)
        mark(session, flood, subject, range(1, 21))
        mark(session, second, subject, range(101, 106), at=20)
        mark(session, third, subject, range(201, 203), at=30)
        while taken := take_changes(session, subject, 8):
            rounds.append(taken)
            assert finish_changes(session, taken) == {each.subject_id for each in taken}
        assert session.scalar(select(func.count()).select_from(Change)) == 0
    shares = [[len(taken_of(each, own)) for own in (flood, second, third)] for each in rounds]
    assert shares[:2] == [[3, 3, 2], [6, 2, 0]]
    assert [id_ for each in rounds for id_ in taken_of(each, second)] == [*range(101, 106)]
    of_flood = [id_ for each in rounds for id_ in taken_of(each, flood)]
    assert sorted(of_flood) == [*range(1, 21)]
    assert subject != BACKLOG or of_flood == [*range(1, 21)]


def test_many_workspaces_are_taken_from_with_few_statements_and_all_in_the_end(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "WORKSPACES_AT_ONCE", 4)
    statements: list[str] = []
    with state.writing() as session:
        *others, ours = add_workspaces(session, 12)
        for each in others:
            mark_changed(session, each, CONTACT, range(10 * each, 10 * each + 5), TODAY)
        mark_changed(session, ours, CONTACT, [1], TODAY + MINUTE)
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *a: statements.append(a[2]))
        taken = take_changes(session, CONTACT, 8)
        assert len(statements) <= 2 * 4 + 2
        assert taken_of(taken, ours) == [1]
        found = 0
        while taken:
            assert len({each.workspace_id for each in taken}) <= 4
            found += len(finish_changes(session, taken))
            taken = take_changes(session, CONTACT, 8)
    assert found == 5 * len(others) + 1


def test_only_the_workspace_that_floods_becomes_the_backlog(state: State) -> None:
    with state.writing() as session:
        flood, ours = add_workspaces(session, 2)
        mark_changed(session, flood, ACCOUNT, range(1, 6), TODAY)
        mark_changed(session, ours, ACCOUNT, [10, 11], TODAY)
        assert set_aside(session, many=3) == 5
        assert [each.subject_id for each in take_changes(session, ACCOUNT, 9)] == [10, 11]
        assert len(take_changes(session, BACKLOG, 9)) == 5


@pytest.mark.parametrize(
    ("numbers", "limit", "share"),
    [([5], 10, 10), ([50], 10, 10), ([50, 50], 10, 5), ([1, 50], 10, 9), ([2, 3, 50], 12, 7),
     ([50, 50, 50], 2, 1), ([4, 6], 10, 10), ([], 10, 10)],
)  # fmt: skip
def test_what_one_does_not_need_is_left_to_the_others(
    numbers: list[int], limit: int, share: int
) -> None:
    assert largest_share(numbers, limit) == share


def test_half_of_the_turns_are_for_those_that_wait_longest() -> None:
    many = [Waiting(each, 100, 1_000 + each) for each in range(10)]
    few = [Waiting(20 + each, 1, 2_000 + each) for each in range(10)]
    served = [each.workspace_id for each in next_in_turn([*many, *few], 4)]
    assert served == [20, 21, 0, 1]


def test_the_least_work_comes_first_and_the_lease_ends_all() -> None:
    done: list[int] = []
    assert in_turns({1: "long", 2: "x", 3: "xy"}, lambda each, _work: done.append(each)) == {}
    assert done == [2, 3, 1]

    def lose(_workspace: int, _work: str) -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        in_turns({1: "x"}, lose)


def break_definitions(product: Product) -> None:
    """What is in force cannot be read any more."""
    with product.state.writing() as session:
        own = DefinitionVersion.workspace_id == product.workspace_id
        session.execute(update(DefinitionVersion).where(own).values(content="metrics: ["))


@pytest.fixture
def broken(product: Product) -> Product:
    """A workspace whose accounts cannot be evaluated, with an account that waits."""
    product.apply(DEFINITIONS)
    product.changes(product.account())
    break_definitions(product)
    return product


@pytest.fixture
def ours(strangers_product: Product) -> Product:
    """The workspace after it, with an account that waits."""
    strangers_product.apply(DEFINITIONS)
    strangers_product.changes(strangers_product.account(started=TODAY - MINUTE))
    return strangers_product


@pytest.mark.parametrize("backlog", [False, True])
def test_a_workspace_that_cannot_be_evaluated_waits_alone(
    broken: Product, ours: Product, *, backlog: bool
) -> None:
    evaluate = evaluate_changed
    if backlog:
        evaluate = evaluate_backlog
        ours.refresh()
        with ours.state.writing() as session:
            set_aside(session, many=0)
    evaluated = evaluate(ours.state, ours.store, TODAY, unfenced)
    assert (evaluated.accounts, list(evaluated.errors)) == (1, [broken.workspace_id])
    with pytest.raises(WorkspacesFailed, match=f"^workspace {broken.workspace_id}: "):
        told(evaluated)
    with ours.state.reading() as session:
        waiting = session.scalars(select(Change.workspace_id)).all()
    assert waiting == [broken.workspace_id]


def test_benchmarks_that_cannot_be_computed_hold_up_no_others(
    broken: Product, ours: Product
) -> None:
    with pytest.raises(WorkspacesFailed, match=f"^workspace {broken.workspace_id}: "):
        refresh_if_due(ours.state, ours.store, TODAY, unfenced, Setbacks())
    with ours.state.reading() as session:
        assert session.scalars(select(BenchmarkVersion.workspace_id)).all() == [ours.workspace_id]


def test_the_workspace_with_few_accounts_is_evaluated_before_one_with_many(
    product: Product, ours: Product, event_store: DuckDBEventStore
) -> None:
    product.apply(DEFINITIONS)
    product.changes(*product.accounts(5))
    for each in (product, ours):
        each.refresh()
    written: list[Session] = []

    class Killed(BaseException):
        """The process ends here."""

    def dies_in_the_second(session: Session) -> None:
        written.append(session)
        if len(written) == 2:
            raise Killed

    with pytest.raises(Killed):
        evaluate_changed(ours.state, event_store, TODAY, dies_in_the_second)
    with ours.state.reading() as session:
        assert set(session.scalars(select(Change.workspace_id))) == {product.workspace_id}


def test_definitions_that_take_long_are_evaluated_apart(
    product: Product, ours: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "MANY_METRICS", 1)
    product.apply(DEFINITIONS.replace("definitions:", f"  more: {METRIC}\ndefinitions:"))
    costly = product.account(started=TODAY - MINUTE)
    product.changes(costly)
    assert evaluate_changed(ours.state, ours.store, TODAY, unfenced).accounts == 1
    with ours.state.reading() as session:
        waiting = session.scalars(select(Change)).all()
    assert {(each.workspace_id, each.subject) for each in waiting} == {
        (product.workspace_id, BACKLOG)
    }
    assert evaluate_backlog(ours.state, ours.store, TODAY, unfenced).accounts == 1
    assert product.read(costly).evaluated_at == TODAY
