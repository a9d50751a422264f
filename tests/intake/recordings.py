"""Requests that real SDKs sent, and what the translators make of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.translation import translate_entries

RECEIVED_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT_LIMIT = 1024 * 1024
SOURCE = 2


def recorded(name: str) -> list[dict[str, Any]]:
    """The requests of an SDK, whose name and version the file has."""
    (path,) = (Path(__file__).parent / "recorded").glob(f"{name}-*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def translate(
    channel: str, call: str, body: object, group_type: str = "company"
) -> list[CanonicalEvent | Rejected]:
    """What becomes of every event of a body, given as bytes or as JSON to be."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    entry = StoredEntry(1, SOURCE, channel, call, RECEIVED_AT, 1, content, 9)
    (results,) = translate_entries([entry], EVENT_LIMIT, group_types={SOURCE: group_type})
    return list(results)


def events(
    channel: str, call: str, body: object, group_type: str = "company"
) -> list[CanonicalEvent]:
    """The events of a body all of whose events are good."""
    results = translate(channel, call, body, group_type)
    good = [result for result in results if isinstance(result, CanonicalEvent)]
    assert len(good) == len(results), results
    return good


def reason(channel: str, call: str, body: object) -> tuple[str, str]:
    """Why the one event of a body cannot be used."""
    (result,) = translate(channel, call, body)
    assert isinstance(result, Rejected), result
    return result.reason, result.detail
