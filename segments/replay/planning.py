"""What a definition file would have done, and what putting it in force would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pql.benchmarks.segmenting import Labels, label_accounts
from pql.definitions import versions
from pql.definitions.differences import find_differences
from pql.definitions.left_out import find_left_out
from pql.definitions.model import Definition, DefinitionFile
from pql.events.store import EventStore
from pql.state.store import State
from pql.trials import Evidence, naive
from segments.replay.comparing import compare
from segments.replay.judging import NO_TRAIL, Side
from segments.replay.looks import Looks, aware
from segments.replay.outcomes import Outcomes
from segments.replay.question import Question, asked_definitions
from segments.replay.report import Report, bar_for, figures_of, score_steps
from segments.replay.walking import (
    Past,
    Progress,
    Walked,
    paid_at,
    part_of,
    read_past,
    sides_of,
    spoken_of,
    walk,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What came of it. `changes` are what putting the file in force changes, in its own words.

    Looked at once a day from `looked_from` to `looked_until`, at that time of day; `recorded_until`
    is when anything was last heard of, `connected_at` when the first event came in alive.
    """

    version_in_force: int
    changes: tuple[str, ...]
    looked_from: datetime
    looked_until: datetime
    recorded_until: datetime
    connected_at: datetime | None
    definitions: tuple[Report, ...]


def plan_definitions(
    state: State,
    store: EventStore,
    workspace_id: int,
    question: Question,
    *,
    progress: Progress,
    now: datetime,
) -> Plan:
    """Replay a file beside the one in force.

    Raises:
        DefinitionUnknown: the file has no definition of that name.
    """
    asked = asked_definitions(question)
    looks = Looks(naive(now), question.weeks)
    with state.reading() as session:
        in_force = versions.current(session, workspace_id)
        text_in_force = versions.current_text(session, workspace_id)
        in_force.check_size()
        progress(0.0, "reading what was known")
        past = read_past(store, session, workspace_id, [question.file, in_force.file], looks)
    beside = {name: _beside(name, in_force.file) for name in asked}
    others = {each.name: each for each in beside.values() if each is not None}
    files = [(question.file, list(asked.values())), (in_force.file, list(others.values()))]
    sides = sides_of(past, files)
    planned, before = walk(past, sides, part_of(progress, 0.05, 0.95))
    progress(0.95, "comparing")
    with state.reading() as session:
        reporting = _Reporting(session, past, sides[0], _labels(past, sides[0]), question)
        reports = [
            reporting.of(each, planned[name], beside[name], before) for name, each in asked.items()
        ]
    recording, connected_at = past.recording, past.events.receipt.connected_at
    return Plan(
        version_in_force=in_force.number,
        changes=_changes(in_force.file, text_in_force, question),
        looked_from=aware(looks.first),
        looked_until=aware(looks.last),
        recorded_until=aware(recording.ends),
        connected_at=connected_at and aware(connected_at),
        definitions=tuple(reports),
    )


def _changes(in_force: DefinitionFile, text_in_force: str, question: Question) -> tuple[str, ...]:
    differences = map(str, find_differences(in_force, question.file))
    left_out = find_left_out(text_in_force, question.text) if question.text is not None else ()
    return (*differences, *(f"! {sentence}" for sentence in left_out))


@dataclass(frozen=True, slots=True)
class _Reporting:
    session: Session
    past: Past
    side: Side
    labels: Labels
    question: Question

    def of(
        self,
        definition: Definition,
        planned: Walked,
        beside: Definition | None,
        before: Mapping[str, Walked],
    ) -> Report:
        """What a definition did, beside the one in force that it is compared with."""
        within, looks = definition.outcome.within_days, self.past.looks
        outcomes = Outcomes(paid_at(self.side.lives), within, self.past.recording.ends)
        in_force = None if beside is None else before[beside.name]
        nothing = Walked(NO_TRAIL, None)
        return Report(
            definition=definition.name,
            within_days=within,
            beside=None if beside is None else beside.name,
            planned=figures_of(planned.trail, self.labels, outcomes, looks),
            in_force=None
            if in_force is None
            else figures_of(in_force.trail, self.labels, outcomes, looks),
            changes=compare(
                self.session, self.past.events.workspace_id, planned, in_force or nothing
            ),
            bar=bar_for(planned.trail, self.question, outcomes, looks),
            steps=score_steps(planned.trail, outcomes, looks),
        )


def _beside(name: str, in_force: DefinitionFile) -> Definition | None:
    """What a definition takes the place of: the one of its name, or else the one that leads."""
    definitions = in_force.definitions
    return definitions.get(name) or next(iter(definitions.values()), None)


def _labels(past: Past, side: Side) -> Labels:
    """The segments of whom the side speaks, by what the file tells accounts apart."""
    trials = spoken_of(side.lives, side.statuses).at(past.looks.last)
    events = past.events
    evidence = Evidence(events.store, events.workspace_id, trials, past.recording, past.looks.last)
    return label_accounts(evidence, side.file, past.traits)
