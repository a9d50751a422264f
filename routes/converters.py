"""Parts of addresses that Flask has no converter for."""

from __future__ import annotations

from werkzeug.routing import PathConverter


class AccountKeyConverter(PathConverter):
    """The id a product gave an account: any text, with slashes anywhere, also in front."""

    regex = ".+?"
    part_isolating = False
