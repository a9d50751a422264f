"""What is waited for is told at once, then rarely, and at once again when it is something new."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from routes.clock import waiting
from routes.clock.waiting import TOLD_AGAIN_AFTER, Waiting


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as logged:
        monkeypatch.setattr(waiting, "log", structlog.get_logger())
        yield logged


def test_an_hour_of_tries_is_told_twelve_times(said: list[MutableMapping[str, Any]]) -> None:
    seconds = iter(range(3600))
    wait = Waiting(lambda: float(next(seconds)))
    for _ in range(3600):
        wait.tell("the lease is held", holder="another")
    assert len(said) == 3600 / TOLD_AGAIN_AFTER


def test_something_else_is_told_at_once(said: list[MutableMapping[str, Any]]) -> None:
    wait = Waiting(lambda: 7.0)
    wait.tell("the lease is held")
    wait.tell("the event store is in use")
    assert [each["event"] for each in said] == ["the lease is held", "the event store is in use"]


def test_the_next_wait_is_told_at_once(said: list[MutableMapping[str, Any]]) -> None:
    wait = Waiting(lambda: 7.0)
    wait.tell("the lease is held")
    wait.end()
    wait.tell("the lease is held")
    assert len(said) == 2
