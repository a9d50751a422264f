"""Request bodies as they were sent: raw or packed, and never larger than allowed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wsgi import get_content_length

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

GZIP = 16 + zlib.MAX_WBITS
GZIP_BEGINS = b"\x1f\x8b"
PIECE = 1024 * 1024


def receive_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The body as it was sent; `Content-Type` is not asked: SDKs lie.

    Raises:
        RequestEntityTooLarge: it has more than `limit` bytes.
        BadRequest: it did not arrive whole.
    """
    length = get_content_length(environ)
    stream = environ["wsgi.input"]
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""  # nobody could tell where it ends
    most = limit + 1 if length is None else min(length, limit + 1)
    body: bytes = stream.read(most)
    if len(body) > limit:
        raise _too_large(limit)
    if length is not None and len(body) < length:
        raise BadRequest("The body ended before its Content-Length.")
    return body


def unpack_body(environ: WSGIEnvironment, body: bytes, limit: int) -> bytes:
    """The body, unpacked if it is gzip.

    Raises:
        RequestEntityTooLarge: it has more than `limit` bytes when it is unpacked.
        BadRequest: it cannot be unpacked.
    """
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
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
