"""What an export is: one file that reads rows as one product writes them when asked for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from pql.access import COMPANY
from usage_ingest.dialects.dialect import Dialect

Fields = Mapping[str, msgspec.Raw]
"""The fields of a row, each still as JSON."""
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen for an import.

    `account_group_type` is the kind of groups that are accounts; of Mixpanel the property that
    names them. `time_zone` is that of times that name none.
    """

    account_group_type: str = COMPANY
    time_zone: ZoneInfo = UTC_ZONE


@dataclass(frozen=True, slots=True)
class Sent:
    """A row as the product's SDK would have sent the event.

    `person_properties` (an object) and `group_properties` (by type and key of the group) are what
    the export says they were at that time, beside what the event itself does to them.
    `links_device`: see `CanonicalEvent`.
    """

    event: Mapping[str, Any]
    person_properties: msgspec.Raw | None = None
    group_properties: msgspec.Raw | None = None
    links_device: bool = False


class Export(Protocol):
    """Turns the rows of an export into events of a dialect, so that ids are those of live events.

    `dialect` translates what `sent` gives, as the call `call`.
    """

    dialect: Dialect
    call: str

    def sent(self, fields: Fields, choices: Choices) -> Sent:
        """The row as an SDK would have sent it.

        Raises:
            Unusable: it lacks something that every event of the export has.
        """
        ...
