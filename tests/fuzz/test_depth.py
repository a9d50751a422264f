"""What intake could just read, the loader can read, however deep it stands itself."""

import json
from collections.abc import Callable
from typing import TypeVar

from tests.fixtures.loading import RECEIVED_AT, track
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.dialects import DIALECTS
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.translation import translate_entries

Value = TypeVar("Value")


def deeper(frames: int, call: Callable[[], Value]) -> Value:
    return deeper(frames - 1, call) if frames else call()


def test_a_good_event_beside_one_that_is_nested_deeply_is_translated() -> None:
    nested = "[" * 600 + "]" * 600
    body = f'{{"batch": [{nested}, {json.dumps(track("good"))}]}}'.encode()
    assert len(DIALECTS["segment"].take_apart("batch", body).events) == 2
    entry = StoredEntry(1, 1, "segment", "batch", RECEIVED_AT, 2, body, id=1)
    ((_, good),) = deeper(400, lambda: translate_entries([entry], event_limit=10_000))
    assert isinstance(good, CanonicalEvent)
