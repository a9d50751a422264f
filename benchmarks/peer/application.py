"""The peer's web application. It is no straw man: one statement and one commit a request."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import sessionmaker

from benchmarks.peer.model import Event

WORKSPACE = 1


def create_app(database_url: str, key: str) -> Flask:
    """The application; its one key is in its configuration, so that a request needs no look-up."""
    app = Flask(__name__)
    sessions = sessionmaker(create_engine(database_url, pool_size=10))
    statement = insert(Event).on_conflict_do_nothing(index_elements=["workspace_id", "message_id"])

    def keep(sent: list[dict[str, Any]]) -> Response:
        if request.authorization is None or request.authorization.username != key:
            abort(401)
        now = datetime.now(UTC)
        rows = [_row(event, now) for event in sent]
        with sessions() as session:
            session.execute(statement, rows)
            session.commit()
        return jsonify(success=True)

    app.add_url_rule("/v1/batch", "batch", lambda: keep(request.json["batch"]), methods=["POST"])
    app.add_url_rule("/v1/track", "track", lambda: keep([request.json]), methods=["POST"])
    return app


def _row(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": WORKSPACE,
        "message_id": event["messageId"],
        "kind": event["type"],
        "name": event["event"],
        "user_id": event.get("userId"),
        "account_key": event.get("context", {}).get("groupId"),
        "occurred_at": datetime.fromisoformat(event["timestamp"]),
        "received_at": now,
        "properties": event.get("properties", {}),
    }


def from_environment() -> Flask:
    """What gunicorn calls."""
    return create_app(os.environ["PEER_DATABASE_URL"], os.environ["PEER_KEY"])
