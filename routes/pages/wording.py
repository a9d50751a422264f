"""How values are said on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

from markupsafe import Markup

from pql.accounts.facts import TAKEN_AWAY, TIMES, UNREADABLE
from pql.accounts.lifecycle import LENGTH_OF_DATE
from pql.state.models import AccountFact
from pql.words import counted
from routes.pages.session import page_zone

UNKNOWN = "unknown"

MOTIONS = {
    "high_touch": "High-touch",
    "low_touch": "Low-touch",
    "no_touch": "No-touch",
    "unknown": "Unknown",
    None: "Not routed",
}
STATES = {"met": "Met", "not_met": "Not met", "unknown": "Unknown"}
PQL_STATES = {"met": "PQL", "not_met": "Not a PQL", "unknown": "PQL unknown"}
ABBREVIATIONS = {"MQL", "SQL"}
FIELDS = {
    "status": "Status",
    "plan": "Plan",
    "trial_started_at": "Trial started",
    "trial_ends_at": "Trial ends",
    "converted_at": "Became a customer",
    "churned_at": "Churned",
}
NOT_KNOWN = {TAKEN_AWAY: "taken away", UNREADABLE: "not readable"}


def moment(value: datetime | str | None) -> str | Markup:
    """A moment as people read it, in the workspace's zone, with what machines read beside it."""
    if value is None:
        return UNKNOWN
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(value, str) and len(value) == LENGTH_OF_DATE:
        return Markup('<time datetime="{}">{}</time>').format(value, f"{read:%d %b %Y}")
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        read.isoformat(timespec="seconds"), f"{read.astimezone(page_zone()):%d %b %Y, %H:%M %Z}"
    )


def number(value: float | str | None) -> str:
    """A number without needless digits; `unknown` where there is none."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def or_unknown(value: object) -> object:
    """The value itself, or the word for not knowing it."""
    return UNKNOWN if value is None or value == "" else value


def spoken(value: object) -> str:
    """A name from a definition file as words: `messages_sent` is "messages sent"."""
    return str(value).replace("_", " ")


def visible(text: str) -> str:
    """A text as it is; as JSON writes it where nothing of it would show, or a line would break."""
    kinds = {category(character) for character in text}
    return json.dumps(text) if "Cc" in kinds or all(kind[0] in "ZC" for kind in kinds) else text


def stage_word(stage: str) -> str:
    """A lead's stage, capitalised where it is a word."""
    return stage if stage in ABBREVIATIONS else stage.capitalize()


def learnt(fact: AccountFact) -> str | Markup:
    """What a fact says: a time as people read it, or that nothing is known any more."""
    if fact.value in NOT_KNOWN:
        return NOT_KNOWN[fact.value]
    return moment(fact.value) if fact.field in TIMES else fact.value


def _one_of(words: Mapping[Any, str]) -> Callable[[object], str]:
    return lambda value: words.get(value) or spoken(value)


FILTERS: dict[str, Callable[..., object]] = {
    "moment": moment,
    "number": number,
    "or_unknown": or_unknown,
    "spoken": spoken,
    "visible": visible,
    "counted": counted,
    "stage_word": stage_word,
    "motion_word": _one_of(MOTIONS),
    "state_word": _one_of(STATES),
    "pql_word": _one_of(PQL_STATES),
    "field_word": _one_of(FIELDS),
    "learnt": learnt,
}
