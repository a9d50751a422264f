"""`python -m benchmarks`: measure everything, print it and write `results.json`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.freshness import measure_freshness
from benchmarks.results import Result, write

MEASUREMENTS: Sequence[Callable[[Path], Result]] = (measure_freshness,)


def main() -> None:
    """Give each measurement an empty folder."""
    results = []
    for measure in MEASUREMENTS:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(Path(folder))
        print(f"{result.name}: {result.value:g} {result.unit} ({result.ratio:g} of the baseline)")
        results.append(result)
    write(results)


if __name__ == "__main__":
    main()
