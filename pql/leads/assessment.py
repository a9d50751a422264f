"""What is to be written about one person: score, move, reasons, when to look again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import LeadSettings, State
from pql.leads.scoring import Activity, LeadScore, Person, fades_at, score_lead
from pql.leads.stages import Move, Situation, StageEvent, cools_at, next_move


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead is before it is assessed. Someone who was no lead so far has `stage` `None`."""

    stage: str | None
    stage_since: datetime
    rejected_at: datetime | None = None
    paying_account: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What to write. `next_evaluation_at` is when time alone changes it; `None` is never."""

    score: LeadScore
    stage: str
    stage_since: datetime
    move: Move | None
    next_evaluation_at: datetime | None


def assess(
    person: Person,
    standing: Standing,
    settings: LeadSettings,
    now: datetime,
    calendar: Calendar = UTC_CALENDAR,
) -> Assessment:
    """Score a person and say whether it moves. Dates in reasons are those of the calendar."""
    score = score_lead(person, settings, now)
    situation = Situation(
        stage=standing.stage,
        stage_since=standing.stage_since,
        score=score.score,
        rejected_at=standing.rejected_at,
        last_activity_at=_last_with_points(person.activities, settings),
        events=_stage_events(person.activities, settings, calendar),
        paying_account=standing.paying_account,
    )
    move = next_move(situation, settings, now)
    stage = move.to_stage if move else standing.stage
    if stage is None:
        raise AssertionError("a new lead always moves to a stage")
    since = now if move else standing.stage_since
    cools = cools_at(replace(situation, stage=stage, stage_since=since), settings)
    ahead = [moment for moment in (fades_at(person, settings, now), cools) if moment is not None]
    return Assessment(score, stage, since, move, min(ahead, default=None))


def explain(assessment: Assessment, definition_version: int, now: datetime) -> dict[str, Any]:
    """The assessment as it is stored and read back: the parts add up to the score."""
    score = assessment.score
    unknown = [part.name for part in score.parts if part.state is State.UNKNOWN]
    return {
        "definition_version": definition_version,
        "as_of": now.isoformat(),
        "score": score.score,
        "grade": score.grade,
        "stage": assessment.stage,
        "parts": [part.as_document() for part in score.parts],
        "unknown": unknown,
        "sentence": _sentence(score, unknown),
    }


def _sentence(score: LeadScore, unknown: list[str]) -> str:
    given = sorted((part for part in score.parts if part.points), key=lambda part: -part.points)
    reasons = ", ".join(f"{part.name.replace('_', ' ')} {part.points}" for part in given)
    not_known = f"; not known: {', '.join(unknown)}" if unknown else ""
    return f"score {score.score}: {reasons or 'nothing gives points'}{not_known}"


def _last_with_points(activities: tuple[Activity, ...], settings: LeadSettings) -> datetime | None:
    with_points = {rule.event for rule in settings.activities if rule.points > 0}
    times = (activity.at for activity in activities if activity.event in with_points)
    return max(times, default=None)


def _stage_events(
    activities: tuple[Activity, ...], settings: LeadSettings, calendar: Calendar
) -> tuple[StageEvent, ...]:
    return tuple(
        StageEvent(activity.event, settings.events[activity.event], calendar.local(activity.at))
        for activity in activities
        if activity.event in settings.events
    )
