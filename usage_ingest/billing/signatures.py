"""Whether a webhook is from who knows the endpoint's secret, and was sent now. Pure.

Source: Stripe, "Verify webhook signatures manually": `Stripe-Signature: t=SECONDS,v1=HEX,v1=HEX`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

TOLERANCE = timedelta(minutes=5)
"""How old a signature may be: what somebody recorded cannot be sent again later."""
LONGEST_HEADER = 4096
_SCHEME = "v1"
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureRefused(ValueError):
    """The request is not signed as it must be. The text says how, and holds no secret."""


def check_signature(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Let a request pass that is signed with one of the secrets, at about `now`.

    Several signatures are there while the provider rotates a secret; one that fits is enough.

    Raises:
        SignatureRefused: none fits, or it is too old, or from the future.
    """
    sent_at, signatures = _parts(header)
    signed = sent_at.encode() + b"." + body
    expected = [hmac.new(each.encode(), signed, sha256).hexdigest() for each in secrets]
    # Every pair is compared: how long it takes tells nothing of which one fits.
    fits = [
        hmac.compare_digest(one.encode(), other.encode())
        for one in expected
        for other in signatures
    ]
    if not any(fits):
        raise SignatureRefused("The signature does not fit a secret of this endpoint.")
    age = abs(now.timestamp() - int(sent_at))
    if age > TOLERANCE.total_seconds():
        minutes = int(TOLERANCE.total_seconds() // 60)
        raise SignatureRefused(
            f"The signature is of more than {minutes} minutes before or after this server's clock. "
            "Compare the clocks; an event is sent again by the provider, not by its recording."
        )


def _parts(header: str) -> tuple[str, list[str]]:
    """The time as it was written, and the signatures."""
    pairs = [part.strip().partition("=") for part in header[:LONGEST_HEADER].split(",")]
    sent_at = next((value for name, _, value in pairs if name == "t"), "")
    signatures = [value for name, _, value in pairs if name == _SCHEME]
    if not (_SECONDS.fullmatch(sent_at) and signatures):
        raise SignatureRefused("Stripe-Signature is missing, or has no t or no v1.")
    return sent_at, signatures
