"""An account's results as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pql.accounts.conflicts import told_conflicts
from pql.accounts.describing import AccountResult
from pql.control_characters import escaped
from pql.fitted.describing import AccountInFull
from pql.words import counted

CHANGES_SHOWN = 10


def account_text(account: AccountInFull) -> str:
    """Who it is, what each definition says and why, its people and what changed; many lines."""
    parts = (_who, _results, _moved, _fitted, _people, _changes)
    return "\n".join(escaped(line) for part in parts for line in part(account))


def _who(account: AccountInFull) -> Iterator[str]:
    one = account.summary
    yield one.id if one.name is None else f"{one.name} ({one.id})"
    day = "" if one.trial_day is None else f", day {one.trial_day} of the trial"
    people, seen = counted(one.people, "person"), _moment(one.last_seen_at)
    yield f"Status: {one.status}{day}; {people}, last seen {seen}"
    yield from (f"Another source differs: {each}" for each in told_conflicts(account.lifecycle))


def _results(account: AccountInFull) -> Iterator[str]:
    if not account.standings:
        yield from ("", "No definition speaks of this account.")
    for standing in account.standings:
        yield from _result(standing)


def _result(standing: AccountResult) -> Iterator[str]:
    why = standing.explanation
    provisional = " (provisional)" if why.get("provisional") else ""
    yield from ("", f"{_words(standing.definition)}: {_words(standing.motion)}{provisional}")
    yield f"  {why['sentence']}"
    yield f"  Since {_moment(standing.since)}; worked out {_moment(standing.evaluated_at)}"
    yield from _section("Criteria", (_test(test) for test in why["criteria"]))
    score = "unknown" if standing.usage_score is None else str(standing.usage_score)
    yield from _section(f"Usage score: {score}", (_part(part) for part in why["score"]["parts"]))
    potential = why["potential"]
    yield from _section(
        f"Potential: {potential['level']}", (_test(test) for test in potential["tests"])
    )
    following = why["next"]["motion"]
    if following is not None:
        yield from _section(f"Missing to {_words(following)}", why["next"]["missing"])


def _moved(account: AccountInFull) -> Iterator[str]:
    if account.moved:
        names = ", ".join(_words(each.metric) for each in account.moved)
        yield f"  Moved of late, compare with care: {names} (`pql benchmarks drift`)"


def _fitted(account: AccountInFull) -> Iterator[str]:
    for one in account.fitted:
        score = "none" if one.score is None else str(one.score)
        yield from ("", f"Fitted score of {_words(one.definition)}: {score}")
        if one.score is not None:
            yield f"  {one.sentence} Number {one.rank} of {one.of} scored now."
            average = f"average trial: {one.base} points"
            yield from _section("Parts", [average, *map(_fitted_part, one.parts)])
        yield f"  {one.reason}"


def _fitted_part(part: Mapping[str, Any]) -> str:
    return f"{_words(part['metric'])} {_value(part['value'])}: {part['points']:+d} points"


def _section(title: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    yield f"  {title}"
    yield from (f"    - {line}" for line in lines)


def _test(test: Mapping[str, Any]) -> str:
    return f"{_words(test['state'])}: {test['sentence']}"


def _part(part: Mapping[str, Any]) -> str:
    name, said = _words(part["metric"]), _value(part["value"])
    points = "no points" if part["of"] is None else f"{part['points']} of {part['of']} points"
    return f"{name} {said}: {points}"


def _value(value: float | str | None) -> str:
    return "unknown" if value is None else value if isinstance(value, str) else f"{value:g}"


def _people(account: AccountInFull) -> Iterator[str]:
    if account.contacts:
        yield from ("", "People")
    for one in account.contacts:
        lead = "no lead" if one.lead_stage is None else f"{one.lead_stage}, score {one.lead_score}"
        yield f"  - {one.email or one.name or one.user_id}: {lead}"


def _changes(account: AccountInFull) -> Iterator[str]:
    if account.history.data:
        yield from ("", "Changes, the latest first")
    for change in account.history.data:
        motion = "left" if change.motion is None else _words(change.motion)
        yield f"  - {_moment(change.evaluated_at)} {_words(change.definition)}: {motion}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
