"""One row of a file becomes canonical events: an entry of `TRANSLATORS` for each kind of file.

The first event is the row's own. Its message id stays empty unless the file gives one; `running.py`
makes it of the content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pql.definitions.grammar import STATUSES
from pql.definitions.versions import current
from pql.delimited.words import is_missing
from pql.email_addresses import find_address
from pql.workspace_settings import settings_of
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.importers.cells import BadCell, Cells, Row, name_of
from usage_ingest.importers.mapping import Field, RowMapping
from usage_ingest.importers.message_ids import event_digest, message_id

KNOWN_FROM = "import"
LONGEST_KEY = 512
ALLOWED_KEY = f"at most {LONGEST_KEY} characters"
NOT_YET = frozenset({"trial", "free"})
"""Statuses that are no outcome where no time stands beside them."""


class NoOutcome(Exception):
    """Nothing became of the account yet: its row says no time."""


@dataclass(frozen=True, slots=True)
class Context:
    """What rows are read with: the mapping, the moment, and what a status may be called."""

    mapping: RowMapping
    now: datetime
    statuses: Mapping[str, str]
    """What a status column may say, in lower case, and the status that means."""


def context_of(session: Session, workspace_id: int, mapping: RowMapping, now: datetime) -> Context:
    """What the rows of a workspace are read with: its words for a status, and its time zone."""
    words = current(session, workspace_id).file.lifecycle.values
    in_zone = mapping.in_zone(settings_of(session, workspace_id).zone)
    return Context(in_zone, now, {**words, **{status: status for status in STATUSES}})


class RowReader:
    """The fields of one row by our names. `unknown` are cells that could not be read, of a row that
    goes in without them.
    """

    def __init__(self, row: Row, context: Context) -> None:
        self._fields = context.mapping.fields
        self._mapping = context.mapping
        self._context = context
        self._cells = Cells(row, context.mapping.formats)
        self.unknown: list[BadCell] = []

    def text(self, name: str) -> str | None:
        """The text of a field, `None` where it is not mapped or missing."""
        used = self._fields.get(name)
        return None if used is None else self._cells.text(used)

    def key(self, name: str) -> str | None:
        """An id; NULL, n/a and the like are none. Too long a one could not be kept."""
        text = self.text(name)
        if text is None or is_missing(text):
            return None
        if len(text) > LONGEST_KEY:
            raise BadCell(name_of(self._fields[name]), "too long", text, ALLOWED_KEY)
        return text

    def address(self, name: str) -> str | None:
        """An e-mail address, without the name that may stand before it."""
        text = self.key(name)
        address = None if text is None else find_address(text)
        if text is not None and address is None:
            allowed = "an address as in carl@example.com or Carl <carl@example.com>"
            raise BadCell(name_of(self._fields[name]), "not an e-mail address", text, allowed)
        return address

    def needed(self, name: str) -> str:
        """The id of a field that the mapping requires."""
        text = self.key(name)
        if text is None:
            raise self._missing(name)
        return text

    def time(self, name: str) -> datetime | None:
        """The moment of a field in UTC, `None` where it is not mapped or missing."""
        used = self._fields.get(name)
        return None if used is None else self._cells.time(used)

    def time_or_text(self, name: str) -> datetime | str | None:
        """The moment of a field without which the row can be used: as text where it is none."""
        try:
            return self.time(name)
        except BadCell as problem:
            self.unknown.append(problem.of_used_row())
            return self.text(name)

    def past(self, name: str) -> datetime | None:
        """A moment at which something happened: not after now."""
        moment = self.time(name)
        if moment is not None and moment > self._context.now:
            raise self._in_the_future(self._fields[name], moment)
        return moment

    def happened(self, name: str) -> datetime:
        """The moment of a field that the mapping requires."""
        moment = self.past(name)
        if moment is None:
            raise self._missing(name)
        return moment

    def status(self, name: str) -> str | None:
        """A status in our words."""
        said = self.text(name)
        if said is None:
            return None
        status = self._context.statuses.get(said.lower())
        if status is None:
            allowed = ", ".join(sorted(self._context.statuses))
            raise BadCell(name_of(self._fields[name]), "unknown status", said, allowed)
        return status

    def needed_status(self, name: str) -> str:
        """The status of a field that the mapping requires."""
        status = self.status(name)
        if status is None:
            raise self._missing(name)
        return status

    def is_constant(self, name: str) -> bool:
        """Whether a field is the same for every row."""
        used = self._fields.get(name)
        return used is not None and used.column is None

    def extras(self) -> dict[str, object]:
        """The traits or properties that are not missing."""
        values = {name: self._cells.value(used) for name, used in self._mapping.extras.items()}
        return {name: value for name, value in values.items() if value is not None}

    def extra(self, name: str) -> object:
        """One trait or property."""
        return self._cells.value(self._mapping.extras[name])

    def activities(self) -> list[tuple[str, datetime]]:
        """What a lead did and when, where the row says both."""
        done = []
        for activity in self._mapping.activities:
            event, at = self._cells.text(activity.event), self._cells.time(activity.time)
            if event is not None and at is not None:
                if at > self._context.now:
                    raise self._in_the_future(activity.time, at)
                done.append((event, at))
        return done

    def _missing(self, name: str) -> BadCell:
        return BadCell(name_of(self._fields[name]), "missing", None, "a value in every row")

    def _in_the_future(self, used: Field, moment: datetime) -> BadCell:
        allowed = f"not after now ({self._context.now:%Y-%m-%dT%H:%M:%SZ})"
        return BadCell(name_of(used), "in the future", moment.isoformat(), allowed)


def account_events(row: RowReader, now: datetime) -> list[CanonicalEvent]:
    """An account with its traits and where it stands.

    What the row says holds from its `time`; without one a trial holds from its start, and anything
    else is only known since now: an account that pays today did not pay since its trial began. A
    start that cannot be read is passed on as it is written, and is unknown.
    """
    status, started = row.status("status"), row.time_or_text("trial_started_at")
    start = started if isinstance(started, datetime) and status in {"trial", None} else None
    since = row.past("time") or start or now
    event = _event("group", "group", min(since, now), now)
    event.account_key = row.needed("id")
    event.traits = row.extras() | _given(name=row.text("name"))
    event.lifecycle = _given(
        status=status,
        plan=row.text("plan"),
        trial_started_at=_iso(started),
        trial_ends_at=_iso(row.time_or_text("trial_ends_at")),
    )
    return [event]


def usage_events(row: RowReader, now: datetime) -> list[CanonicalEvent]:
    """Something a person of an account did."""
    event = _event("track", row.needed("event"), row.happened("time"), now)
    event.message_id = row.key("id") or ""
    event.account_key, event.user_id = row.key("account"), row.key("contact")
    if event.account_key is None and event.user_id is None:
        raise BadCell("account", "missing", None, "an account, a contact or both in every row")
    event.properties = row.extras()
    return [event]


def outcome_events(row: RowReader, now: datetime) -> list[CanonicalEvent]:
    """What became of an account: it paid, or it left.

    Raises:
        NoOutcome: the row says no time, and no status that would need one.
    """
    key, status, at = row.needed("account"), row.status("becomes"), row.past("time")
    if at is None and (status is None or status in NOT_YET or row.is_constant("becomes")):
        raise NoOutcome
    event = _event("group", "group", row.happened("time"), now)
    event.account_key = key
    plan = row.text("plan")
    event.lifecycle = {"status": row.needed_status("becomes")} | _given(plan=plan)
    return [event]


def lead_events(row: RowReader, now: datetime) -> list[CanonicalEvent]:
    """A person who showed interest, the account they belong to, and what they did.

    What follows the row's own event has ids of its own content: it counts once, also when a trait
    of the row changes.
    """
    email = row.address("email")
    person = row.key("id") or (email.lower() if email is not None else None)
    if person is None:
        raise BadCell("email", "missing", None, "an id, an email or both in every row")
    account, at = row.key("account"), row.past("time") or now
    identify = _event("identify", "identify", at, now)
    identify.traits = row.extras() | _given(email=email)
    belongs = [_event("group", "group", at, now)] if account is not None else []
    did = [_event("track", name, when, now) for name, when in row.activities()]
    events = [identify, *belongs, *did]
    for event in events:
        event.user_id, event.account_key = person, account
    for event in events[1:]:
        event.message_id = message_id(event_digest(event), 0)
    return events


Translator = Callable[[RowReader, datetime], list[CanonicalEvent]]

TRANSLATORS: Mapping[str, Translator] = {
    "accounts": account_events,
    "events": usage_events,
    "outcomes": outcome_events,
    "leads": lead_events,
}


def _event(kind: str, name: str, occurred_at: datetime, now: datetime) -> CanonicalEvent:
    return CanonicalEvent(
        kind=kind,
        name=name,
        message_id="",
        occurred_at=occurred_at,
        received_at=now,
        known_from=KNOWN_FROM,
    )


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _iso(moment: datetime | str | None) -> str | None:
    return moment.isoformat() if isinstance(moment, datetime) else moment
