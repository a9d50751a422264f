"""What strangers send packed costs no more than its size, and those with a wrong key nothing."""

import gzip
import json
import zlib

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from pql.settings import Settings
from routes.ingest import bodies
from routes.ingest.bodies import (
    ALWAYS_UNPACKED,
    MOST_MEMBERS,
    MOST_WITHOUT_KEY,
    unpack_body,
    unpack_unknown_body,
)
from tests.fixtures.loading import track
from tests.fixtures.web import Member
from tests.intake.test_ingest_paths import basic, refusal

PACKED = {"HTTP_CONTENT_ENCODING": "gzip"}
LIMIT = Settings("", "").body_limit
EMPTY_MEMBER = gzip.compress(b"")


class Counted:
    """zlib, and how many bytes it was given and gave back to be read again."""

    def __init__(self) -> None:
        self.handled = 0

    def decompressobj(self, window: int) -> "CountedMember":
        return CountedMember(self, window)

    error = zlib.error


class CountedMember:
    def __init__(self, counted: Counted, window: int) -> None:
        self._counted = counted
        self._member = zlib.decompressobj(window)

    def decompress(self, packed: memoryview, most: int) -> bytes:
        unpacked = self._member.decompress(packed, most)
        self._counted.handled += len(packed)
        return unpacked

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data


def test_many_members_are_unpacked_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    monkeypatch.setattr(bodies, "zlib", counted)
    some = json.dumps(track("1")).encode()
    noise = bytes(range(256)) * 256
    packed = gzip.compress(some) * (MOST_MEMBERS - 1) + gzip.compress(noise, 0)
    assert unpack_body(PACKED, packed, LIMIT) == some * (MOST_MEMBERS - 1) + noise
    assert counted.handled <= (MOST_MEMBERS + 1) * bodies.PIECE + len(packed)


def test_more_members_than_any_packer_writes_are_refused() -> None:
    assert unpack_body(PACKED, EMPTY_MEMBER * MOST_MEMBERS, LIMIT) == b""
    with pytest.raises(BadRequest, match="more than 1000 gzip members"):
        unpack_body(PACKED, EMPTY_MEMBER * (MOST_MEMBERS + 1), LIMIT)


@pytest.mark.parametrize("members", [1, 4])
def test_what_unpacks_to_very_many_times_its_size_is_refused(members: int) -> None:
    bomb = gzip.compress(b" " * (2 * ALWAYS_UNPACKED)) * members
    with pytest.raises(RequestEntityTooLarge, match="more than 250 times its size"):
        unpack_body(PACKED, bomb, LIMIT)


def test_what_is_small_may_be_packed_however_tightly() -> None:
    small = b" " * ALWAYS_UNPACKED
    assert unpack_body(PACKED, gzip.compress(small), LIMIT) == small


def test_a_body_at_the_limit_is_unpacked() -> None:
    body = bytes(range(256)) * 64
    assert unpack_body(PACKED, gzip.compress(body), len(body)) == body
    with pytest.raises(RequestEntityTooLarge, match=f"more than {len(body) - 1} bytes"):
        unpack_body(PACKED, gzip.compress(body), len(body) - 1)


@pytest.mark.parametrize("environ", [PACKED, {}])
def test_without_a_key_in_the_headers_less_is_unpacked(environ: dict[str, str]) -> None:
    body = bytes(range(256)) * (MOST_WITHOUT_KEY // 256) + b"!"
    sent = gzip.compress(body, 1) if environ else body
    assert unpack_body(environ, sent, LIMIT) == body
    with pytest.raises(RequestEntityTooLarge, match=r"8388608 bytes.*the key in the headers"):
        unpack_unknown_body(environ, sent, LIMIT)


def test_a_wrong_key_in_the_headers_is_refused_before_anything_is_unpacked(
    client: FlaskClient, owner: Member
) -> None:
    not_gzip = {"Content-Encoding": "gzip"}
    assert refusal(client, data=b"not gzip", headers=basic("wrong") | not_gzip)[0] == 401
    assert refusal(client, data=b"not gzip", headers=basic(owner.keys["read"]) | not_gzip)[0] == 403
    assert refusal(client, data=b"not gzip", headers=not_gzip)[0] == 400
