"""What the names of columns and events give away, and numbers cannot show."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from pql.finder.alarms import Alarm, Kind

JUDGEMENT = re.compile(
    r"\b(last|latest|final|tags?|scores?|index|quality|profile|grade|rating|status|stage|"
    r"reason|disposition|result|sentiment|notes?|comments?|remarks?)\b"
)
"""What somebody fills in, or what changes, after the first contact."""
CONTACT = re.compile(
    r"\b(calls?|called|callback|talked|talk time|spoke|conversations?|meetings?|appointments?|"
    r"contacted|contact (attempts?|count|date|time|duration|outcome)|call attempts?|attempts?|"
    r"touch ?points?|follow ?ups?|outreach|repl(y|ies|ied)|respon(se|ses|ded)|answered|"
    r"voicemails?|demo (held|done|date|given|attended))\b"
    r"|^(duration|length)$"
)
"""What happens when somebody of ours talks to them."""
WISHES = re.compile(r"\b(do not|don t|opt (in|out)|opted|consent|allows?|may we|prefer(s|red)?)\b")
"""Who says beforehand how to be contacted."""
OUTCOME = re.compile(
    r"\b(won|win|lost|closed?|closing|converted|conversion|outcome|paid|payments?|purchased?|bought|"
    r"(?<!annual )(?<!company )revenue(?! range| band)|mrr|arr|acv|deals?|contracts?|signed|"
    r"churn(ed)?|cancel(l?ed|lation)?|renew(al|ed)|refund(s|ed)?|qualified|opportunit(y|ies)|"
    r"proposals?|negotiat\w+|subscri(bed|ption) (at|on|date|start|started|end|ended))\b"
)
"""The outcome itself, or what follows from it."""
OUTCOME_EVENT = re.compile(
    r"\b(paid|payment|purchased?|subscribed|subscription|converted|conversion|upgraded|checkout|"
    r"contract signed|deal won|churned)\b"
)
"""Of events: paying itself, or the step into it."""
WORDS = (
    (JUDGEMENT, "a judgement, or something that changes"),
    (CONTACT, "contact, which comes later than the start"),
    (OUTCOME, "the outcome, or what follows from it"),
)


def column_alarms(names: Iterable[str], known_at_start: Collection[str]) -> Iterator[Alarm]:
    """Columns of a file that by their name are a judgement, contact or the outcome."""
    for name in names:
        words = plain_words(name)
        found = next((meaning for pattern, meaning in WORDS if _is_named(pattern, words)), None)
        if found is not None and name not in known_at_start:
            yield _alarm(name, found)


def event_alarms(names: Iterable[str], known_at_start: Collection[str]) -> Iterator[Alarm]:
    """Events that by their name are the outcome. That somebody made contact has its own time."""
    for name in names:
        if name not in known_at_start and OUTCOME_EVENT.search(plain_words(name)):
            yield _alarm(name, "the outcome, or the step into it")


def plain_words(name: str) -> str:
    """`last contact` for `Last_Contact`, `lastContact` and `last.contact`."""
    return re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().lower()


def _is_named(pattern: re.Pattern[str], words: str) -> bool:
    if pattern is CONTACT and WISHES.search(words):
        return False
    return pattern.search(words) is not None


def _alarm(source: str, meaning: str) -> Alarm:
    sentence = f"{source} sounds like {meaning}."
    return Alarm(Kind.SET_LATER, source, sentence, is_question=True)
