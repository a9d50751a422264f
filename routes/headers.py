"""Headers that every answer carries: what a browser may do with it, and who may keep it."""

from __future__ import annotations

from flask import Flask, Response, request

# No script at all, no inline style, nothing from elsewhere, in nobody's frame.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Over HTTPS the CSRF check compares the referrer: our own pages must send it to us.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

NOT_STORED = {"Cache-Control": "no-store"}
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


def register_headers(app: Flask) -> None:
    """Add the security headers to whatever the application answers."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    added = [SECURITY_HEADERS]
    if request.endpoint != "static":
        added.append(NOT_STORED)
    if request.is_secure:
        added.append(OVER_HTTPS)
    for headers in added:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
    return response
