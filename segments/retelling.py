"""Tells why results are what they are, from what is kept of them.

The explanation is worked out by the code that decided, from the same evidence and by the same
versions of the definition and the benchmark: it is the same however much later it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pql.accounts.reasons import Document, Kept
from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.repository import load_version
from pql.definitions import versions
from pql.definitions.versions import AppliedDefinitions
from segments.deciding import Decisions, decide
from segments.evidence import read_evidence
from segments.explanation import Basis, explain, explain_failure, explain_in_a_sentence
from segments.judging import apart

Tell = Callable[[Decisions, Basis, Sequence[datetime]], list[Document]]


def retell(session: Session, workspace_id: int, results: Sequence[Kept]) -> list[Document]:
    """The explanation of each result of a workspace's accounts, those of one definition at once.

    A result that rests on no evidence has an explanation of its own.
    """
    return _retell(session, workspace_id, results, explain)


def retell_in_a_sentence(
    session: Session, workspace_id: int, results: Sequence[Kept]
) -> list[Document]:
    """As `retell`, but only what a list shows: for lists, many times as fast."""
    return _retell(
        session, workspace_id, results, lambda decisions, *_: explain_in_a_sentence(decisions)
    )


def _retell(
    session: Session, workspace_id: int, results: Sequence[Kept], tell: Tell
) -> list[Document]:
    told: list[Document] = [result.explanation or {} for result in results]
    by_versions = defaultdict(list)
    for place, result in enumerate(results):
        if result.evidence is not None:
            key = result.definition_version_id, result.benchmark_version_id, result.definition
            by_versions[key].append(place)
    for places in by_versions.values():
        alike = [results[place] for place in places]
        explained = _retell_alike(session, workspace_id, alike, tell)
        for place, explanation in zip(places, explained, strict=True):
            told[place] = explanation
    return told


def _retell_alike(
    session: Session, workspace_id: int, results: Sequence[Kept], tell: Tell
) -> list[Document]:
    """Of results of one definition by the same versions."""
    applied, benchmarks = _versions(session, workspace_id, results[0])
    basis = Basis(applied.number, benchmarks)
    definition = applied.file.definitions[results[0].definition]

    def explain_some(first: int, last: int) -> list[Document]:
        some = results[first:last]
        subjects = read_evidence([each.evidence or "" for each in some], applied.file)
        decisions = decide(applied.file, definition, subjects, benchmarks)
        return tell(decisions, basis, [each.evaluated_at for each in some])

    explained: list[Document] = []
    for first, _, done in apart(len(results), explain_some):
        if isinstance(done, Exception):
            at = results[first].evaluated_at
            explained.append(explain_failure(definition.name, done, basis, at))
        else:
            explained += done
    return explained


def _versions(
    session: Session, workspace_id: int, result: Kept
) -> tuple[AppliedDefinitions, Benchmarks]:
    """By which versions it was decided."""
    applied = versions.applied(session, workspace_id, result.definition_version_id or 0)
    if result.benchmark_version_id is None:
        return applied, Benchmarks({})
    benchmarks = load_version(session, workspace_id, result.benchmark_version_id, applied.file)
    return applied, benchmarks or Benchmarks({})
