"""How quickly an export of another product goes in, and how much memory that takes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.importing.files import MAPPING, write_csv, write_export
from benchmarks.loading.memory import LOOK_EVERY, family, resident
from benchmarks.loading.speed import MILLION
from benchmarks.results import Result
from benchmarks.service import PQL, Service, ServiceFailed, free_port

ROWS = 10 * MILLION
FEW = 10
"""A tenth of the rows shows whether the memory depends on their number."""


@dataclass(frozen=True, slots=True)
class _Imported:
    rows_per_second: float
    memory: float
    """MiB: the most of the command and the processes that it starts, shared pages twice."""


def measure_import_export(folder: Path, rows: int = ROWS) -> list[Result]:
    """Rows a second from the file to the event store, beside the same events as CSV."""
    few = _import_export(folder / "few", rows // FEW)
    export = _import_export(folder / "export", rows)
    table = _import_csv(folder / "csv", rows)
    print(f"  {rows:,} rows: {export}; a tenth: {few}; CSV: {table}")
    speeds = round(export.rows_per_second), round(table.rows_per_second)
    return [
        Result("import_export", speeds[0], "rows/s", speeds[1]),
        Result("import_export_memory", round(export.memory), "MiB", round(few.memory)),
    ]


def _import_export(folder: Path, rows: int) -> _Imported:
    folder.mkdir()
    path = folder / "export.zip"
    write_export(path, rows)
    return _import(folder, rows, path, "export", path, "--from", "amplitude")


def _import_csv(folder: Path, rows: int) -> _Imported:
    folder.mkdir()
    path, mapping = folder / "events.csv.gz", folder / "mapping.yaml"
    write_csv(path, rows)
    mapping.write_text(MAPPING)
    return _import(folder, rows, path, "events", path, "--mapping", mapping)


def _import(folder: Path, rows: int, read: Path, *arguments: str | Path) -> _Imported:
    stores = {
        "DATABASE_URL": f"sqlite:///{folder / 'state.db'}",
        "EVENTS_URL": f"duckdb:///{folder / 'events.duckdb'}",
    }
    service = Service(folder, {**os.environ, **stores}, free_port())
    service.run("workspace", "create", "owner")
    started = time.perf_counter()
    memory = _watched(["import", *arguments, "--workspace", "owner"], service.environment, folder)
    seconds = time.perf_counter() - started
    if (stored := service.stats("owner")["stored"]) != rows:
        raise ServiceFailed(f"{stored:,} events are stored, not {rows:,}")
    read.unlink()
    return _Imported(rows / seconds, memory)


def _watched(arguments: list[str | Path], environment: Mapping[str, str], folder: Path) -> float:
    """Run a command; the most memory that it had."""
    most = 0.0
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([PQL, *arguments], env=environment, stdout=log, stderr=log)
        while process.poll() is None:
            most = max(most, sum(map(resident, family(process.pid))))
            time.sleep(LOOK_EVERY)
    if process.returncode:
        raise ServiceFailed((folder / "log").read_text()[-2_000:])
    return most
