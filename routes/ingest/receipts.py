"""Receipts: what became of a message, for whoever has a key of its workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from pql.events.opening import ask_event_store
from pql.events.store import EventStoreBusy
from pql.paging import is_storable
from pql.settings import Settings
from pql.state.store import State
from routes.ingest.intake import RETRY_AFTER, Intake
from routes.ingest.keys import sent_key
from usage_ingest.receipts import Receipt, receipts

PATIENCE_SECONDS = 1.0
"""How long the owner of the event store is waited for."""
MOST_ASKED = 1_000

_read_ids = msgspec.json.Decoder(list[str]).decode


def receipts_blueprint(intake: Intake, state: State, settings: Settings) -> Blueprint:
    """The paths: one message, by path or parameter, and many."""
    blueprint = Blueprint("receipts", __name__)
    store = ask_event_store(settings, PATIENCE_SECONDS)

    def answer(message_ids: Sequence[str]) -> list[Receipt]:
        key = sent_key(request.environ)
        workspace_id = intake.known_source(key, request.remote_addr).workspace_id
        if not all(map(is_storable, message_ids)):
            raise BadRequest("A message id must not contain NUL or lone surrogates.")
        try:
            return receipts(state, store, workspace_id, message_ids, settings.event_limit)
        except EventStoreBusy as error:
            raise _unreachable() from error
        except SQLAlchemyError as error:
            raise ServiceUnavailable(
                "The store does not answer. Ask again.", retry_after=RETRY_AFTER
            ) from error

    @blueprint.get("/v1/receipts/<any_text:message_id>")
    def show_receipt(message_id: str) -> Response:
        return _as_json(answer([message_id])[0])

    @blueprint.get("/v1/receipts")
    def show_receipt_of_any_id() -> Response:
        return show_receipt(_asked_for(request.args))

    @blueprint.post("/v1/receipts")
    def show_receipts() -> Response:
        return _as_json({"receipts": answer(_asked(request.get_data()))})

    return blueprint


def _asked_for(parameters: Mapping[str, str]) -> str:
    if "id" not in parameters:
        raise BadRequest("Say which message: /v1/receipts?id=MESSAGE_ID.")
    return parameters["id"]


def _asked(body: bytes) -> list[str]:
    try:
        message_ids = _read_ids(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is no JSON list of message ids: {error}.") from error
    if len(message_ids) > MOST_ASKED:
        raise BadRequest(f"Found {len(message_ids)} message ids; allowed: at most {MOST_ASKED}.")
    return message_ids


def _as_json(content: object) -> Response:
    return Response(msgspec.json.encode(content), content_type="application/json")


def _unreachable() -> ServiceUnavailable:
    return ServiceUnavailable(
        "The event store is not reachable. It belongs to the worker: start it (pql worker), then "
        "ask again.",
        retry_after=RETRY_AFTER,
    )
