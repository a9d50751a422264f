"""A Flask application with one view that does nothing: what the server itself costs."""

from __future__ import annotations

from flask import Flask

application = Flask(__name__)
application.add_url_rule("/v1/track", "empty", lambda: "", methods=["POST"])
