"""Every link and image in the documentation leads to a file, and to a heading of it."""

import re

import pytest

from tests.documentation.pages import NAMES, ROOT, Page

LINK = re.compile(r"\]\(([^()\s]+)\)")
INDEX = "docs/README.md"
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


def linked(name: str) -> set[str]:
    """The pages that a page links."""
    links = (link.partition("#")[0] for link in LINK.findall(Page(name).text))
    files = {((ROOT / name).parent / link).resolve() for link in links}
    return {other for other in NAMES if (ROOT / other).resolve() in files}


def reachable(name: str) -> set[str]:
    """The pages that a reader who begins here comes to."""
    found, waiting = {name}, [name]
    while waiting:
        new = linked(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def test_the_index_lists_every_page_beside_it() -> None:
    beside = {name for name in NAMES if re.fullmatch(r"docs/[^/]+\.md", name)}
    assert beside - {INDEX} - linked(INDEX) == set()


@pytest.mark.parametrize("start", [INDEX, "README.md"])
def test_every_page_is_reached_from_the_index_and_from_the_readme(start: str) -> None:
    assert {name for name in NAMES if name.startswith("docs/")} - reachable(start) == set()
