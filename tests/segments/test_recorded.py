"""Explanations stay word for word what they were: these were recorded account by account.

The accounts differ in everything a rule can ask about, unknown values, odd traits and days without
a benchmark included.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.percentiles import Percentiles
from pql.definitions.reading import read_definitions
from segments.deciding import Subjects, decide
from segments.explanation import Basis, explain

FOLDER = Path(__file__).parent / "recorded"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
RECORDED = json.loads((FOLDER / "explanations.json").read_text())
FILE = read_definitions((FOLDER / "definitions.yaml").read_text(), "recorded.yaml")
TRAITS = ("employees", "plan")
NUMBERS = {"nan": nan, "never": inf}


def benchmarks() -> Benchmarks:
    rows = {
        (metric, population, day): Percentiles(*figures)
        for metric, population, day, figures in RECORDED["benchmarks"]
    }
    return Benchmarks(rows, 9, frozenset({"idle"}))


def explained(accounts: list[dict[str, Any]], definition: str) -> list[Any]:
    subjects = Subjects(
        statuses=[each["status"] for each in accounts],
        traits={name: [each["traits"].get(name) for each in accounts] for name in TRAITS},
        trial_days=np.array([each["trial_day"] for each in accounts]),
        metrics={
            name: np.array(
                [NUMBERS.get(each["metrics"][name], each["metrics"][name]) for each in accounts],
                dtype=np.float64,
            )
            for name in FILE.metrics
        },
    )
    known = benchmarks()
    decisions = decide(FILE, FILE.definitions[definition], subjects, known)
    explanations = explain(decisions, Basis(4, known), [NOW] * len(accounts))
    return [json.loads(json.dumps(each)) for each in explanations]


@pytest.mark.parametrize("definition", FILE.definitions)
def test_an_explanation_is_what_it_was_when_it_was_recorded(definition: str) -> None:
    accounts = [each for each in RECORDED["accounts"] if each["definition"] == definition]
    assert len(accounts) > 20
    for account, explanation in zip(accounts, explained(accounts, definition), strict=True):
        assert explanation == account["explanation"]


@pytest.mark.parametrize("definition", FILE.definitions)
def test_an_account_alone_is_explained_as_among_others(definition: str) -> None:
    accounts = [each for each in RECORDED["accounts"] if each["definition"] == definition][:10]
    assert [explained([account], definition)[0] for account in accounts] == explained(
        accounts, definition
    )
