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
PIECE = 16 * 1024
"""Bytes of a packed body that are unpacked at once."""
MOST_MEMBERS = 1_000
"""Gzip members of one body. Packers write one, or one for each 64 KiB."""
MOST_UNPACKED = 250
"""How many times its size a body may have when it is unpacked. Events shrink to a tenth, the most
alike of them to a hundredth."""
ALWAYS_UNPACKED = 1024 * 1024
"""Bytes that a body may have in any case."""
MOST_WITHOUT_KEY = 8 * 1024 * 1024
"""Bytes of an unpacked body whose key is in the body: what strangers can have read. SDKs that write
it there send 5 MiB at most (posthog-python)."""


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


def unpack_unknown_body(environ: WSGIEnvironment, body: bytes, limit: int) -> bytes:
    """The body of a sender whose key is not known before it is unpacked and read.

    Raises:
        RequestEntityTooLarge, BadRequest: as `unpack_body`; it may have `MOST_WITHOUT_KEY` bytes.
    """
    try:
        return unpack_body(environ, body, min(limit, MOST_WITHOUT_KEY))
    except RequestEntityTooLarge as error:
        words = f"{error.description} More may come with the key in the headers (Authorization)."
        raise RequestEntityTooLarge(words) from error


def unpack_body(environ: WSGIEnvironment, body: bytes, limit: int) -> bytes:
    """The body, unpacked if it is gzip.

    Raises:
        RequestEntityTooLarge: it has more than `limit` bytes when it is unpacked, or too many times
            its size.
        BadRequest: it cannot be unpacked.
    """
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    # posthog-js packs and says so in the address; no other body can begin like that.
    if encoding == "gzip" or body.startswith(GZIP_BEGINS):
        return _unpack(body, limit)
    if encoding in {"", "identity"}:
        if len(body) > limit:
            raise _too_large(limit)
        return body
    raise BadRequest(f"Content-Encoding {encoding!r} is unknown; allowed: gzip.")


def _unpack(packed: bytes, limit: int) -> bytes:
    """Unpack gzip, no further than is allowed: a bomb costs no more than an honest body.

    It is fed in pieces: at the end of a member zlib copies what it was given beyond.
    """
    allowed = min(limit, max(ALWAYS_UNPACKED, len(packed) * MOST_UNPACKED))
    unpacked, rest, members = bytearray(), memoryview(packed), 0
    while rest:
        members += 1
        if members > MOST_MEMBERS:
            raise BadRequest(
                f"The body is more than {MOST_MEMBERS} gzip members. Pack it as one member."
            )
        rest = _unpack_member(rest, unpacked, allowed)
        if len(unpacked) > limit:
            raise _too_large(limit)
        if len(unpacked) > allowed:
            raise RequestEntityTooLarge(
                f"The body unpacks to more than {MOST_UNPACKED} times its size. "
                "Send it less tightly packed, or as it is."
            )
    return bytes(unpacked)


def _unpack_member(packed: memoryview, unpacked: bytearray, allowed: int) -> memoryview:
    """Unpack one gzip member, until more than `allowed` is there. Returns what comes after it."""
    member = zlib.decompressobj(GZIP)
    for start in range(0, len(packed), PIECE):
        piece = packed[start : start + PIECE]
        try:
            unpacked += member.decompress(piece, allowed + 1 - len(unpacked))
        except zlib.error as error:
            raise BadRequest(f"The body is not gzip: {error}.") from error
        if member.eof or len(unpacked) > allowed:
            return packed[start + len(piece) - len(member.unused_data) :]
    raise BadRequest("The body is not gzip: it ends too early.")


def _too_large(limit: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The body has more than {limit} bytes. Send less at once.")
