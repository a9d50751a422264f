"""Signatures as Stripe's own package makes them."""

from datetime import datetime

import pytest

from tests.fixtures.requirement import skip_or_fail

SECRET = "whsec_" + "n" * 32
OLD_SECRET = "whsec_" + "o" * 32


def signature(body: bytes, secret: str, now: datetime) -> str:
    """The header `Stripe-Signature` of a body."""
    try:
        package = pytest.importorskip("stripe")
    except pytest.skip.Exception:
        skip_or_fail("the package stripe is not installed")
    signer = package.WebhookSignature
    return str(signer.generate_signature_header(body.decode(), secret, int(now.timestamp())))
