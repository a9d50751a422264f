"""Which accounts an event names among its groups: `{type: key or list of keys}`."""

from __future__ import annotations

from collections.abc import Mapping

from usage_ingest.dialects.reading import identifier


def account_keys(groups: Mapping[str, object], group_type: str, place: str) -> tuple[str, ...]:
    """The keys of the groups of that type, each once, in their order.

    Raises:
        Unusable: something else than a key, or one that is too long.
    """
    found = groups.get(group_type)
    several = found if isinstance(found, list) else [found]
    keys = (identifier(each, group_type, place) for each in several)
    return tuple(dict.fromkeys(key for key in keys if key))
