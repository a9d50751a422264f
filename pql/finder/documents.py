"""A finding as JSON can hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pql.finder.alarms import NOT_SEARCHED
from pql.finder.answers import Answer
from pql.finder.finding import Judged
from pql.finder.sentences import (
    ASSOCIATION,
    Wording,
    candidate_text,
    conclusion,
    judged_sentence,
    more_sentences,
    not_holding,
    not_searched_question,
    verdict_sentence,
)


def document(answer: Answer) -> dict[str, Any]:
    """Everything about the finding; unknown figures are `null`.

    `candidates` are as a table shows them: what is recommended, its rivals, then the best others.
    `definition` is the YAML to adopt it. Where there is none for what is recommended,
    `why_no_definition` says why.
    """
    finding, wording = answer.finding, answer.wording
    return {
        "verdict": verdict_sentence(finding, wording),
        "conclusion": conclusion(finding, wording),
        "recommended": _optional(finding.recommended, wording),
        "reason": finding.reason,
        "more": list(more_sentences(finding, wording)),
        "warnings": [
            {**asdict(each), "is_set_aside": each.kind in NOT_SEARCHED} for each in finding.alarms
        ],
        "not_searched": [asdict(each) for each in finding.not_searched],
        "question": not_searched_question(finding),
        "file": list(answer.told),
        "units": wording.units,
        "claim": finding.claim,
        "split": {
            "note": finding.split_note,
            "searched": asdict(finding.searched),
            "confirming": asdict(finding.confirming) if finding.confirming else None,
            "in_gap": finding.in_gap,
            "gap_days": finding.gap_days,
        },
        "left_out": dict(finding.left_out),
        "tried": finding.tried,
        "refused": finding.refused,
        "permutations": finding.runs,
        "candidates": _all(finding.shown, wording),
        "popular": _all(finding.popular, wording),
        "popular_not_holding": [
            candidate_text(each.candidate, wording) for each in not_holding(finding)
        ],
        "strongest": _optional(finding.strongest, wording),
        "corrected": asdict(finding.corrected) if finding.corrected else None,
        "definition": answer.adopted.text,
        "why_no_definition": answer.adopted.why_not,
        "note": ASSOCIATION,
    }


def _all(candidates: Sequence[Judged], wording: Wording) -> list[dict[str, Any]]:
    return [_candidate(each, wording) for each in candidates]


def _optional(judged: Judged | None, wording: Wording) -> dict[str, Any] | None:
    return None if judged is None else _candidate(judged, wording)


def _candidate(judged: Judged, wording: Wording) -> dict[str, Any]:
    """The confirmation comes first: the search saw the best of many."""
    parts = judged.candidate.parts
    return {
        "condition": candidate_text(judged.candidate, wording),
        "require": judged.candidate.require,
        "parts": [
            {"column": wording.columns[part.column].name, "at_least": part.threshold}
            for part in parts
        ],
        "verdict": judged.judgement.verdict,
        "verdict_reason": judged.judgement.reason,
        "confirmed_on": asdict(judged.later) if judged.later else None,
        "found_on": asdict(judged.found),
        "p_value": judged.p_value,
        "q_value": judged.q_value,
        "sentence": judged_sentence(judged, wording),
    }
