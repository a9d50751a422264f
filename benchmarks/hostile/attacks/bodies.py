"""Packed bodies that are more, or more work, than they look. Nobody has a key."""

from __future__ import annotations

import gzip
import zlib
from functools import lru_cache

from benchmarks.hostile.attacks.attacker import Attacker
from benchmarks.hostile.target import BATCH, basic

MEGABYTE = 1024 * 1024
UNPACKED = 1024 * MEGABYTE
MEMBERS_BYTES = 10 * MEGABYTE
PACKED = {"Content-Encoding": "gzip"}


def send_bomb(attacker: Attacker) -> None:
    """A megabyte that unpacks to a gigabyte."""
    attacker.target.ask("POST", BATCH, _bomb(), PACKED, f"{BATCH} (bomb)")


def send_members(attacker: Attacker) -> None:
    """Ten megabytes of gzip members with nothing in them."""
    attacker.target.ask("POST", BATCH, _members(), PACKED, f"{BATCH} (members)")


def send_members_with_a_key(attacker: Attacker) -> None:
    """The same from somebody who has a key, which is public."""
    headers = PACKED | basic(attacker.workspace.write_key)
    attacker.target.ask("POST", BATCH, _members(), headers, f"{BATCH} (members)")


def send_deep(attacker: Attacker) -> None:
    """Lists in lists."""
    depth = attacker.dice.choice((500, 5_000, MEGABYTE))
    body = b'{"batch":[{"type":"track","properties":' + b"[" * depth + b"]" * depth + b"}]}"
    attacker.target.send_body(attacker.workspace, body, 1, f"{BATCH} (deep)")


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = bytes(MEGABYTE)
    pieces = [packing.compress(zeros) for _ in range(UNPACKED // MEGABYTE)]
    return b"".join([*pieces, packing.flush()])


@lru_cache(maxsize=1)
def _members() -> bytes:
    member = gzip.compress(b"", mtime=0)
    return member * (MEMBERS_BYTES // len(member))
