"""What an evaluation comes to for an account: results, departures, and when to look again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

from pql.accounts.leading import rank
from pql.benchmarks.comparing import is_smaller_better
from pql.definitions.model import Definition, DefinitionFile
from segments.deciding import Decision, Subject, decide, trial_day
from segments.explanation import Basis, explain, explain_departure

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AccountAtHand:
    """An account as it was read. Times are aware UTC, `None` where unknown."""

    id: int
    status: str
    traits: Mapping[str, Any]
    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What one definition says of one account."""

    account_id: int
    definition: str
    pql: str
    usage_score: int | None
    motion: str
    explanation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Departure:
    """That a definition does not speak of an account any more, and why."""

    account_id: int
    definition: str
    explanation: dict[str, Any]
    pql: None = None
    usage_score: None = None
    motion: None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is written about one account."""

    account_id: int
    results: tuple[Result, ...]
    departures: tuple[Departure, ...]
    next_evaluation_at: datetime | None

    @property
    def leading(self) -> Result | None:
        """The result that stands for the account: the highest motion, then the highest score."""
        return max(self.results, key=lambda each: rank(each.motion, each.usage_score), default=None)


def evaluate_account(
    account: AccountAtHand,
    metrics: Mapping[str, float],
    judged_before: Collection[str],
    file: DefinitionFile,
    basis: Basis,
) -> Outcome:
    """Judge an account by every definition whose population it is in.

    `judged_before` are the definitions it has a result of; those that do not speak of it any more
    become departures.
    """
    results = tuple(_results(account, metrics, file, basis))
    judged = {result.definition for result in results}
    departures = tuple(
        Departure(account.id, name, _why_it_left(name, account, file, basis))
        for name in sorted(set(judged_before) - judged)
    )
    looks = _looks(account, metrics, file, basis) if results else _ends(account, basis.as_of)
    return Outcome(account.id, results, departures, min(looks, default=None))


def is_spoken_of(account: AccountAtHand, file: DefinitionFile) -> bool:
    """Whether any definition is about accounts of this status."""
    return any(account.status in each.population for each in file.definitions.values())


def _results(
    account: AccountAtHand, metrics: Mapping[str, float], file: DefinitionFile, basis: Basis
) -> Iterator[Result]:
    subject = Subject(account.status, account.traits, account.trial_started_at, metrics)
    for definition in file.definitions.values():
        if account.status in definition.population:
            decision = decide(file, definition, subject, basis.benchmarks, basis.as_of)
            yield _result(account, definition, decision, explain(decision, metrics, basis))


def _result(
    account: AccountAtHand,
    definition: Definition,
    decision: Decision,
    explanation: dict[str, Any],
) -> Result:
    return Result(
        account.id,
        definition.name,
        decision.pql.value,
        decision.score.score,
        decision.routing.motion.value,
        explanation,
    )


def _why_it_left(
    name: str, account: AccountAtHand, file: DefinitionFile, basis: Basis
) -> dict[str, Any]:
    reason = f"the account is {account.status} now"
    if name not in file.definitions:
        reason = "the definition is not in force any more"
    return explain_departure(name, reason, basis)


def _looks(
    account: AccountAtHand, metrics: Mapping[str, float], file: DefinitionFile, basis: Basis
) -> Sequence[datetime]:
    """When time alone may change what was decided."""
    ends = _ends(account, basis.as_of)
    started = account.trial_started_at
    day = trial_day(started, basis.as_of)
    if started is not None and day is None:
        return [*ends, started]
    is_compared = day is not None and day <= basis.benchmarks.longest_day
    if not is_compared and not _is_rolling(metrics, file):
        return ends
    next_day = basis.as_of + A_DAY if started is None or day is None else started + day * A_DAY
    return [*ends, next_day]


def _ends(account: AccountAtHand, now: datetime) -> list[datetime]:
    ends = account.trial_ends_at
    return [ends] if account.status == "trial" and ends is not None and ends > now else []


def _is_rolling(metrics: Mapping[str, float], file: DefinitionFile) -> bool:
    """Whether a number changes without an event: days since, or a last-days window not empty."""
    return any(
        0 < metrics.get(name, 0.0) < inf
        for name, metric in file.metrics.items()
        if metric.window.kind == "last" or is_smaller_better(metric)
    )
