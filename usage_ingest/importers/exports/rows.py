"""One row of an export becomes an event, with the message id that it has live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgspec

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.dialect import Circumstances
from usage_ingest.dialects.flaws import Unusable
from usage_ingest.importers.cells import BadCell
from usage_ingest.importers.exports.export import Choices, Export, Fields, Sent
from usage_ingest.importers.exports.fields import fields_of, values_of
from usage_ingest.importers.exports.said_before import SaidBefore
from usage_ingest.importers.message_ids import Occurrences, content_digest, message_id
from usage_ingest.importers.open_file import NumberedRow
from usage_ingest.importers.rows import KNOWN_FROM
from usage_ingest.traits import SET

NO_ENTRY = -1


@dataclass(frozen=True, slots=True)
class ExportedEvent:
    """An event, and the row that it was: which of which file."""

    event: CanonicalEvent
    sent: Sent
    number: int
    file: str


class ExportReader:
    """Reads the rows of one import. `now` is its moment, `largest` the bytes of a row at most."""

    def __init__(self, export: Export, choices: Choices, now: datetime, largest: int) -> None:
        self.now = now
        self._export = export
        self._choices = choices
        self._largest = largest
        self._said = SaidBefore()
        self._circumstances = Circumstances(
            call=export.call,
            received_at=now,
            sent_at=None,
            path="",
            position=0,
            entry_id=NO_ENTRY,
            account_group_type=choices.account_group_type,
        )

    def read(self, row: NumberedRow, seen: Occurrences) -> ExportedEvent:
        """The event of a row. Where the export gives it no id, its content is its id.

        Raises:
            BadCell: the row cannot be used.
        """
        if row.problem is not None:
            raise row.problem
        if row.size > self._largest:
            allowed = f"at most {self._largest:,} bytes"
            raise BadCell("", "event_too_large", f"{row.size:,} bytes", allowed)
        try:
            sent = self._export.sent(cast(Fields, row.cells), self._choices)
            event = self._translate(sent)
        except Unusable as problem:
            raise _bad_cell(problem.reason, problem.detail) from problem
        event.known_from = KNOWN_FROM
        event.links_device = event.links_device or sent.links_device
        if event.message_id == self._circumstances.fallback_id:
            event.message_id = _content_id(event, row.file, seen)
        return ExportedEvent(event, sent, row.number, row.file)

    def with_properties(self, exported: ExportedEvent) -> CanonicalEvent:
        """The event, which also says what the person and the account were like, where that is new.

        Raises:
            BadCell: it holds what cannot be stored.
        """
        try:
            self._add_person(exported.event, exported.sent.person_properties)
            self._add_account(exported.event, exported.sent.group_properties)
            return exported.event
        except Unusable as problem:
            raise _bad_cell(problem.reason, problem.detail) from problem

    def _translate(self, sent: Sent) -> CanonicalEvent:
        encoded = msgspec.json.encode(sent.event)
        event = self._export.dialect.translate(encoded, self._circumstances)
        if isinstance(event, Rejected):
            raise _bad_cell(event.reason, event.detail)
        if event.clamped_from is not None:
            allowed = f"not after now ({self.now:%Y-%m-%dT%H:%M:%SZ})"
            raise BadCell("", "in the future", event.clamped_from.isoformat(), allowed)
        return event

    def _add_person(self, event: CanonicalEvent, properties: msgspec.Raw | None) -> None:
        key = event.user_id or event.anonymous_id
        if properties is None or key is None:
            return
        if self._said.is_new("person", key, bytes(properties)):
            values = values_of(properties, "the person's properties")
            event.person_changes = [(SET, values), *event.person_changes]

    def _add_account(self, event: CanonicalEvent, groups: msgspec.Raw | None) -> None:
        key = event.account_key
        if groups is None or key is None:
            return
        if self._said.is_new("account", key, bytes(groups)):
            values = self._properties_of(key, groups)
            event.account_changes = [(SET, values), *event.account_changes] if values else []

    def _properties_of(self, key: str, groups: msgspec.Raw) -> dict[str, Any]:
        """The properties of one group among those of all types and keys."""
        place = "group_properties"
        of_type = fields_of(groups, place).get(self._choices.account_group_type)
        own = fields_of(of_type, place).get(key)
        return {} if own is None else values_of(own, place)


def _content_id(event: CanonicalEvent, file: str, seen: Occurrences) -> str:
    """Equal rows of a file are different events; an equal row of another file is the same one."""
    digest = content_digest(
        *(event.kind, event.name, event.occurred_at),
        *(event.user_id, event.anonymous_id, event.previous_id, event.account_keys()),
        *(event.properties, event.traits, event.person_changes, event.account_changes),
    )
    return message_id(digest, seen.count(content_digest(file, digest)))


def _bad_cell(reason: str, detail: str) -> BadCell:
    """A rejection as the file of rejected rows tells it."""
    place, _, what = detail.partition(": ")
    found, _, allowed = what.partition("; allowed: ")
    return BadCell(place.removeprefix("the event"), reason, found.removeprefix("found "), allowed)
