"""Going through the past weeks, look by look, with what was known at each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from pql.benchmarks.segmenting import segment_traits
from pql.definitions.model import Definition, DefinitionFile
from pql.events.store import EventStore
from pql.trials import Recording, Traits, read_recording, read_traits
from segments.replay.benchmarks import PastBenchmarks, wanted_benchmarks
from segments.replay.judging import NO_TRAIL, Judged, Side, judge, moments_of
from segments.replay.knowledge import KnownFact, Lives, lives_of, read_known_facts
from segments.replay.looks import Looks, aware
from segments.replay.reading import PastEvents, read_past_events
from segments.resting import traits_asked

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Past:
    """All that is read of the past. `recording` ends where nothing more is known today."""

    events: PastEvents
    facts: Mapping[int, Sequence[KnownFact]]
    recording: Recording
    traits: Traits
    looks: Looks


@dataclass(frozen=True, slots=True)
class Walked:
    """What a definition decided at every look, and all about the last one (`None`: of nobody)."""

    trail: pd.DataFrame
    last: Judged | None


def read_past(
    store: EventStore,
    session: Session,
    workspace_id: int,
    files: Sequence[DefinitionFile],
    looks: Looks,
) -> Past:
    """Read what the replay of these files needs. Traits are those of today."""
    events = read_past_events(store, workspace_id)
    asked = {name for file in files for name in (*traits_asked(file), *segment_traits(file))}
    never = Recording(looks.last, looks.last, looks.last)
    return Past(
        events=events,
        facts=read_known_facts(session, workspace_id, events.receipt),
        recording=read_recording(store, session, workspace_id, aware(looks.last)) or never,
        traits=read_traits(session, workspace_id, asked),
        looks=looks,
    )


def sides_of(
    past: Past, asked: Sequence[tuple[DefinitionFile, Sequence[Definition]]]
) -> list[Side]:
    """Files with what was known by their settings. Facts are as they were kept, whatever they say.

    Where two files mean the same by something, it is worked out once.
    """
    sides: list[Side] = []
    for file, definitions in asked:
        alike = [side for side in sides if side.file.lifecycle == file.lifecycle]
        lives = alike[0].lives if alike else _lives(past, file)
        wanted = wanted_benchmarks(file, definitions)
        own = PastBenchmarks(past.events, lives, past.recording, file, wanted)
        shared = [side.benchmarks for side in alike if side.benchmarks.says_the_same_as(own)]
        sides.append(Side(file, definitions, lives, shared[0] if shared else own))
    return sides


def paid_at(lives: Lives) -> pd.Series[Any]:
    """When each account paid first, as far as is known today, by `account_id`."""
    today = lives.rows.drop_duplicates("account_id", keep="last")
    return today.set_index("account_id")["converted_at"]


def walk(past: Past, sides: Sequence[Side], tell: Progress) -> list[dict[str, Walked]]:
    """What each definition of each side decides at each look, by its name."""
    looks = past.looks
    trails: defaultdict[tuple[int, str], list[pd.DataFrame]] = defaultdict(list)
    last: dict[tuple[int, str], Judged] = {}
    groups = [_Group(past, together) for together in _by_lives(sides)]
    for part in looks.parts():
        tell(part.start / looks.count, f"{looks.at(part.start):%Y-%m-%d}")
        last = {
            (id(side), name): judged for group in groups for side, name, judged in group.judge(part)
        }
        for key, judged in last.items():
            trails[key].append(judged.trail)
    return [
        {
            each.name: Walked(_joined(trails[id(side), each.name]), last.get((id(side), each.name)))
            for each in side.definitions
        }
        for side in sides
    ]


def spoken_of(lives: Lives, statuses: frozenset[str]) -> Lives:
    """The lives of those that ever had one of the statuses."""
    had = lives.rows.loc[lives.rows["status"].isin(statuses), "account_id"].unique()
    return Lives(lives.rows[lives.rows["account_id"].isin(had)])


class _Group:
    """Sides that look at the same lives: what they ask for is measured together."""

    def __init__(self, past: Past, sides: Sequence[Side]) -> None:
        self._past = past
        self._sides = sides
        self._statuses = frozenset().union(*(side.statuses for side in sides))
        self._metrics = [metric for side in sides for metric in side.metrics]
        self._lives = spoken_of(sides[0].lives, self._statuses)
        self._paid_at = paid_at(sides[0].lives)

    def judge(self, part: range) -> Iterator[tuple[Side, str, Judged]]:
        looks = self._past.looks
        moments = moments_of(self._lives, part, looks, self._statuses, self._paid_at)
        if moments.empty:
            return
        measured = self._past.events.measure(self._metrics, moments)
        for side in self._sides:
            benchmarks = side.benchmarks.at(looks.at(part.start))
            for name, judged in judge(side, moments, measured, self._past.traits, benchmarks):
                yield side, name, judged


def _lives(past: Past, file: DefinitionFile) -> Lives:
    begin, end = aware(past.looks.first), aware(past.looks.last)
    return lives_of(past.facts, file.lifecycle, begin, end)


def _by_lives(sides: Sequence[Side]) -> list[list[Side]]:
    groups: defaultdict[int, list[Side]] = defaultdict(list)
    for side in sides:
        groups[id(side.lives)].append(side)
    return list(groups.values())


def _joined(trails: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not trails:
        return NO_TRAIL
    trail = pd.concat(trails, ignore_index=True)
    return trail.sort_values(["account_id", "look"], ignore_index=True)
