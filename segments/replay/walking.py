"""Going through the past weeks, look by look, with what was known at each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.segmenting import segment_traits
from pql.definitions.model import Definition, DefinitionFile, Metric
from pql.events.store import EventStore
from pql.trials import Recording, Traits, read_recording, read_traits
from pql.workspace_settings import settings_of
from segments.replay.benchmarks import PastBenchmarks, wanted_benchmarks
from segments.replay.judging import NO_TRAIL, Judged, Side, changes_of, is_news, judge
from segments.replay.knowledge import KnownFact, Lives, lives_of, read_known_facts
from segments.replay.looks import Looks, aware
from segments.replay.reading import PastEvents, Values, read_past_events
from segments.replay.runs import moments_of, runs_of, some_at_a_time, tracks_of
from segments.resting import traits_asked

Progress = Callable[[float, str], None]

Key = tuple[int, str]
"""The `id` of a side and the name of one of its definitions."""

Seen = tuple[pd.DataFrame, Mapping[Metric, Values]]
"""Moments, and each metric at them by its `meaning`."""

SHARE_OF_BENCHMARKS = 0.1
"""Of the work, about."""


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
    """What a definition decided, and all about the last look (`None`: of nobody).

    `trail` is by account and look. It leaves out what was decided as at the look before.
    """

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
    calendar = settings_of(session, workspace_id).calendar
    events = read_past_events(store, workspace_id, calendar)
    asked = {name for file in files for name in (*traits_asked(file), *segment_traits(file))}
    never = Recording(looks.last, looks.last, looks.last)
    return Past(
        events=events,
        facts=read_known_facts(session, workspace_id, events.receipt, calendar),
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
    groups = _by_lives(sides)
    walked: dict[Key, Walked] = {}
    for number, together in enumerate(groups):
        tell_part = part_of(tell, number / len(groups), (number + 1) / len(groups))
        walked |= _Walk(past, together, tell_part).walk()
    nobody = Walked(NO_TRAIL, None)
    return [
        {each.name: walked.get((id(side), each.name), nobody) for each in side.definitions}
        for side in sides
    ]


def part_of(tell: Progress, begin: float, end: float) -> Progress:
    """Progress of a part that goes from one share of the whole to another."""
    return lambda share, text: tell(begin + share * (end - begin), text)


def spoken_of(lives: Lives, statuses: frozenset[str]) -> Lives:
    """The lives of those that ever had one of the statuses."""
    had = lives.rows.loc[lives.rows["status"].isin(statuses), "account_id"].unique()
    return Lives(lives.rows[lives.rows["account_id"].isin(had)])


class _Walk:
    """Sides that look at the same lives: what they ask for is measured together."""

    def __init__(self, past: Past, sides: Sequence[Side], tell: Progress) -> None:
        self._past = past
        self._sides = sides
        self._tell = tell
        self._metrics = [metric for side in sides for metric in side.metrics]
        self._trails: defaultdict[Key, list[pd.DataFrame]] = defaultdict(list)

    def walk(self) -> dict[Key, Walked]:
        """What each definition decides, where it speaks of anybody."""
        statuses = frozenset().union(*(side.statuses for side in self._sides))
        lives, looks = self._sides[0].lives, self._past.looks
        runs = runs_of(lives, looks, statuses, paid_at(lives))
        if runs.empty:
            return {}
        *parts, last = [(part, self._benchmarks(part)) for part in looks.parts()]
        seen_last = [self._walk_some(some, parts) for some in self._some(runs)]
        moments = pd.concat([at for at, _ in seen_last], ignore_index=True)
        measured = _together([values for _, values in seen_last])
        judged = dict(self._judge(moments, measured, last[1]))
        for key, each in judged.items():
            self._trails[key].append(each.trail)
        return {key: Walked(_joined(each), judged.get(key)) for key, each in self._trails.items()}

    def _benchmarks(self, part: range) -> list[Benchmarks]:
        """Those of each side at the looks of a part."""
        looks = self._past.looks
        self._tell(
            SHARE_OF_BENCHMARKS * part.start / looks.count, f"{looks.at(part.start):%Y-%m-%d}"
        )
        return [side.benchmarks.at(looks.at(part.start)) for side in self._sides]

    def _some(self, runs: pd.DataFrame) -> Iterator[pd.DataFrame]:
        accounts, done = runs["account_id"].nunique(), 0
        for some in some_at_a_time(runs, self._past.looks):
            share = SHARE_OF_BENCHMARKS + (1 - SHARE_OF_BENCHMARKS) * done / accounts
            self._tell(share, f"{done:,} of {accounts:,} accounts")
            yield some
            done += some["account_id"].nunique()

    def _walk_some(
        self, runs: pd.DataFrame, parts: Sequence[tuple[range, list[Benchmarks]]]
    ) -> Seen:
        """Go through the looks before the last with some accounts; what is seen at the last."""
        looks = self._past.looks
        tracks, track_of = tracks_of(runs)
        moments = moments_of(runs, track_of, looks)
        followed = self._past.events.follow(self._metrics, tracks, looks.daily)
        trails: defaultdict[Key, list[pd.DataFrame]] = defaultdict(list)
        for part, benchmarks in parts:
            at = moments[moments["look"].isin(part)]
            for key, judged in self._judge(at, followed.at(at), benchmarks, only_news=True):
                trails[key].append(judged.trail)
        for key, each in trails.items():
            self._trails[key].append(changes_of(_joined(each)))
        at_last = moments[moments["look"] == looks.count - 1]
        return at_last, followed.at(at_last)

    def _judge(
        self,
        moments: pd.DataFrame,
        measured: Mapping[Metric, Values],
        benchmarks: Sequence[Benchmarks],
        *,
        only_news: bool = False,
    ) -> Iterator[tuple[Key, Judged]]:
        for side, own in zip(self._sides, benchmarks, strict=True):
            asked, values = moments, measured
            if only_news:
                news = is_news(side, moments, measured, own.longest_day)
                asked = moments[news]
                values = {metric: column[news] for metric, column in measured.items()}
            for name, judged in judge(side, asked, values, self._past.traits, own):
                yield (id(side), name), judged


def _lives(past: Past, file: DefinitionFile) -> Lives:
    begin, end = aware(past.looks.first), aware(past.looks.last)
    return lives_of(past.facts, file.lifecycle, begin, end, past.events.calendar)


def _by_lives(sides: Sequence[Side]) -> list[list[Side]]:
    groups: defaultdict[int, list[Side]] = defaultdict(list)
    for side in sides:
        groups[id(side.lives)].append(side)
    return list(groups.values())


def _together(parts: Sequence[Mapping[Metric, Values]]) -> Mapping[Metric, Values]:
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in parts[0]}


def _joined(trails: Sequence[pd.DataFrame]) -> pd.DataFrame:
    trail = pd.concat(trails, ignore_index=True)
    return trail.sort_values(["account_id", "look"], ignore_index=True)
