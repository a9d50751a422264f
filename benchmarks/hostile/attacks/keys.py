"""Keys that nobody gave out."""

from __future__ import annotations

import json

from benchmarks.hostile.attacks.attacker import Attacker
from benchmarks.hostile.target import BATCH, basic


def send_wrong_keys(attacker: Attacker) -> None:
    """A key that does not exist, in the headers; each another."""
    key = f"pql_write_{attacker.dice.getrandbits(128):032x}"
    attacker.target.ask("POST", BATCH, b'{"batch":[]}', basic(key), f"{BATCH} (wrong key)")


def send_keys_in_bodies(attacker: Attacker) -> None:
    """The same in the body, where it is found only after the body was read."""
    key = f"phc_{attacker.dice.getrandbits(128):032x}"
    events = [{"event": "e", "distinct_id": "x" * 100}] * 1_000
    body = json.dumps({"api_key": key, "batch": events})
    attacker.target.ask("POST", "/batch", body, {}, "/batch (wrong key)")


def ask_with_wrong_keys(attacker: Attacker) -> None:
    """The API, and the page where people sign in."""
    bearer = {"Authorization": f"Bearer {attacker.dice.getrandbits(128):032x}"}
    attacker.target.ask("GET", "/api/v1/accounts", None, bearer, "/api/v1/accounts (wrong key)")
    attacker.target.ask("GET", "/accounts?next=%0d%0aX:%201", None, None, "/accounts (nobody)")
