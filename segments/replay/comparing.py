"""Who would enter and who would leave, against the version in force, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.definitions.model import State
from pql.rules.states import MET, STATES
from pql.state.bulk import chunks
from pql.state.models import Account
from segments.replay.judging import Judged
from segments.replay.walking import Walked

MOST_LISTED = 100
"""Accounts of each list that are named, those with the highest score first."""
NOT_SPOKEN_OF = "the definition does not speak of it"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a file says of an account today; nothing where it does not speak of it."""

    pql: str | None = None
    usage_score: int | None = None
    motion: str | None = None


@dataclass(frozen=True, slots=True)
class Mover:
    """An account that enters or leaves. `why` are sentences of the planned definition."""

    id: str
    name: str | None
    before: Standing
    after: Standing
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Movers:
    """How many accounts move today, and the first of them."""

    count: int
    accounts: tuple[Mover, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Today: who is qualified by the planned file only, and who by the one in force only.

    `in_both`, `planned_only` and `in_force_only` count accounts qualified at any look of the weeks.
    """

    entering: Movers
    leaving: Movers
    in_both: int
    planned_only: int
    in_force_only: int


def compare(session: Session, workspace_id: int, planned: Walked, in_force: Walked) -> Comparison:
    """Compare what two files decided of the same accounts."""
    after, before = _qualified_now(planned), _qualified_now(in_force)
    ever_after, ever_before = _ever_qualified(planned), _ever_qualified(in_force)
    movers = _Movers(session, workspace_id, planned.last, in_force.last)
    return Comparison(
        entering=movers.of(after - before, _met),
        leaving=movers.of(before - after, _not_met),
        in_both=len(ever_after & ever_before),
        planned_only=len(ever_after - ever_before),
        in_force_only=len(ever_before - ever_after),
    )


def _qualified_now(walked: Walked) -> frozenset[int]:
    if walked.last is None:
        return frozenset()
    trail = walked.last.trail
    return frozenset(trail.loc[trail["pql"] == MET, "account_id"])


def _ever_qualified(walked: Walked) -> frozenset[int]:
    return frozenset(walked.trail.loc[walked.trail["pql"] == MET, "account_id"])


def _met(state: State) -> bool:
    return state is State.MET


def _not_met(state: State) -> bool:
    return state is not State.MET


class _Movers:
    """Puts the first of some accounts into words."""

    def __init__(
        self, session: Session, workspace_id: int, planned: Judged | None, in_force: Judged | None
    ) -> None:
        self._session = session
        self._workspace_id = workspace_id
        self._planned = planned
        self._told = {"before": _standings(in_force), "after": _standings(planned)}
        accounts = [] if planned is None else planned.trail["account_id"].tolist()
        self._places = {account: place for place, account in enumerate(accounts)}

    def of(self, account_ids: frozenset[int], tells: Callable[[State], bool]) -> Movers:
        """These accounts, with the sentences of the planned definition's tests that `tells`."""
        ranked = sorted(account_ids, key=lambda each: (-self._score(each), each))
        listed = ranked[:MOST_LISTED]
        names = _names(self._session, self._workspace_id, listed)
        return Movers(
            len(account_ids),
            tuple(
                self._mover(each, *names[each], why=tuple(self._why(each, tells)))
                for each in listed
                if each in names
            ),
        )

    def _mover(self, account_id: int, key: str, name: str | None, why: tuple[str, ...]) -> Mover:
        stands = self._standings(account_id)
        return Mover(key, name, stands["before"], stands["after"], why)

    def _standings(self, account_id: int) -> dict[str, Standing]:
        return {
            when: standings.get(account_id, Standing()) for when, standings in self._told.items()
        }

    def _score(self, account_id: int) -> int:
        scores = [each.usage_score for each in self._standings(account_id).values()]
        return max(-1 if score is None else score for score in scores)

    def _why(self, account_id: int, tells: Callable[[State], bool]) -> Iterator[str]:
        place = self._places.get(account_id)
        if self._planned is None or place is None:
            yield NOT_SPOKEN_OF
            return
        for test in self._planned.decisions.criteria.of(place).tests:
            if tells(test.state):
                yield test.sentence


def _standings(judged: Judged | None) -> dict[int, Standing]:
    if judged is None:
        return {}
    columns = [judged.trail[name].tolist() for name in ("account_id", "pql", "score", "motion")]
    return {
        account_id: Standing(STATES[pql].value, None if isnan(score) else int(score), motion)
        for account_id, pql, score, motion in zip(*columns, strict=True)
    }


def _names(
    session: Session, workspace_id: int, account_ids: Sequence[int]
) -> dict[int, tuple[str, str | None]]:
    own = select(Account.id, Account.key, Account.name).where(Account.workspace_id == workspace_id)
    return {
        row.id: (row.key, row.name)
        for ids in chunks(account_ids)
        for row in session.execute(own.where(Account.id.in_(ids)))
    }
