"""Stripe's webhooks over HTTP: signed with the endpoint's secret, answered once they are kept."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    BadRequest,
    ServiceUnavailable,
    Unauthorized,
)

from pql.settings import Settings
from pql.state.store import State
from pql.workspaces import find_workspace
from routes.ingest.bodies import receive_body
from routes.ingest.intake import RETRY_AFTER
from routes.ingest.paths import SLASHES
from routes.secret_key import installation_folder
from routes.service import current_time
from usage_ingest.billing.endpoint_secrets import EndpointSecrets, SecretRefused
from usage_ingest.billing.keeping import keep_event
from usage_ingest.billing.signatures import SignatureRefused, check_signature
from usage_ingest.billing.stripe_events import EventUnreadable, ProviderEvent, read_event

PATH = "/v1/stripe/<any_text:workspace>"
SIGNATURE = "HTTP_STRIPE_SIGNATURE"

log = structlog.get_logger(__name__)


def stripe_blueprint(state: State, settings: Settings) -> Blueprint:
    """The address of each workspace's endpoint. Its secret is the key: nobody else can sign."""
    blueprint = Blueprint("stripe", __name__)
    secrets = EndpointSecrets(installation_folder(settings))

    def receive(workspace: str) -> Response:
        body = receive_body(request.environ, settings.event_limit)
        # A workspace that is not there, and one without a secret, are answered as a wrong one is.
        _require_signature(body, secrets, workspace)
        event = _read(body)
        if event is not None:
            _keep(state, workspace, event)
        return jsonify(received=True, used=event is not None)

    for slash in SLASHES:
        blueprint.add_url_rule(f"{PATH}{slash}", f"receive{slash}", receive, methods=["POST"])
    return blueprint


def _require_signature(body: bytes, secrets: EndpointSecrets, workspace: str) -> None:
    header = request.environ.get(SIGNATURE, "")
    try:
        check_signature(header, body, secrets.of(workspace), current_time())
    except SignatureRefused as error:
        raise Unauthorized(str(error)) from error
    except SecretRefused as error:
        # Nobody has signed: where the file is, and how to mend it, is for who runs the service.
        log.error("signatures of Stripe cannot be checked", reason=str(error))
        raise ServiceUnavailable(
            "Signatures cannot be checked now. Send it again.", retry_after=RETRY_AFTER
        ) from error


def _read(body: bytes) -> ProviderEvent | None:
    try:
        return read_event(body)
    except EventUnreadable as error:
        raise BadRequest(str(error)) from error


def _keep(state: State, workspace: str, event: ProviderEvent) -> None:
    try:
        with state.writing() as session:
            owner = find_workspace(session, workspace)
            keep_event(session, owner.id, event, current_time())
    except SQLAlchemyError as error:
        raise ServiceUnavailable(
            "The store does not answer. Send it again.", retry_after=RETRY_AFTER
        ) from error
