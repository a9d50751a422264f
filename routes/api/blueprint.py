"""A part of the API."""

from __future__ import annotations

from typing import Any

import flask
import flask_smorest
from werkzeug.exceptions import BadRequest

Parser: Any = type(flask_smorest.Blueprint.ARGUMENTS_PARSER)


class ArgumentsParser(Parser):
    """flask-smorest's. It takes only what JSON does not allow for an error of the sender."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        try:
            return super()._raw_load_json(req)
        except RecursionError as error:
            raise BadRequest("The body is nested too deeply. Send it flatter.") from error
        except ValueError as error:
            if type(error) is not ValueError:
                raise  # it is no JSON, which webargs tells
            raise BadRequest(
                "The body has a number of too many digits. Send it as text."
            ) from error


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's, but each schema says itself what it does with unknown fields."""

    ARGUMENTS_PARSER = ArgumentsParser()

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Read the arguments of a view with this schema."""
        return super().arguments(schema, unknown=None, **options)
