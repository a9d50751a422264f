"""A part of the API."""

from __future__ import annotations

from typing import Any

import flask_smorest


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's, but each schema says itself what it does with unknown fields."""

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Read the arguments of a view with this schema."""
        return super().arguments(schema, unknown=None, **options)
