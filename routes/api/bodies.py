"""Files as bodies of requests."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest


def yaml_body(description: str, example: str) -> dict[str, Any]:
    """What the API document says about a body that is a YAML file."""
    return {
        "description": f"{description}, YAML in UTF-8",
        "required": True,
        "content": {"text/yaml": {"schema": {"type": "string"}, "example": example}},
    }


def sent_text() -> str:
    """The body as text.

    Raises:
        BadRequest: it is not UTF-8.
    """
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 at byte {error.start}.") from error
