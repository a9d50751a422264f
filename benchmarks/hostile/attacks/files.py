"""Definition files that cost much, put in force in the attacker's own workspace."""

from __future__ import annotations

from benchmarks.hostile.attacks.attacker import Attacker
from benchmarks.hostile.target import Answered

PATH = "/api/v1/definitions"
ONE_METRIC = "metrics: {done: {event: e0, aggregate: count, window: whole trial}}"
ONE_CRITERION = "    criteria: [{metric: done, at_least: 1}]"
SMALL = f"""
{ONE_METRIC}
definitions:
  activation:
    population: status is trial
    outcome: {{becomes: paying, within: 30 days}}
{ONE_CRITERION}
"""


def apply_300_metrics(attacker: Attacker) -> None:
    """A file that a large company might have."""
    _apply_and_withdraw(attacker, 300)


def apply_3900_metrics(attacker: Attacker) -> None:
    """A file that nobody has."""
    _apply_and_withdraw(attacker, 3_900)


def validate_deep_yaml(attacker: Attacker) -> None:
    """Lists in lists, and a list that names itself many times over."""
    depth = attacker.dice.choice((50, 1_000, 20_000))
    bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
        f"{after}: &{after} [{','.join([f'*{before}'] * 8)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for text in ("metrics: " + "[" * depth, "[" * depth + "]" * depth, bomb):
        attacker.target.call(attacker.workspace, "POST", f"{PATH}/validate", text)


def apply_against_one_another(attacker: Attacker) -> None:
    """`If-Match` of a version that has long been another one, and of the one in force."""
    _put(attacker, SMALL, If_Match=f'"{attacker.dice.randrange(5)}"')
    changed = SMALL.replace("at_least: 1", f"at_least: {attacker.dice.randrange(1, 100)}")
    _put(attacker, changed, If_Match="*" if attacker.step % 2 else '"1"')


def plan_large(attacker: Attacker) -> None:
    """Have a file of 300 metrics replayed over a year."""
    text, path = with_metrics(300), f"{PATH}/plan"
    attacker.target.call(attacker.workspace, "POST", f"{path}?weeks=52", text, label=path)


def _apply_and_withdraw(attacker: Attacker, metrics: int) -> None:
    _put(attacker, with_metrics(metrics))
    attacker.ended.wait(20)
    _put(attacker, SMALL)


def _put(attacker: Attacker, text: str, **headers: str) -> Answered:
    return attacker.target.call(attacker.workspace, "PUT", PATH, text, **headers)


def with_metrics(number: int) -> str:
    """Valid, every metric another one and used."""
    aggregates = ("count", "distinct contacts", "distinct days")
    metrics = "\n".join(
        f"  m{each}: {{event: e{each}, aggregate: {aggregates[each % 3]}, "
        f"window: first {each % 30 + 1} days}}"
        for each in range(number)
    )
    criteria = "\n".join(
        f"      - {{metric: m{each}, at_least: {each % 7 + 1}}}" for each in range(number)
    )
    large = SMALL.replace(ONE_METRIC, f"metrics:\n{metrics}")
    return large.replace(ONE_CRITERION, f"    criteria:\n{criteria}")
