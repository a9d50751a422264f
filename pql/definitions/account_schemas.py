"""The `accounts` section of a definition file: where people belong who were put in no group."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load

from pql.definitions.fields import Described, Section, truth
from pql.definitions.lifecycle_schemas import DOMAINS, DOMAINS_SHAPE, read_domains
from pql.definitions.model import AccountSettings


class AccountsSchema(Section):
    """Which account people belong to whom no event puts in a group."""

    from_email_domain = truth(
        about="Make an account of the domain of their e-mail address", load_default=False
    )
    exclude_domains = Described(
        DOMAINS,
        read_domains,
        shape=DOMAINS_SHAPE,
        about="Of which no account is made, besides free-mail and disposable ones",
        load_default=(),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> AccountSettings:
        return AccountSettings(**data)
