"""What a benchmark measured, beside what it is held against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Result:
    """A measured value and its baseline, in the same unit."""

    name: str
    value: float
    unit: str
    baseline: float

    @property
    def ratio(self) -> float:
        """Value by baseline."""
        return round(self.value / self.baseline, 4)


def write(results: Sequence[Result], file: Path = FILE) -> None:
    """Write the results into a JSON list, one object each; those of other names stay."""
    rows = {row["name"]: row for row in (json.loads(file.read_text()) if file.exists() else [])}
    rows |= {result.name: {**asdict(result), "ratio": result.ratio} for result in results}
    file.write_text(json.dumps(list(rows.values()), indent=2) + "\n")
