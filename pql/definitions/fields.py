"""Marshmallow fields for definition files.

A field is made with the text of what it allows; that text is its only error message, so that a
problem can show it beside what was found. `refuse` gives a message that says both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError
from marshmallow.fields import Field, Nested

LONGEST_NAME = 100
LONGEST_TEXT = 2_000
LARGEST_NUMBER = 1e12
NAMES = "a name of letters, digits, _ and -, 100 characters at most"
UNKNOWN_FIELD = "an unknown field"
WHOLE = "_schema"
"""Where marshmallow puts what is wrong with a mapping as a whole."""
NUMBERS = "a number between -1,000,000,000,000 and 1,000,000,000,000"

Shape = dict[str, Any]
"""A part of a JSON Schema: see `shapes`."""

Value = TypeVar("Value")
Place = TypeVar("Place")


def refuse(found: str, allowed: str) -> ValidationError:
    """An error that says itself what was found; otherwise that is the value at its place."""
    return ValidationError(f"{found}\n{allowed}")


class Section(Schema):
    """A mapping with fixed fields. Its messages name them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        names = ", ".join(self.fields)
        self.error_messages |= {
            "type": f"a mapping with {names}",
            "unknown": f"{UNKNOWN_FIELD}\n{names}",
        }


class Described(Field[Any]):
    """A field that reads a value with `read`; what it returns `None` for is not `allowed`.

    `shape` is the same for editors, `about` what the field is for.
    """

    def __init__(
        self,
        allowed: str,
        read: Callable[[Any], object],
        *,
        shape: Shape | None = None,
        about: str = "",
        **options: Any,
    ) -> None:
        super().__init__(error_messages=_when_missing(allowed), **options)
        self.allowed = allowed
        self.read = read
        self.shape = shape or {}
        self.about = about

    @property
    def description(self) -> str:
        """What the field is for, and what it may be."""
        return f"{self.about}: {self.allowed}" if self.about else self.allowed

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> object:
        return checked(self.read(value), self.allowed)


def nested(schema: type[Section], **options: Any) -> Nested:
    """A field for a section of its own."""
    allowed = f"a mapping with {', '.join(schema().fields)}"
    return Nested(schema, error_messages=_when_missing(allowed), **options)


def text(allowed: str = "text", **options: Any) -> Described:
    """A field for text that is not blank."""
    return Described(allowed, read_text, shape=text_shape(LONGEST_TEXT), **options)


def phrase(
    allowed: str, parse: Callable[[str], object], shape: Shape | None = None, **options: Any
) -> Described:
    """A field for one of the phrases of `grammar`."""

    def read(value: object) -> object:
        return parse(value) if isinstance(value, str) else None

    return Described(allowed, read, shape=shape, **options)


def number(low: float, high: float, **options: Any) -> Described:
    """A field for a number in a range."""
    allowed = f"a number from {low:g} to {high:g}"
    shape = {"type": "number", "minimum": low, "maximum": high}
    return Described(allowed, lambda value: read_number(value, low, high), shape=shape, **options)


def whole_number(low: int, high: int, **options: Any) -> Described:
    """A field for a whole number in a range."""
    allowed = f"a whole number from {low} to {high}"

    def read(value: object) -> int | None:
        return read_whole_number(value, low, high)

    return Described(allowed, read, shape=whole_number_shape(low, high), **options)


def choice(choices: tuple[str, ...], **options: Any) -> Described:
    """A field for one of a few words."""

    def read(value: object) -> object:
        return value if value in choices else None

    return Described(", ".join(choices), read, shape={"enum": list(choices)}, **options)


def truth(**options: Any) -> Described:
    """A field for true or false."""

    def read(value: object) -> bool | None:
        return value if isinstance(value, bool) else None

    return Described("true or false", read, shape={"type": "boolean"}, **options)


def text_shape(longest: int) -> Shape:
    """The shape of text that is not blank."""
    return {"type": "string", "pattern": r"\S", "maxLength": longest}


def whole_number_shape(low: int, high: int) -> Shape:
    """The shape of a whole number in a range."""
    return {"type": "integer", "minimum": low, "maximum": high}


def read_text(value: object, longest: int = LONGEST_TEXT) -> str | None:
    """Text without outer spaces; `None` where it is blank, too long or not text."""
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        return None
    return value.strip()


def read_number(
    value: object, low: float = -LARGEST_NUMBER, high: float = LARGEST_NUMBER
) -> float | None:
    """A finite number in a range; true and false are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def read_whole_number(value: object, low: int, high: int) -> int | None:
    """A whole number in a range."""
    return value if isinstance(value, int) and read_number(value, low, high) is not None else None


def read_list(
    value: object, allowed: str, read: Callable[[Any], Value], *, least: int = 0
) -> tuple[Value, ...]:
    """Read every entry of a list.

    Raises:
        ValidationError: with all the errors of its entries, each under its place.
    """
    if not isinstance(value, list) or len(value) < least:
        raise ValidationError(allowed)
    return tuple(_collect(enumerate(value), lambda _, entry: read(entry)).values())


def read_mapping(
    value: object, allowed: str, read: Callable[[str, Any], Value]
) -> dict[str, Value]:
    """Read every entry of a mapping from names to something.

    Raises:
        ValidationError: with all the errors of its entries, each under its name.
    """
    if not isinstance(value, dict):
        raise ValidationError(allowed)
    return _collect(value.items(), read)


def checked_name(name: str) -> str:
    """A name of one's own.

    Raises:
        ValidationError: it could not be typed as a column or an option.
    """
    if not name.replace("_", "").replace("-", "").isalnum() or len(name) > LONGEST_NAME:
        raise refuse("such a name", NAMES)
    return name


def checked(value: Value | None, allowed: str) -> Value:
    """The value, where a reader could make sense of it.

    Raises:
        ValidationError: it is `None`.
    """
    if value is None:
        raise ValidationError(allowed)
    return value


def attempt(read: Callable[[], Value], errors: dict[Any, Any]) -> Value | None:
    """Read something; errors are added to `errors`, so that the next part can be read as well."""
    try:
        return read()
    except ValidationError as error:
        messages = error.messages
        errors.update(messages if isinstance(messages, dict) else {WHOLE: messages})
        return None


def _when_missing(allowed: str) -> dict[str, Any]:
    # Marshmallow formats its messages: braces of ours are doubled.
    message = allowed.replace("{", "{{").replace("}", "}}")
    return {"required": message, "null": message}


def _collect(
    entries: Iterable[tuple[Place, Any]], read: Callable[[Place, Any], Value]
) -> dict[Place, Value]:
    result: dict[Place, Value] = {}
    errors: dict[Any, Any] = {}
    for place, entry in entries:
        try:
            result[place] = read(place, entry)
        except ValidationError as error:
            errors[place] = error.messages
    if errors:
        raise ValidationError(errors)
    return result
