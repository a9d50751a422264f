"""The parameters of a page's address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import request
from marshmallow import EXCLUDE, ValidationError
from werkzeug.exceptions import UnprocessableEntity

from routes.api.fields import QuerySchema

IDS = ("account", "id")
"""Parameters that are the id of an account."""


def read_parameters(schema: QuerySchema) -> dict[str, Any]:
    """What the schema makes of the parameters."""
    return _read(schema, given_parameters())


def read_form(schema: QuerySchema, several: Collection[str] = ()) -> dict[str, Any]:
    """What the schema makes of the fields of the form that was sent.

    Args:
        several: fields that may be there more than once, and are lists.
    """
    given = {name: value for name, value in request.form.items() if value.strip()}
    lists = {name: request.form.getlist(name) for name in several if name in given}
    return _read(schema, given | lists)


def _read(schema: QuerySchema, given: Mapping[str, object]) -> dict[str, Any]:
    try:
        read: dict[str, Any] = schema.load(given, unknown=EXCLUDE)
    except ValidationError as error:
        said = [f"{name}: {' '.join(texts)}" for name, texts in error.messages_dict.items()]
        raise UnprocessableEntity("; ".join(said)) from error
    return read


def given_parameters() -> dict[str, str]:
    """The parameters that say something. A form sends its empty fields too; they ask nothing.

    An id may be a blank: it stays.
    """
    return {
        name: value
        for name, value in request.args.items()
        if value.strip() or (value and name in IDS)
    }


def kept_parameters(schema: QuerySchema) -> dict[str, Any]:
    """The list's parameters that its links keep: all but where its page begins.

    Others are not kept: `url_for` takes some names for its own, such as `_scheme`.
    """
    kept = schema.fields.keys() - {"cursor"}
    return {name: value for name, value in given_parameters().items() if name in kept}
