"""Reading what a page sends back with its forms."""

import re


def token_in(page: str) -> str:
    """The token that the page's forms send."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has a form with a token"
    return found.group(1)
