"""What `python -m benchmarks.hostile` calls a failure, and that its attacks are what they seem."""

import pytest

from benchmarks.hostile.answers import Answers
from benchmarks.hostile.attacks.files import SMALL, with_metrics
from benchmarks.hostile.attacks.floods import limit_in
from benchmarks.hostile.outcome import Waits
from benchmarks.hostile.target import Answered
from pql.definitions.reading import read_definitions


@pytest.mark.parametrize(
    ("status", "body", "fails"),
    [
        (200, b"", False),
        (429, b"", False),
        (500, b'{"detail": "said"}', True),
        (503, b'{"detail": "The store is busy."}', False),
        (503, b'{"detail": ""}', True),
        (503, b"<html>", True),
        (0, b"", False),
    ],
)
def test_what_is_answered_5xx_without_a_reason_is_a_failure(
    status: int, body: bytes, *, fails: bool
) -> None:
    answers = Answers()
    answers.add("GET /", status, body)
    assert dict(answers.failures) == ({("GET /", status): 1} if fails else {})


def test_the_limit_of_events_is_read_from_the_refusal() -> None:
    words = b'{"detail": "1,000,000 events; a request may have 10,000 (EVENTS_PER_REQUEST)."}'
    assert limit_in(Answered(413, words), 1_000_000) == 10_000
    assert limit_in(Answered(413, b"too large"), 1_000_000) is None
    assert limit_in(Answered(200, words), 1_000_000) is None


def test_the_files_put_in_force_are_valid() -> None:
    assert list(read_definitions(SMALL, "small").metrics) == ["done"]
    assert len(read_definitions(with_metrics(5), "large").metrics) == 5


def test_the_longest_waits_are_not_averaged_away() -> None:
    waits = Waits.of([1.0] * 97 + [30.0] * 3)
    assert (waits.median, waits.p99, waits.longest) == (1.0, 30.0, 30.0)
