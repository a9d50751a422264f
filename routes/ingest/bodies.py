"""Request bodies as they were sent: raw or packed, and never larger than allowed."""

from __future__ import annotations

import zlib

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

GZIP = 16 + zlib.MAX_WBITS
GZIP_BEGINS = b"\x1f\x8b"


def read_body(request: Request, limit: int) -> bytes:
    """The body, unpacked if it is gzip. `Content-Type` is not asked: SDKs lie.

    Raises:
        RequestEntityTooLarge: it has more than `limit` bytes, packed or unpacked.
        BadRequest: it cannot be unpacked.
    """
    # Without this, Flask would take a form of that content type apart and leave nothing to read.
    body = request.stream.read(limit + 1)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if len(body) > limit:
        raise _too_large(limit)
    # posthog-js packs and says so in the address; no other body can begin like that.
    if encoding == "gzip" or body.startswith(GZIP_BEGINS):
        return _unpack(body, limit)
    if encoding in {"", "identity"}:
        return body
    raise BadRequest(f"Content-Encoding {encoding!r} is unknown; allowed: gzip.")


def _unpack(packed: bytes, limit: int) -> bytes:
    """Unpack gzip, no further than the limit: a bomb costs no more than an honest body."""
    unpacked = bytearray()
    while packed:
        member = zlib.decompressobj(GZIP)
        try:
            unpacked += member.decompress(packed, limit + 1 - len(unpacked))
        except zlib.error as error:
            raise BadRequest(f"The body is not gzip: {error}.") from error
        if len(unpacked) > limit:
            raise _too_large(limit)
        if not member.eof:
            raise BadRequest("The body is not gzip: it ends too early.")
        packed = member.unused_data
    return bytes(unpacked)


def _too_large(limit: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The body has more than {limit} bytes. Send less at once.")
