"""How much a request to the API or to a page may bring. Intake has limits of its own."""

from __future__ import annotations

from flask import Flask, request

LARGEST_DOCUMENT = 2 * 1024 * 1024
"""Bytes of a body for the API: more than a definition file of the allowed length can have."""
LARGEST_FORM = 64 * 1024
"""Bytes of a page's form: strangers may send some, and to read a million fields takes a second."""
MOST_PARTS = 100
"""Of a form that comes in parts."""


def register_limits(app: Flask, body_limit: int) -> None:
    """Refuse what is larger, with 413, whether its length is told or not."""
    app.config["MAX_CONTENT_LENGTH"] = min(body_limit, LARGEST_DOCUMENT)
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_FORM
    app.config["MAX_FORM_PARTS"] = MOST_PARTS
    app.before_request(_limit_form)


def _limit_form() -> None:
    if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        request.max_content_length = min(LARGEST_FORM, request.max_content_length or LARGEST_FORM)
