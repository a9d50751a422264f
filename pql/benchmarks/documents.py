"""What else is worked out with a version of the benchmarks, and how it is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from pql.benchmarks.by_segment import SegmentRows, segment_rows
from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.computing import Measured
from pql.benchmarks.curves import ConversionCurve, conversion_curves
from pql.benchmarks.drifting import Drift, find_drift
from pql.benchmarks.judging import Judge
from pql.benchmarks.retention import Retention, retention_by_week
from pql.benchmarks.segmenting import label_accounts
from pql.benchmarks.survival import FirstTimes, Survival, first_times, times_to_convert
from pql.definitions.model import DefinitionFile
from pql.state.models import BenchmarkDocument
from pql.trials import Evidence, Traits, observation_days

SEGMENTS = "segments"
CURVE = "curve"
SURVIVAL = "survival"
FIRST_TIMES = "first_times"
DRIFT = "drift"
RETENTION = "retention"

KINDS: Mapping[str, type[Any]] = {
    SEGMENTS: SegmentRows,
    CURVE: ConversionCurve,
    SURVIVAL: Survival,
    FIRST_TIMES: FirstTimes,
    DRIFT: Drift,
    RETENTION: Retention,
}
"""What each kind of document is. `segments`, `curve` and `first_times` are kept by metric,
`retention` by definition; of the others there is one."""

Documents = Mapping[tuple[str, str], Any]
"""By kind and name."""


def compute_documents(
    file: DefinitionFile,
    evidence: Evidence,
    measured: Sequence[Measured],
    benchmarks: Benchmarks,
    traits: Traits,
) -> Documents:
    """Everything that belongs to a version besides its rows; nothing before there are rows.

    Args:
        measured: what the rows were made from.
        benchmarks: the rows, which definitions may compare with.
        traits: those that segments and criteria ask for.
    """
    if not measured:
        return {}
    labels = label_accounts(evidence, file, traits)
    judges = [
        Judge(file, definition, observation_days(file, definition), benchmarks, traits)
        for definition in file.definitions.values()
    ]
    return {
        **_named(SEGMENTS, segment_rows(measured, labels)),
        **_named(CURVE, conversion_curves(file, evidence)),
        (SURVIVAL, ""): times_to_convert(file, evidence, labels),
        **_named(FIRST_TIMES, first_times(file, evidence, labels)),
        (DRIFT, ""): find_drift(file, evidence),
        **{
            (RETENTION, judge.definition.name): retention_by_week(evidence, judge)
            for judge in judges
        },
    }


def save_documents(session: Session, version_id: int, documents: Documents) -> None:
    """Keep the documents of a version in place of those it had."""
    session.execute(delete(BenchmarkDocument).where(BenchmarkDocument.version_id == version_id))
    rows = [
        {
            "version_id": version_id,
            "kind": kind,
            "name": name,
            "content": msgspec.to_builtins(value),
        }
        for (kind, name), value in documents.items()
    ]
    if rows:
        session.execute(insert(BenchmarkDocument), rows)


def read_documents(
    session: Session, version_id: int, kind: str, name: str | None = None
) -> dict[str, Any]:
    """The documents of a kind by name, as the type in `KINDS`; only that of `name`, if given."""
    chosen = [BenchmarkDocument.version_id == version_id, BenchmarkDocument.kind == kind]
    if name is not None:
        chosen.append(BenchmarkDocument.name == name)
    found = session.execute(
        select(BenchmarkDocument.name, BenchmarkDocument.content)
        .where(*chosen)
        .order_by(BenchmarkDocument.name)
    )
    return {row.name: msgspec.convert(row.content, KINDS[kind]) for row in found}


def read_all(
    session: Session, version_id: int, kinds: Collection[str]
) -> dict[tuple[str, str], Any]:
    """The documents of some kinds by kind and name, in one query."""
    found = session.execute(
        select(BenchmarkDocument.kind, BenchmarkDocument.name, BenchmarkDocument.content).where(
            BenchmarkDocument.version_id == version_id, BenchmarkDocument.kind.in_(sorted(kinds))
        )
    )
    return {(row.kind, row.name): msgspec.convert(row.content, KINDS[row.kind]) for row in found}


def _named(kind: str, values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    return {(kind, name): value for name, value in values.items()}
