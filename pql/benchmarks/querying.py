"""The benchmarks of a version, by default those in force, and asking for new ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from pql.benchmarks.comparing import POPULATIONS
from pql.benchmarks.documents import DRIFT, FIRST_TIMES, SEGMENTS, SURVIVAL, read_documents
from pql.benchmarks.drifting import MetricDrift
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.repository import latest_version, load_rows
from pql.benchmarks.segmenting import WHOLE, Segment
from pql.benchmarks.survival import TimeCurve
from pql.definitions import versions
from pql.state.models import BenchmarkVersion, DefinitionVersion, Workspace
from pql.versioned_texts import VersionUnknown

MOST_VERSIONS = 100


class BenchmarkVersionUnknown(VersionUnknown):
    """The workspace has no such version of its benchmarks."""

    def __init__(self, number: int) -> None:
        LookupError.__init__(self, f"there is no version {number} of the benchmarks")


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A computation of the benchmarks. `definitions` is the number of the definitions it is for."""

    id: int
    as_of: datetime
    customers: int
    definitions: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for; `None` is every one, but for segments, where it is the whole.

    `by` without `value` is every segment of the kind, the one of unknown value too.
    """

    metric: str | None = None
    population: str | None = None
    day: int | None = None
    by: str | None = None
    value: str | None = None

    def takes(self, segment: Segment) -> bool:
        """Whether the segment is asked for."""
        return segment.by == self.by and self.value in {None, segment.value}


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class BenchmarkLine:
    """The percentiles of one metric, population, segment and day."""

    metric: str
    population: str
    segment: Segment
    day: int
    percentiles: Percentiles


@dataclass(frozen=True, slots=True)
class FirstTimesLine:
    """How soon the accounts of a segment did what a metric counts; `None`: too few accounts."""

    metric: str
    event: str
    segment: Segment
    accounts: int
    curve: TimeCurve | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Something of a version of the benchmarks; `version` is `None` before the first refresh.

    `moved` names the metrics that trials of the latest period do otherwise than those before.
    """

    version: VersionSummary | None
    moved: Sequence[str]
    data: Sequence[Any]

    @property
    def as_of(self) -> datetime | None:
        """The moment of the computation."""
        return self.version.as_of if self.version else None

    @property
    def customers(self) -> int | None:
        """How many accounts had converted by then."""
        return self.version.customers if self.version else None


def list_benchmarks(
    session: Session,
    workspace_id: int,
    wanted: Wanted = EVERYTHING,
    version: int | None = None,
) -> Answer:
    """Rows of the benchmarks by metric, population, segment and day.

    Raises:
        BenchmarkVersionUnknown: the workspace has no such version.
    """
    found = _version(session, workspace_id, version)
    if found is None:
        return Answer(None, (), ())
    lines = _whole if wanted.by is None else _segments
    chosen = [line for line in lines(session, found.id, wanted) if _is_wanted(line, wanted)]
    return Answer(found, _moved(session, found.id), sorted(chosen, key=_order))


def list_documents(
    session: Session,
    workspace_id: int,
    kind: str,
    *,
    version: int | None = None,
    name: str | None = None,
) -> Answer:
    """What is kept of a kind (see `documents.KINDS`) with a version, by name.

    Raises:
        BenchmarkVersionUnknown: the workspace has no such version.
    """
    found = _version(session, workspace_id, version)
    if found is None:
        return Answer(None, (), ())
    documents = read_documents(session, found.id, kind, name)
    return Answer(found, _moved(session, found.id), tuple(documents.values()))


def list_survival(
    session: Session, workspace_id: int, wanted: Wanted, version: int | None = None
) -> Answer:
    """The times to convert of each segment that is asked for.

    Raises:
        BenchmarkVersionUnknown: the workspace has no such version.
    """
    found = list_documents(session, workspace_id, SURVIVAL, version=version)
    chosen = [
        times
        for survival in found.data
        for times in survival.segments
        if wanted.takes(times.segment)
    ]
    return replace(found, data=chosen)


def list_first_times(
    session: Session, workspace_id: int, wanted: Wanted, version: int | None = None
) -> Answer:
    """The first times of each metric and segment that is asked for.

    Raises:
        BenchmarkVersionUnknown: the workspace has no such version.
    """
    found = list_documents(session, workspace_id, FIRST_TIMES, version=version, name=wanted.metric)
    chosen = [
        FirstTimesLine(
            of_metric.metric, of_metric.event, times.segment, times.accounts, times.curve
        )
        for of_metric in found.data
        for times in of_metric.segments
        if wanted.takes(times.segment)
    ]
    return replace(found, data=chosen)


def list_moved(
    session: Session, workspace_id: int, version: int, metrics: Collection[str]
) -> list[MetricDrift]:
    """Those of the metrics that trials did otherwise when a version was made; none without it."""
    known = session.execute(_summaries(workspace_id).where(BenchmarkVersion.id == version)).first()
    drift = None if known is None else read_documents(session, version, DRIFT).get("")
    compared = () if drift is None else drift.metrics
    return [each for each in compared if each.moved and each.metric in metrics]


def list_versions(session: Session, workspace_id: int) -> list[VersionSummary]:
    """The latest versions, the newest first; at most 100."""
    newest = _summaries(workspace_id).order_by(BenchmarkVersion.id.desc()).limit(MOST_VERSIONS)
    return [VersionSummary(*row) for row in session.execute(newest)]


def request_refresh(session: Session, workspace_id: int, now: datetime) -> datetime:
    """Have the worker work the benchmarks out again."""
    session.get_one(Workspace, workspace_id).benchmarks_requested_at = now
    return now


def _version(session: Session, workspace_id: int, version: int | None) -> VersionSummary | None:
    if version is None:
        applied = versions.current(session, workspace_id)
        latest = latest_version(session, workspace_id, applied.version_id)
        if latest is None:
            return None
        version = latest.id
    row = session.execute(_summaries(workspace_id).where(BenchmarkVersion.id == version)).first()
    if row is None:
        raise BenchmarkVersionUnknown(version)
    return VersionSummary(*row)


def _summaries(workspace_id: int) -> Select[int, datetime, int, int]:
    return (
        select(
            BenchmarkVersion.id,
            BenchmarkVersion.as_of,
            BenchmarkVersion.customers,
            DefinitionVersion.number,
        )
        .join(DefinitionVersion, DefinitionVersion.id == BenchmarkVersion.definition_version_id)
        .where(BenchmarkVersion.workspace_id == workspace_id)
    )


def _whole(session: Session, version_id: int, _wanted: Wanted) -> Iterator[BenchmarkLine]:
    for (metric, population, day), percentiles in load_rows(session, version_id).items():
        yield BenchmarkLine(metric, population, WHOLE, day, percentiles)


def _segments(session: Session, version_id: int, wanted: Wanted) -> Iterator[BenchmarkLine]:
    documents = read_documents(session, version_id, SEGMENTS, wanted.metric)
    for metric, document in documents.items():
        for row in document.rows:
            if wanted.takes(row.segment):
                yield BenchmarkLine(metric, row.population, row.segment, row.day, row.percentiles)


def _is_wanted(line: BenchmarkLine, wanted: Wanted) -> bool:
    return (
        wanted.metric in {None, line.metric}
        and wanted.population in {None, line.population}
        and wanted.day in {None, line.day}
    )


def _order(line: BenchmarkLine) -> tuple[str, int, bool, str, int]:
    value = line.segment.value
    return line.metric, POPULATIONS.index(line.population), value is None, value or "", line.day


def _moved(session: Session, version_id: int) -> Sequence[str]:
    drift = read_documents(session, version_id, DRIFT).get("")
    return () if drift is None else drift.moved
