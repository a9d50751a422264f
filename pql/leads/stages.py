"""The stages of a lead and the moves between them. Pure: what is known goes in, a move comes out.

Rules only move forward, with one exception: an MQL that sales left alone goes cold. Whatever came
before a rejection no longer counts: only new activity brings a rejected lead back. Nor does an
event make someone an MQL for longer than sales has to answer: who went cold stays so until
something new happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pql.definitions.model import LeadSettings

SUBSCRIBER, LEAD, MQL, SQL, OPPORTUNITY, CUSTOMER, ADVOCATE = STAGES = (
    "subscriber",
    "lead",
    "MQL",
    "SQL",
    "opportunity",
    "customer",
    "advocate",
)
TIME_TO_ANSWER = timedelta(days=7)
"""How long an MQL stays one however its score falls: sales must have had the time to see it."""


@dataclass(frozen=True, slots=True)
class StageEvent:
    """An event that moves a lead to a stage."""

    name: str
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What the next stage depends on. `stage` is `None` for someone who was no lead so far.

    `paying_account` names an account of the person's that pays. `last_activity_at` is the last
    event with points. `rejected_at` is when sales, or someone by hand, last sent it back.
    """

    stage: str | None
    stage_since: datetime
    score: int
    rejected_at: datetime | None = None
    last_activity_at: datetime | None = None
    events: tuple[StageEvent, ...] = ()
    paying_account: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """From one stage (`None`: no lead so far) to another, and why."""

    from_stage: str | None
    to_stage: str
    reason: str


def next_move(situation: Situation, settings: LeadSettings, now: datetime) -> Move | None:
    """The move that the rules call for now; `None` where the lead stays."""
    if _went_cold(situation, settings, now):
        reason = f"went cold: the score fell to {situation.score}, MQL begins at {_mql(settings)}"
        return Move(MQL, LEAD, reason)
    stage, reason = situation.stage or SUBSCRIBER, "known by e-mail address or activity"
    moved = situation.stage is None
    for candidate, why in _candidates(situation, settings, now):
        if rank(candidate) > rank(stage):
            stage, reason, moved = candidate, why, True
    return Move(situation.stage, stage, reason) if moved else None


def cools_at(situation: Situation, settings: LeadSettings) -> datetime | None:
    """When an MQL whose score has fallen is let go; `None` for all others."""
    if situation.stage != MQL or situation.score >= _mql(settings):
        return None
    reasons = (event.at for event in situation.events if event.stage == MQL)
    return max([situation.stage_since, *reasons]) + TIME_TO_ANSWER


def rank(stage: str) -> int:
    """How far a stage is: 0 for a subscriber, 6 for an advocate."""
    return STAGES.index(stage)


def _candidates(
    situation: Situation, settings: LeadSettings, now: datetime
) -> Iterator[tuple[str, str]]:
    """Every stage that something speaks for, with the reason."""
    score = situation.score
    if score >= settings.stages[LEAD]:
        yield LEAD, f"score {score}, lead begins at {settings.stages[LEAD]}"
    if score >= _mql(settings) and _is_after_rejection(situation, situation.last_activity_at):
        yield MQL, f"score {score}, MQL begins at {_mql(settings)}"
    for event in situation.events:
        if _is_after_rejection(situation, event.at) and not _has_had_its_time(event, now):
            yield event.stage, f"{event.name.replace('_', ' ')} on {event.at:%Y-%m-%d}"
    if situation.paying_account is not None:
        yield CUSTOMER, f"account {situation.paying_account} pays"


def _is_after_rejection(situation: Situation, at: datetime | None) -> bool:
    return situation.rejected_at is None or (at is not None and at > situation.rejected_at)


def _has_had_its_time(event: StageEvent, now: datetime) -> bool:
    return event.stage == MQL and now >= event.at + TIME_TO_ANSWER


def _went_cold(situation: Situation, settings: LeadSettings, now: datetime) -> bool:
    cold_since = cools_at(situation, settings)
    has_moved_on = any(
        rank(stage) > rank(MQL) for stage, _ in _candidates(situation, settings, now)
    )
    return cold_since is not None and now >= cold_since and not has_moved_on


def _mql(settings: LeadSettings) -> int:
    return settings.stages[MQL]
