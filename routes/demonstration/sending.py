"""Plays simulated calls through segment-analytics-python, as a product would make them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pql.simulation.model import Call

SENDING_THREADS = 4
CALLS_IN_A_REQUEST = 500
TICK = 0.1


class SdkMissing(Exception):
    """The SDK is an optional requirement, and it is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "the demonstration sends its events with segment-analytics-python, which is not "
            "installed: pip install 'pql[demo]'"
        )


class NotDelivered(Exception):
    """The SDK gave up on some of the events."""


class Sender:
    """The SDK, set to send a few months of history in seconds.

    Raises:
        SdkMissing: segment-analytics-python is not installed.
    """

    def __init__(self, url: str, write_key: str, most_calls: int) -> None:
        try:
            from segment.analytics.client import Client  # noqa: PLC0415 - an optional requirement
        except ImportError as missing:
            raise SdkMissing from missing
        self._failures: list[str] = []
        self._client = Client(
            write_key,
            host=url,
            max_queue_size=most_calls,
            upload_size=CALLS_IN_A_REQUEST,
            thread=SENDING_THREADS,
            on_error=lambda error, _batch: self._failures.append(str(error)),
        )

    def send(self, calls: Sequence[Call], tell: Callable[[int], None]) -> None:
        """Send the calls and wait until they are acknowledged; `tell` hears how many are under way.

        Raises:
            NotDelivered: the SDK gave up on some.
        """
        for call in calls:
            self._enqueue(call)
        while waiting := self._client.queue.qsize():
            tell(len(calls) - waiting)
            time.sleep(TICK)
        self._client.flush()
        tell(len(calls))
        if self._failures:
            raise NotDelivered(f"{len(self._failures)} requests failed: {self._failures[0]}")

    def _enqueue(self, call: Call) -> None:
        common = {"timestamp": call.at, "message_id": call.message_id}
        content = dict(call.content)
        if call.kind == "track":
            self._client.track(call.user_id, call.name, content, **common)
        elif call.kind == "group":
            self._client.group(call.user_id, call.group_id, content, **common)
        else:
            self._client.identify(call.user_id, content, **common)

    def close(self) -> None:
        """End the SDK's threads."""
        self._client.shutdown()
