"""An analysis is claimed by one, reported on by whoever holds the claim, and ends once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from pql import analyses
from pql.analyses import (
    MOST_ATTEMPTS,
    MOST_OPEN,
    AnalysisOver,
    AnalysisUnknown,
    Claim,
    ClaimLost,
    TooManyAnalyses,
)
from pql.state.store import State
from tests.analyses.conftest import NOW, SECOND, ask, shown


def claim(state: State) -> Claim | None:
    with state.writing() as session:
        return analyses.claim_next(session, NOW)


def claimed(state: State, workspace_id: int) -> Claim:
    ask(state, workspace_id, weeks=12)
    found = claim(state)
    assert found is not None
    return found


def cancel(state: State, workspace_id: int, analysis_id: int) -> None:
    with state.writing() as session:
        analyses.cancel(session, workspace_id, analysis_id, NOW + SECOND)


def test_the_one_that_waits_longest_is_claimed_first(state: State, workspace_id: int) -> None:
    first, second = ask(state, workspace_id), ask(state, workspace_id)
    assert [claim(state), claim(state), claim(state)] == [Claim(first, 1), Claim(second, 1), None]


def test_of_many_that_claim_at_once_one_wins(state: State, workspace_id: int) -> None:
    ask(state, workspace_id)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim(state), range(8)))
    assert sum(each is not None for each in claims) == 1


def test_progress_and_result_are_shown(state: State, workspace_id: int) -> None:
    held = claimed(state, workspace_id)
    with state.writing() as session:
        analyses.report(session, held, 0.5, "week 6 of 12", NOW + SECOND)
    summary = shown(state, workspace_id, held.analysis_id)
    assert (summary.state, summary.progress, summary.progress_text) == (
        "running",
        0.5,
        "week 6 of 12",
    )
    with state.writing() as session:
        analyses.finish(session, held, {"qualified": 3}, NOW + SECOND)
    with state.reading() as session:
        detail = analyses.show_analysis(session, workspace_id, held.analysis_id)
    assert (detail.summary.state, detail.summary.progress) == ("done", 1.0)
    assert (detail.parameters, detail.result) == ({"weeks": 12}, {"qualified": 3})


@pytest.mark.parametrize(
    "tell",
    [
        lambda session, held: analyses.report(session, held, 0.5, "on", NOW),
        lambda session, held: analyses.finish(session, held, {}, NOW),
        analyses.find_claimed,
    ],
)
def test_who_works_on_a_cancelled_one_learns_so_and_nothing_is_kept(
    state: State, workspace_id: int, tell: Callable[[Session, Claim], object]
) -> None:
    held = claimed(state, workspace_id)
    cancel(state, workspace_id, held.analysis_id)
    with pytest.raises(ClaimLost), state.writing() as session:
        tell(session, held)
    assert shown(state, workspace_id, held.analysis_id).state == "cancelled"


def test_one_that_waits_is_cancelled_and_never_begun(state: State, workspace_id: int) -> None:
    cancel(state, workspace_id, ask(state, workspace_id))
    assert claim(state) is None


def test_cancelling_again_changes_nothing_and_what_is_over_is_not_cancelled(
    state: State, workspace_id: int
) -> None:
    waiting = ask(state, workspace_id)
    cancel(state, workspace_id, waiting)
    cancel(state, workspace_id, waiting)
    held = claimed(state, workspace_id)
    with state.writing() as session:
        assert analyses.fail(session, held, "no room", NOW)
    with pytest.raises(AnalysisOver, match="is failed already"):
        cancel(state, workspace_id, held.analysis_id)
    assert shown(state, workspace_id, held.analysis_id).error == "no room"


def test_what_a_lost_worker_left_is_put_back_and_its_process_says_no_more(
    state: State, workspace_id: int
) -> None:
    before = claimed(state, workspace_id)
    with state.writing() as session:
        assert analyses.recover(session, NOW) == 1
    after = claim(state)
    assert after == Claim(before.analysis_id, before.attempt + 1)
    with pytest.raises(ClaimLost), state.writing() as session:
        analyses.finish(session, before, {"from": "the dead"}, NOW)
    with state.reading() as session:
        assert (analyses.is_held(session, before), analyses.is_held(session, after)) == (
            False,
            True,
        )


def test_one_that_ends_its_worker_again_and_again_is_given_up(
    state: State, workspace_id: int
) -> None:
    number = ask(state, workspace_id)
    for _ in range(MOST_ATTEMPTS):
        assert claim(state) is not None
        with state.writing() as session:
            analyses.recover(session, NOW)
    summary = shown(state, workspace_id, number)
    assert (summary.state, summary.error) == ("failed", "the worker ended 3 times while it ran")


def test_a_workspace_may_have_only_so_many_open(
    state: State, workspace_id: int, stranger_id: int
) -> None:
    numbers = [ask(state, workspace_id) for _ in range(MOST_OPEN)]
    with pytest.raises(TooManyAnalyses, match="5 analyses wait already"):
        ask(state, workspace_id)
    ask(state, stranger_id)
    cancel(state, workspace_id, numbers[0])
    ask(state, workspace_id)


def test_the_list_has_pages_the_newest_first_and_only_its_own(
    state: State, workspace_id: int, stranger_id: int
) -> None:
    numbers = [ask(state, workspace_id) for _ in range(3)]
    ask(state, stranger_id)
    cancel(state, workspace_id, numbers[1])
    with state.reading() as session:
        first = analyses.list_analyses(session, workspace_id, limit=2)
        rest = analyses.list_analyses(session, workspace_id, limit=2, cursor=first.next_cursor)
        queued = analyses.list_analyses(session, workspace_id, state="queued")
    listed = [each.id for each in (*first.data, *rest.data)]
    assert sorted(listed) == numbers
    assert (len(first.data), rest.next_cursor) == (2, None)
    assert {each.id for each in queued.data} == {numbers[0], numbers[2]}


def test_a_stranger_neither_sees_nor_cancels_it(
    state: State, workspace_id: int, stranger_id: int
) -> None:
    number = ask(state, workspace_id)
    with pytest.raises(AnalysisUnknown):
        shown(state, stranger_id, number)
    with pytest.raises(AnalysisUnknown):
        cancel(state, stranger_id, number)
    with pytest.raises(AnalysisUnknown):
        shown(state, workspace_id, 10**30)


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(
    state: State, workspace_id: int
) -> None:
    ended, waiting = ask(state, workspace_id), ask(state, workspace_id)
    cancel(state, workspace_id, ended)
    with state.writing() as session:
        assert analyses.purge(session, NOW) == 0
        assert analyses.purge(session, NOW + 2 * SECOND) == 1
    assert shown(state, workspace_id, waiting).state == "queued"
