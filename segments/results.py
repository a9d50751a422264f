"""What an evaluation comes to for an account: results, departures, and when to look again. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import Any

from pql.accounts.leading import rank
from pql.benchmarks.comparing import is_smaller_better
from pql.definitions.model import Definition, DefinitionFile, Motion, State
from segments.deciding import Subject, decide, trial_day
from segments.explanation import Basis, explain, explain_departure, explain_failure
from segments.resting import digest

A_DAY = timedelta(days=1)
RETRY_AFTER = timedelta(hours=1)
"""When an account that could not be evaluated is tried again, if nothing changes before."""


@dataclass(frozen=True, slots=True)
class Copies:
    """What of an evaluation is copied to the account, for lists and for the sweep."""

    pql: str | None
    usage_score: int | None
    motion: str | None
    next_evaluation_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountAtHand:
    """An account as it was read. Times are aware UTC, `None` where unknown."""

    copies: Copies
    id: int
    status: str
    traits: Mapping[str, Any]
    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """The result an account had of a definition until now."""

    pql: str
    usage_score: int | None
    motion: str
    since: datetime
    rests_on: str


@dataclass(frozen=True, slots=True)
class Result:
    """What one definition says of one account. No explanation: the one that is stored holds."""

    account_id: int
    definition: str
    pql: str
    usage_score: int | None
    motion: str
    rests_on: str
    explanation: dict[str, Any] | None
    error: Exception | None = None


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
    """All that came of an evaluation for one account, and the copies the account has until now."""

    account_id: int
    results: tuple[Result, ...]
    departures: tuple[Departure, ...]
    next_evaluation_at: datetime | None
    copies_before: Copies

    @property
    def copies(self) -> Copies:
        """The result that leads (the highest motion, then the highest score), and the next time."""
        leading = max(
            self.results, key=lambda each: rank(each.motion, each.usage_score), default=None
        )
        if leading is None:
            return Copies(None, None, None, self.next_evaluation_at)
        return Copies(leading.pql, leading.usage_score, leading.motion, self.next_evaluation_at)


def evaluate_account(
    account: AccountAtHand,
    metrics: Mapping[str, float],
    before: Mapping[str, Before],
    file: DefinitionFile,
    basis: Basis,
) -> Outcome:
    """Judge an account by every definition whose population it is in.

    `before` are the results it has, by definition. Those that rest on the same as they would now
    are left as they are; those of definitions that do not speak of it any more become departures.
    """
    results = tuple(_results(account, metrics, before, file, basis))
    judged = {result.definition for result in results}
    departures = tuple(
        Departure(account.id, name, _why_it_left(name, account, file, basis))
        for name in sorted(before)
        if name not in judged
    )
    looks = _looks(account, metrics, file, basis) if results else _ends(account, basis.as_of)
    if any(result.error for result in results):
        looks = [*looks, basis.as_of + RETRY_AFTER]
    return Outcome(account.id, results, departures, min(looks, default=None), account.copies)


def is_spoken_of(account: AccountAtHand, file: DefinitionFile) -> bool:
    """Whether any definition is about accounts of this status."""
    return any(account.status in each.population for each in file.definitions.values())


def _results(
    account: AccountAtHand,
    metrics: Mapping[str, float],
    before: Mapping[str, Before],
    file: DefinitionFile,
    basis: Basis,
) -> Iterator[Result]:
    speaking = [each for each in file.definitions.values() if account.status in each.population]
    if not speaking:
        return
    subject = Subject(account.status, account.traits, account.trial_started_at, metrics)
    for definition in speaking:
        try:
            was = before.get(definition.name)
            yield _result(account.id, subject, was, definition, file, basis)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other accounts go on
            yield _failed(account.id, definition, error, basis)


def _result(  # noqa: PLR0917 - whom, what is known, by what
    account_id: int,
    subject: Subject,
    was: Before | None,
    definition: Definition,
    file: DefinitionFile,
    basis: Basis,
) -> Result:
    rests_on = digest(subject, basis)
    result = partial(Result, account_id, definition.name)
    if was is not None and was.rests_on == rests_on:
        return result(was.pql, was.usage_score, was.motion, rests_on, explanation=None)
    decision = decide(file, definition, subject, basis.benchmarks, basis.as_of)
    explanation = explain(decision, subject.metrics, basis)
    motion = decision.routing.motion.value
    return result(decision.pql.value, decision.score.score, motion, rests_on, explanation)


def _failed(account_id: int, definition: Definition, error: Exception, basis: Basis) -> Result:
    explanation = explain_failure(definition.name, error, basis)
    states = (State.UNKNOWN.value, None, Motion.UNKNOWN.value)
    return Result(account_id, definition.name, *states, "", explanation, error)


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
