"""docs/growth.md: its definition files are valid, and each defines something."""

import pytest

from pql.definitions.reading import read_definitions
from tests.documentation.pages import Page

PAGE = Page("docs/growth.md")


@pytest.mark.parametrize("block", PAGE.blocks("yaml"))
def test_every_definition_file_is_valid(block: str) -> None:
    assert read_definitions(block, PAGE.name).definitions
