"""The samples, packed as each product packs its exports."""

import gzip
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SAMPLES = Path(__file__).parent / "samples"
TIMES = ("timestamp", "created_at", "_inserted_at")


def sample(tool: str) -> bytes:
    return (SAMPLES / f"{tool}.jsonl").read_bytes()


def rows(tool: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sample(tool).splitlines()]


def live(tool: str) -> bytes:
    """A request that brought some of the same events."""
    return (SAMPLES / f"{tool}.live.json").read_bytes()


def archive(tool: str) -> bytes:
    """A zip archive of packed files with a line each, as Amplitude gives them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for hour, line in enumerate(sample(tool).splitlines()):
            name = f"100000/100000_2026-02-10_{hour}#0.json.gz"
            written.writestr(name, gzip.compress(line + b"\n"))
    return packed.getvalue()


def parquet(tool: str) -> bytes:
    """PostHog's Parquet: objects as text, times as timestamps."""
    columns = {name: [_cell(name, row[name]) for row in rows(tool)] for name in rows(tool)[0]}
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed, compression="zstd")
    return packed.getvalue()


def _cell(name: str, value: Any) -> Any:
    if name in TIMES:
        return datetime.fromisoformat(value)
    return json.dumps(value) if isinstance(value, dict) else value


def written(folder: Path, tool: str) -> Path:
    """An export of that product, as it comes."""
    match tool:
        case "amplitude":
            path, content = folder / "export.zip", archive(tool)
        case "posthog":
            path, content = folder / "2026-02-10.parquet.zst", parquet(tool)
        case "mixpanel":
            path, content = folder / "export.txt", sample(tool)
        case _:
            path, content = folder / "1770714000.source.gz", gzip.compress(sample(tool))
    path.write_bytes(content)
    return path
