"""Requests with as many events as are let in, as many requests as there can be."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any

from benchmarks.hostile.attacks.attacker import Attacker
from benchmarks.hostile.target import BATCH, Answered

LARGEST = "largest"
MILLION = 1_000_000
MOST_EVENTS = 150_000
"""In a body of the largest size that has been allowed ever since."""


def send_largest(attacker: Attacker) -> None:
    """Events of new people, as many as one request may have; how many that is, a refusal says."""
    target, workspace, learnt = attacker.target, attacker.workspace, attacker.learnt
    if LARGEST not in learnt:
        learnt[LARGEST] = limit_in(_send_nothing(attacker), MILLION) or MOST_EVENTS
    number = learnt[LARGEST]
    begin = f'{{"type":"track","event":"e","userId":"{attacker.dice.getrandbits(64):x}-'
    events = ",".join(f'{begin}{each}"}}' for each in range(number))
    body = f'{{"batch":[{events}]}}'.encode()
    answered = target.send_body(workspace, body, number, f"{BATCH} (largest)")
    if answered.status == http.client.REQUEST_ENTITY_TOO_LARGE:
        learnt[LARGEST] = max(1, number // 2)
    elif answered.status != http.client.OK:
        attacker.ended.wait(1)


def send_million_of_nothing(attacker: Attacker) -> None:
    """A million events without anything in them: 3 MB."""
    _send_nothing(attacker)


def send_nonsense(attacker: Attacker) -> None:
    """Events of which each is refused for another reason, a thousand a request."""
    bad: list[dict[str, Any]] = [
        {"type": "track"},
        {"type": 7},
        {"userId": "x" * 600},
        {"type": "track", "event": "\0"},
    ]
    events = [attacker.dice.choice(bad) for _ in range(1_000)]
    attacker.target.send(attacker.workspace, events)


def _send_nothing(attacker: Attacker) -> Answered:
    body = b'{"batch":[' + b",".join([b"{}"] * MILLION) + b"]}"
    label = f"{BATCH} (a million of {{}})"
    return attacker.target.send_body(attacker.workspace, body, MILLION, label)


def limit_in(answered: Answered, sent: int) -> int | None:
    """The limit that a refusal of so many events names: the largest smaller number in it."""
    if answered.status != http.client.REQUEST_ENTITY_TOO_LARGE:
        return None
    try:
        words = json.dumps(json.loads(answered.body))
    except ValueError:
        return None
    named = (int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", words))
    return max((each for each in named if 413 < each < sent), default=None)
