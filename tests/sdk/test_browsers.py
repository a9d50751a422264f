"""posthog-js and analytics.js in Chromium: the pages of docs/browsers.md, from another origin."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, Request
from playwright.sync_api import Response as Answer
from werkzeug import Request as Asked
from werkzeug import Response
from werkzeug.serving import make_server

from pql.settings import Settings
from pql.state.store import State
from tests.fixtures.web import Member
from tests.sdk.product import NODE_PACKAGES
from usage_ingest import journal
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.translating.translation import translate_entries

BROWSERS = (Path(__file__).parents[2] / "docs" / "browsers.md").read_text()
PAGES = dict(re.findall(r"^## ([^\n]+)\n\n```html\n(.+?)^```", BROWSERS, re.MULTILINE | re.DOTALL))
SAID = {
    "posthog-js": {"$identify", "$groupidentify", "$pageview", "message_sent"},
    "analytics.js": {"identify", "group", "message_sent"},
}
NOT_A_BOT = "opt_out_useragent_filter: true"
"""posthog-js sends nothing from a browser without a window, which it takes for a bot."""


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """What a browser is told does not depend on the database."""
    return migrated_sqlite_url


@pytest.fixture
def scripts(web_settings: Settings, request: pytest.FixtureRequest) -> None:
    """The scripts as an operator installs them."""
    request.getfixturevalue("node")
    folder = web_settings.folder / "browser"
    folder.mkdir(parents=True)
    (folder / "node_modules").symlink_to(NODE_PACKAGES)


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """Serves a page from another origin; gives its address."""
    served: list[str] = []

    @Asked.application
    def answer(_: Asked) -> Response:
        return Response(served[-1], content_type="text/html")

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()

    def serve(content: str) -> str:
        served.append(content)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(
    page: Page, address: str, elsewhere: Callable[[str], str], owner: Member
) -> Callable[[str], list[str]]:
    """Opens a page of another origin, and returns all that went wrong on it."""

    def open_page(content: str) -> list[str]:
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.extend(_astray(request, address, page.url)))
        page.on("requestfailed", lambda request: wrong.append(_failed(request)))
        page.on("response", lambda answer: wrong.extend(_refused(answer)))
        mine = content.replace("http://127.0.0.1:8000", address)
        mine = mine.replace("pql_write_...", owner.keys["write"])
        mine = mine.replace("{ api_host", f"{{ {NOT_A_BOT}, api_host")
        page.goto(elsewhere(mine))
        return wrong

    return open_page


def names_sent(state: State) -> list[str]:
    """The names of the events that are on disk."""
    entries = journal.read(state, range(1, journal.newest_id(state) + 1))
    events = (event for results in translate_entries(entries, 1_000_000) for event in results)
    return [event.name for event in events if isinstance(event, CanonicalEvent)]


def _astray(request: Request, *known: str) -> list[str]:
    """What is asked of any other host; a page that is not there yet has none."""
    own = request.is_navigation_request() or request.url.startswith(known)
    return [] if own else [f"{request.method} {request.url}"]


def _failed(request: Request) -> str:
    return f"{request.method} {request.url}: {request.failure}"


def _refused(answer: Answer) -> list[str]:
    return [] if answer.ok else [f"{answer.status} {answer.request.method} {answer.url}"]


@pytest.mark.browser
@pytest.mark.usefixtures("scripts")
@pytest.mark.parametrize("sdk", PAGES)
def test_a_page_sends_and_nothing_goes_wrong(
    visit: Callable[[str], list[str]], page: Page, web_state: State, sdk: str
) -> None:
    wrong = visit(PAGES[sdk])
    while not set(names_sent(web_state)) >= SAID[sdk]:
        page.wait_for_event("response")
    assert wrong == []


def test_every_page_of_the_documentation_is_visited() -> None:
    assert list(PAGES) == list(SAID)
    assert BROWSERS.count("```html") == len(SAID)
