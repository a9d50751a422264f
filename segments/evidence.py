"""What was known of accounts when they were decided on, as it is kept with a result.

A line of JSON: the trial day, the status, the numbers of the metrics in the order of the definition
file, and the values of the traits that its rules ask for, by name. With the file and the benchmarks
it says all that a decision rests on, so the decision and every word about it can be worked out
again. NaN is null, and infinity is "never".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, nan
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pql.definitions.model import DefinitionFile
from pql.rules.comparing import Numbers
from pql.rules.facts import Days
from pql.state.store import json_text, read_json
from segments.deciding import Subjects
from segments.resting import traits_asked

NEVER = "never"

_encoder = msgspec.json.Encoder()


def as_evidence(
    days: Days,
    statuses: npt.NDArray[np.str_],
    metrics: Mapping[str, Numbers],
    traits: Mapping[str, Iterable[Any]],
) -> list[str]:
    """The evidence of each account."""
    numbers = {name: _storable(column) for name, column in metrics.items()}
    values = (_by_account(each, len(days)) for each in (numbers, traits))
    rows = list(zip(days.tolist(), statuses.tolist(), *values, strict=True))
    try:
        return _encoder.encode_lines(rows).decode().split("\n")[: len(rows)]
    except UnicodeEncodeError:  # half of a surrogate pair
        return [json_text(row) for row in rows]


def read_evidence(evidence: Iterable[str], file: DefinitionFile) -> Subjects:
    """Those of whom it is, as they were decided on by a file."""
    rows = [read_json(each) for each in evidence]
    days, statuses, numbers, traits = zip(*rows, strict=True) if rows else ((), (), (), ())
    values = _values(numbers)
    metrics = zip(file.metrics, values.reshape(len(rows), -1).T, strict=True) if rows else ()
    return Subjects(
        statuses=statuses,
        traits={
            name: [row[place] for row in traits] for place, name in enumerate(traits_asked(file))
        },
        trial_days=np.array(days, dtype=np.int64),
        metrics=dict(metrics),
    )


def _by_account(columns: Mapping[str, Iterable[Any]], size: int) -> Iterator[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True) if columns else iter([()] * size)


def _storable(column: Numbers) -> list[Any]:
    stored: list[Any] = column.tolist()
    for place in np.flatnonzero(np.isinf(column)).tolist():
        stored[place] = NEVER
    return stored


def _values(rows: Sequence[Sequence[float | str | None]]) -> npt.NDArray[np.float64]:
    try:
        return np.array(rows, dtype=np.float64)  # which takes None for NaN
    except ValueError:  # a word among them
        return np.array([[_number(each) for each in row] for row in rows], dtype=np.float64)


def _number(value: float | str | None) -> float:
    if value is None:
        return nan
    return inf if value == NEVER else float(value)
