"""What every job of the clock works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from pql.events.store import EventStore
from pql.setbacks import Setbacks
from pql.settings import Settings
from pql.state.store import State
from routes.clock.trouble import Trouble
from routes.endings import Ending
from usage_ingest.loading.careful import Care
from usage_ingest.translating.reading import Reader

Clock = Callable[[], datetime]


def clock() -> datetime:
    """The worker's clock: everything below is told what time it is."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """The two stores, the fence (called first in every transaction), and whether to stop.

    `reader` reads the journal for all loads, which may read ahead; `care` is for all loads, too.
    `clock` tells the time, which may be set forward and back while we work. `trouble` is what fails
    because of the event store's file.
    """

    state: State
    store: EventStore
    settings: Settings
    fence: Callable[[Session], None]
    ending: Ending
    reader: Reader
    clock: Clock = clock
    trouble: Trouble = field(default_factory=Trouble)
    setbacks: Setbacks = field(default_factory=Setbacks)
    care: Care = field(default_factory=Care)
