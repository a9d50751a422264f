"""Which accounts an event names among its groups: `{type: key or list of keys}`."""

from __future__ import annotations

from collections.abc import Mapping

from usage_ingest.dialects.flaws import Unusable
from usage_ingest.dialects.reading import identifier


def account_keys(groups: Mapping[str, object], group_type: str, place: str) -> tuple[str, ...]:
    """The keys of the groups of that type, each once, in their order.

    Raises:
        Unusable: something else than a key, or one that is too long.
    """
    found = groups.get(group_type)
    several = found if isinstance(found, list) else [found]
    keys = (_key(each, group_type, place) for each in several)
    return tuple(dict.fromkeys(key for key in keys if key))


def _key(value: object, group_type: str, place: str) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise Unusable(
            "wrong_type",
            f"{place}.{group_type}",
            f"found {type(value).__name__}; allowed: str or int or a list of them",
        )
    return identifier(value, group_type, place)
