"""Reading a mapping file: YAML, checked with marshmallow, every mistake with its line and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError, fields, post_load

from pql.definitions.fields import (
    Described,
    Section,
    checked,
    choice,
    phrase,
    read_list,
    read_mapping,
    text,
)
from pql.definitions.grammar import STATUSES
from pql.definitions.problems import DefinitionError
from pql.definitions.reading import find_problems
from pql.definitions.yaml_lines import read_yaml
from pql.delimited.formats import (
    DECIMALS_ALLOWED,
    DELIMITERS_ALLOWED,
    ENCODINGS_ALLOWED,
    THOUSANDS_ALLOWED,
    TIME_FORMATS_ALLOWED,
    FileFormat,
    read_decimal,
    read_delimiter,
    read_encoding,
    read_thousands,
    read_time_format,
)
from usage_ingest.importers.cells import TYPES
from usage_ingest.importers.mapping import (
    Activity,
    Field,
    Formats,
    RowMapping,
    with_file_format,
)

SOURCE = "the name of a column, or a mapping with column or value (and a type)"
MISSING = "a list of the texts that mean missing, as in [NA, Select]"
EXTRAS = f"a mapping of names to {SOURCE}"
ACTIVITIES = f"a list of mappings with event and time, each {SOURCE}"
FILE_FIELDS = dataclass_fields(FileFormat)
FORMATS = ("missing", "time_zone")


class FieldSchema(Section):
    """`{column: x}` or `{value: y}`, with the type where it matters."""

    column = text("the name of a column")
    value = fields.Raw(allow_none=False, error_messages={"null": "text, a number, true or false"})
    type = choice(tuple(TYPES))

    @post_load
    def to_field(self, data: dict[str, Any], **_: object) -> Field:
        """Make the value.

        Raises:
            ValidationError: neither or both of `column` and `value` are given.
        """
        if ("column" in data) == ("value" in data):
            raise ValidationError(SOURCE)
        return Field(**data)


def read_source(value: object) -> Field | None:
    """Where a value comes from; plain text is the name of a column."""
    if isinstance(value, str):
        return Field(column=value) if value.strip() else None
    if not isinstance(value, Mapping):
        return None
    loaded: Field = FieldSchema().load(value)
    return loaded


def read_status_source(value: object) -> Field | None:
    """The same for a status, but that plain text which names a status is that status."""
    return Field(value=value) if value in STATUSES else read_source(value)


class ActivitySchema(Section):
    """Something a lead did and when."""

    event = Described(SOURCE, read_source, required=True)
    time = Described(SOURCE, read_source, required=True)

    @post_load
    def to_activity(self, data: dict[str, Any], **_: object) -> Activity:
        return Activity(**data)


def read_extras(value: object) -> dict[str, Field]:
    """Where each trait or property comes from."""
    return read_mapping(value, EXTRAS, lambda _, entry: checked(read_source(entry), SOURCE))


def read_activities(value: object) -> tuple[Activity, ...]:
    """What leads did, by pairs of columns."""
    return read_list(value, ACTIVITIES, ActivitySchema().load)


def read_missing(value: object) -> frozenset[str]:
    """The texts that mean missing; numbers among them are taken as they are written."""
    return frozenset(read_list(value, MISSING, lambda entry: checked(_cell_text(entry), MISSING)))


def _cell_text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) else None


def read_zone(value: str) -> ZoneInfo | None:
    """A time zone by its name in the IANA database."""
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _source(*, required: bool = False) -> Described:
    return Described(SOURCE, read_source, required=required)


def _status(*, required: bool = False) -> Described:
    return Described(f"{', '.join(STATUSES)}; or {SOURCE}", read_status_source, required=required)


class RowSchema(Section):
    """What the mappings of all kinds of files have in common."""

    kind: str
    extras_name = "traits"

    missing = Described(MISSING, read_missing)
    time_format = phrase(TIME_FORMATS_ALLOWED, read_time_format)
    time_zone = phrase("a time zone as in Europe/Berlin", read_zone)
    decimal = phrase(DECIMALS_ALLOWED, read_decimal)
    thousands = phrase(THOUSANDS_ALLOWED, read_thousands)
    delimiter = phrase(DELIMITERS_ALLOWED, read_delimiter)
    encoding = phrase(ENCODINGS_ALLOWED, read_encoding)

    @post_load
    def to_mapping(self, data: dict[str, Any], **_: object) -> RowMapping:
        formats = {name: data.pop(name) for name in FORMATS if name in data}
        of_file = {one.name: data.pop(one.name) for one in FILE_FIELDS if one.name in data}
        if of_file.get("decimal") is not None and of_file["decimal"] == of_file.get("thousands"):
            raise ValidationError("another sign than that of decimals", "thousands")
        return RowMapping(
            kind=self.kind,
            extras=data.pop(self.extras_name, {}),
            activities=data.pop("activities", ()),
            fields=data,
            required=frozenset(name for name, one in self.fields.items() if one.required),
            formats=with_file_format(Formats(**formats), FileFormat(**of_file)),
        )


class AccountsSchema(RowSchema):
    """One account a row."""

    kind = "accounts"

    id = _source(required=True)
    name = _source()
    status = _status()
    plan = _source()
    trial_started_at = _source()
    trial_ends_at = _source()
    time = _source()
    traits = Described(EXTRAS, read_extras)


class EventsSchema(RowSchema):
    """One event a row."""

    kind = "events"
    extras_name = "properties"

    account = _source()
    contact = _source()
    event = _source(required=True)
    time = _source(required=True)
    id = _source()
    properties = Described(EXTRAS, read_extras)


class OutcomesSchema(RowSchema):
    """One change of an account's status a row."""

    kind = "outcomes"

    account = _source(required=True)
    becomes = _status(required=True)
    time = _source(required=True)
    plan = _source()


class LeadSchema(RowSchema):
    """One person a row."""

    kind = "leads"

    id = _source()
    email = _source()
    account = _source()
    time = _source()
    traits = Described(EXTRAS, read_extras)
    activities = Described(ACTIVITIES, read_activities)


class MappingSchema(Section):
    """A mapping file: a section for each kind of file."""

    accounts = fields.Nested(AccountsSchema)
    events = fields.Nested(EventsSchema)
    outcomes = fields.Nested(OutcomesSchema)
    leads = fields.Nested(LeadSchema)


KINDS = ("accounts", "events", "outcomes", "leads")


def read_mapping_file(path: Path, kind: str) -> RowMapping:
    """Read a mapping file and take the section for one kind of file.

    Raises:
        DefinitionError: with every problem of the file, each with line, field, found and allowed.
        OSError: it cannot be read.
    """
    return read_row_mapping(path.read_text(encoding="utf-8", errors="replace"), path.name, kind)


def read_row_mapping(content: str, file_name: str, kind: str) -> RowMapping:
    """The same for the text of a mapping file.

    Raises:
        DefinitionError: with every problem of the file, each with line, field, found and allowed.
    """
    document = read_yaml(content, file_name)
    try:
        sections: Mapping[str, RowMapping] = MappingSchema().load(document.value)
    except ValidationError as error:
        raise DefinitionError([*document.problems, *find_problems(document, error)]) from error
    if document.problems:
        raise DefinitionError(document.problems)
    if kind not in sections:
        found = f"no section {kind}, only {', '.join(sections) or 'nothing'}"
        raise DefinitionError([document.problem((), found, f"a section {kind}")])
    return sections[kind]
