"""Every link and image in the documentation leads to a file, and to a heading of it."""

import re

import pytest

from tests.documentation.pages import NAMES, ROOT, Page

LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchor(heading: str) -> str:
    """What a heading is called in an address, as on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(text)}


def is_there(page: Page, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = ((ROOT / page.name).parent / path).resolve() if path else ROOT / page.name
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not heading or heading in anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = Page(name)
    links = [link for link in LINK.findall(page.text) if "://" not in link]
    assert [link for link in links if not is_there(page, link)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("docs/")])
def test_every_page_is_linked_from_another(name: str) -> None:
    linked = {
        ((ROOT / other).parent / link.partition("#")[0]).resolve()
        for other in NAMES
        if other != name
        for link in LINK.findall(Page(other).text)
    }
    assert (ROOT / name).resolve() in linked
