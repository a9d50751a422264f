"""Events held to the workspace's tracking plan, in the load that stores them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec
import pyarrow as pa

from pql.plans.checking import Violation, violations
from pql.plans.model import QUARANTINE, Plan
from pql.plans.recording import Seen
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.loading.judging import Judged
from usage_ingest.translating.translation import Translated

PLAN_VIOLATION = "plan_violation"
LONGEST_DETAIL = 1_000

Place = tuple[int, int]
"""A journal entry and the place in it."""


class Planning:
    """Finds violations before the fates are decided, and tells afterwards which of them count.

    `columns`: those of the load (see `Taken`).
    """

    def __init__(self, plan: Plan | None, columns: pa.RecordBatch) -> None:
        self._plan = plan
        self._properties = columns["properties"]
        self._found: dict[Place, tuple[str, tuple[Violation, ...]]] = {}

    @property
    def has_plan(self) -> bool:
        """Whether events are held to anything."""
        return self._plan is not None

    def hold(self, messages: Sequence[Translated]) -> Sequence[Translated]:
        """The messages; where the plan says so, those that violate it as rejected ones."""
        plan = self._plan
        return messages if plan is None else [self._held(plan, message) for message in messages]

    def seen(self, judged: Judged) -> Iterator[Seen]:
        """The violations of what was stored or quarantined: what came twice counts once."""
        if self._found:
            quarantined = (message for message, _ in judged.quarantined)
            yield from self._seen(chain(judged.stored, quarantined))

    def _held(self, plan: Plan, message: Translated) -> Translated:
        event = message.result
        if not isinstance(event, CanonicalEvent) or event.kind != "track":
            return message
        properties = msgspec.json.decode(self._properties[message.row].as_py())
        found = violations(plan, event.name, properties)
        if not found:
            return message
        self._found[_place(message)] = (event.name, found)
        if plan.on_violation != QUARANTINE:
            return message
        detail = "; ".join(map(str, found))[:LONGEST_DETAIL]
        # The quarantine keeps the event as it was sent.
        refused = Rejected(PLAN_VIOLATION, detail, event.message_id)
        return Translated(message.entry, message.position, refused)

    def _seen(self, messages: Iterable[Translated]) -> Iterator[Seen]:
        for message in messages:
            name, found = self._found.get(_place(message), ("", ()))
            for violation in found:
                message_id = message.result.message_id or ""
                yield Seen(name, violation, message_id, message.entry.received_at)


def _place(message: Translated) -> Place:
    return message.entry.id, message.position
