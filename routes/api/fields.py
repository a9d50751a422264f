"""What the schemas of the API share: parameters of a list, and how a field is described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from dataclasses import fields as dataclass_fields
from datetime import date
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_dump, validate

from pql.calendars import EARLIEST, LATEST
from pql.paging import LARGEST_PAGE, is_storable


def storable(text: str) -> None:
    """Refuse what no database can look for."""
    if not is_storable(text):
        raise ValidationError("Must not contain NUL or lone surrogates.")


def a_date(text: str) -> None:
    """Refuse what is no date, or none of our time."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError("Must be a date as in 2026-11-20.") from error
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValidationError(f"Must be from {EARLIEST:%Y-%m-%d} on and before {LATEST:%Y-%m-%d}.")


def recorded_until() -> fields.String:
    """The last date of which everything was recorded, where whoever asks knows it."""
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=a_date,
        metadata=described(
            "Last date of which usage and outcomes were recorded; left out, the last heard",
            "2026-11-20",
        ),
    )


def one_of(choices: Sequence[str]) -> validate.OneOf:
    """One of these; the message lists them."""
    return validate.OneOf(choices, error="Must be one of: {choices}.")


def described(text: str, example: Any = None) -> dict[str, Any]:
    """What the API document says about a field."""
    return {"description": text} | ({} if example is None else {"example": example})


class QuerySchema(Schema):
    """Parameters of an address. One that does not exist is refused: it may be a filter misspelt."""

    class Meta:
        """A misspelt filter must not answer with everything."""

        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        names = sorted(field.data_key or name for name, field in self.fields.items())
        self.error_messages = {
            **self.error_messages,
            "unknown": f"Unknown parameter. Allowed: {', '.join(names)}.",
        }


class FilterQuery(QuerySchema):
    """Parameters of which some together are a filter: a value of `filter_class`."""

    filter_class: ClassVar[type[Any]]

    @post_load
    def gather(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Put the filter's fields into one value, `asked`."""
        names = {field.name for field in dataclass_fields(self.filter_class)}
        asked = self.filter_class(**{name: data[name] for name in names & data.keys()})
        return {"asked": asked, **{name: data[name] for name in data.keys() - names}}


def score_limit(text: str) -> fields.Integer:
    """A parameter that is a score."""
    return fields.Integer(validate=validate.Range(0, 100), metadata=described(text))


def searched_text(text: str) -> fields.String:
    """The parameter that a list is searched for."""
    return fields.String(
        attribute="search",
        validate=[validate.Length(1, 200), storable],
        metadata=described(f"{text}; letter case does not matter"),
    )


def sort_order(sorts: Sequence[str], default: str) -> fields.String:
    """The parameter that says in which order."""
    return fields.String(
        load_default=default,
        validate=one_of(sorts),
        metadata=described("A minus in front reverses; unknown values are last either way"),
    )


class PageSchema(Schema):
    """Some rows of a list. `data` belongs to the list."""

    next_cursor = fields.String(
        allow_none=True, metadata=described("null where these were the last")
    )


class WithSummary(Schema):
    """A thing that is shown with all there is to it: first what the list shows, then the rest."""

    @pre_dump
    def put_summary_in(self, shown: Any, **_options: Any) -> dict[str, Any]:
        """Show what the list shows at the same place."""
        parts = {field.name: getattr(shown, field.name) for field in dataclass_fields(shown)}
        return {**asdict(parts.pop("summary")), **parts}


class PageQuery(QuerySchema):
    """How much of a list, and from where."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, LARGEST_PAGE),
        metadata=described(f"How many rows, 1 to {LARGEST_PAGE}"),
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 4000),
        metadata=described("`next_cursor` of the page before"),
    )
