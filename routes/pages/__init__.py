"""The pages: plain HTML and one style sheet, no script."""

from __future__ import annotations

from flask import Flask


def register_pages(app: Flask) -> None:
    """Serve the pages."""
