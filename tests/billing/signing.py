"""Signatures as Stripe's own package makes them."""

from datetime import datetime

from stripe import WebhookSignature

SECRET = "whsec_" + "n" * 32
OLD_SECRET = "whsec_" + "o" * 32


def signature(body: bytes, secret: str, now: datetime) -> str:
    """The header `Stripe-Signature` of a body."""
    signed_at = int(now.timestamp())
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, signed_at))
