"""The `lifecycle` section of a definition file: what tells an account's status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, post_load

from pql.definitions import grammar
from pql.definitions.defaults import DEFAULT_LIFECYCLE
from pql.definitions.fields import (
    UNKNOWN_FIELD,
    Described,
    Section,
    checked,
    choice,
    read_list,
    read_mapping,
    read_text,
    text_shape,
    whole_number,
)
from pql.definitions.model import LifecycleSettings
from pql.definitions.shapes import list_of, mapping_of, mapping_with, one_or_list_of

FIELDS = tuple(DEFAULT_LIFECYCLE.traits)
TRAITS = f"a mapping of {', '.join(FIELDS)} to names of traits"
TRAIT_NAMES = "the name of a trait or a list of them"
VALUES = "a mapping of what a status or plan trait says to a status"
EVENTS = "a mapping of event names to the status that they start"
DOMAINS = "a list of domains such as example.com"
NAMES = "a name or a list of names"
LONGEST_TRAIT_NAME = 200
LEADING_SOURCES = ("stripe", "product", "latest")


def _read_traits(value: object) -> dict[str, tuple[str, ...]]:
    if isinstance(value, dict):
        unknown = [name for name in value if name not in FIELDS]
        if unknown:
            raise ValidationError(
                {name: [f"{UNKNOWN_FIELD}\n{', '.join(FIELDS)}"] for name in unknown}
            )
    return read_mapping(value, TRAITS, lambda _, names: _read_trait_names(names))


def _read_trait_names(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return read_list(
        names, TRAIT_NAMES, lambda name: checked(read_text(name, LONGEST_TRAIT_NAME), TRAIT_NAMES)
    )


def _read_names(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    return read_list(names, NAMES, lambda name: checked(read_text(name, LONGEST_TRAIT_NAME), NAMES))


def _read_statuses(allowed: str) -> Callable[[object], dict[str, str]]:
    return lambda value: read_mapping(value, allowed, lambda _, status: _read_status(status))


def _read_status(value: object) -> str:
    known = value if isinstance(value, str) and value in grammar.STATUSES else None
    return checked(known, ", ".join(grammar.STATUSES))


def read_domains(value: object) -> tuple[str, ...]:
    """Domains in lower case.

    Raises:
        ValidationError: one of them is none.
    """
    return read_list(value, DOMAINS, _read_domain)


def _read_domain(value: object) -> str:
    domain = (read_text(value, 253) or "").removeprefix("@").lower()
    is_domain = "." in domain and not set(domain) & set("@/ :")
    return checked(domain if is_domain else None, "a domain such as example.com")


_TRAITS_SHAPE = mapping_with(dict.fromkeys(FIELDS, one_or_list_of(text_shape(LONGEST_TRAIT_NAME))))
_STATUSES_SHAPE = mapping_of({"enum": list(grammar.STATUSES)})
_NAMES_SHAPE = one_or_list_of(text_shape(LONGEST_TRAIT_NAME))
DOMAINS_SHAPE = list_of({"type": "string", "pattern": r"^\s*@?[^@/ :]*\.[^@/ :]*\s*$"})


class LifecycleSchema(Section):
    """What tells an account's status. What is given replaces the default entry by entry."""

    traits = Described(TRAITS, _read_traits, shape=_TRAITS_SHAPE, load_default=dict)
    values = Described(VALUES, _read_statuses(VALUES), shape=_STATUSES_SHAPE, load_default=dict)
    events = Described(EVENTS, _read_statuses(EVENTS), shape=_STATUSES_SHAPE, load_default=dict)
    trial_days = whole_number(
        1, grammar.LONGEST_DAYS, about="Length of a trial whose end is not given", load_default=None
    )
    after_trial = choice(
        ("free", "churned", "trial"),
        about="Status when a trial ended without payment",
        load_default=DEFAULT_LIFECYCLE.after_trial,
    )
    internal_domains = Described(
        DOMAINS,
        read_domains,
        shape=DOMAINS_SHAPE,
        about="Whose accounts and people are internal",
        load_default=(),
    )

    leading_source = choice(
        LEADING_SOURCES,
        about="Whose word counts where Stripe and the product say something else",
        load_default=DEFAULT_LIFECYCLE.leading_source,
    )
    stripe_metadata = Described(
        NAMES,
        _read_names,
        shape=_NAMES_SHAPE,
        about="Metadata of Stripe's customers and subscriptions that hold the account's id",
        load_default=DEFAULT_LIFECYCLE.stripe_metadata,
    )
    stripe_traits = Described(
        NAMES,
        _read_names,
        shape=_NAMES_SHAPE,
        about="Traits of the account that hold the id of its customer in Stripe",
        load_default=DEFAULT_LIFECYCLE.stripe_traits,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LifecycleSettings:
        said = {text.strip().lower(): status for text, status in data["values"].items()}
        return LifecycleSettings(
            traits={**DEFAULT_LIFECYCLE.traits, **data["traits"]},
            values={**DEFAULT_LIFECYCLE.values, **said},
            events={**DEFAULT_LIFECYCLE.events, **data["events"]},
            trial_days=data["trial_days"],
            after_trial=data["after_trial"],
            internal_domains=data["internal_domains"],
            leading_source=data["leading_source"],
            stripe_metadata=data["stripe_metadata"],
            stripe_traits=data["stripe_traits"],
        )
