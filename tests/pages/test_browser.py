"""The pages in Chromium: the list sorts and filters, the account explains itself, all from here."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from pql.state.store import State
from tests.fixtures.account_rows import add_account
from tests.fixtures.web import Member

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("accounts")]


@pytest.fixture
def clean_page(page: Page, address: str) -> Iterator[Page]:
    """A page that may complain about nothing and ask no other origin."""
    complaints: list[str] = []
    origins: set[str] = set()
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: origins.add(urlsplit(asked.url).netloc))
    yield page
    assert complaints == []
    assert origins == {urlsplit(address).netloc}


@pytest.fixture
def signed_in(clean_page: Page, address: str, owner: Member) -> Page:
    """The list, as it opens after signing in."""
    clean_page.goto(f"{address}/")
    clean_page.get_by_label("Key").fill(owner.keys["admin"])
    clean_page.get_by_role("button", name="Sign in").click()
    expect(clean_page.get_by_role("heading", name="Accounts")).to_be_visible()
    return clean_page


def names(page: Page) -> list[str]:
    return page.locator("tbody th a").all_inner_texts()


def test_the_list_sorts(signed_in: Page) -> None:
    assert names(signed_in) == ["Acme", "Bolt", "Coral"]
    motion = signed_in.get_by_role("columnheader", name="Motion")
    expect(motion).to_have_attribute("aria-sort", "descending")
    score = signed_in.get_by_role("columnheader", name="Score")
    score.get_by_role("link").click()
    expect(score).to_have_attribute("aria-sort", "descending")
    score.get_by_role("link").click()
    expect(score).to_have_attribute("aria-sort", "ascending")
    assert names(signed_in) == ["Bolt", "Acme", "Coral"]


def test_the_list_filters(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="High-touch 1").click()
    expect(signed_in.get_by_role("link", name="High-touch 1")).to_have_attribute(
        "aria-current", "page"
    )
    assert names(signed_in) == ["Acme"]
    signed_in.get_by_role("link", name="All 3").click()
    signed_in.get_by_label("Search").fill("cor")
    signed_in.get_by_role("button", name="Filter").click()
    expect(signed_in.get_by_role("link", name="Coral")).to_be_visible()
    assert names(signed_in) == ["Coral"]


def test_the_account_explains_itself(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Acme").click()
    expect(signed_in.get_by_role("heading", name="Acme")).to_be_visible()
    expect(signed_in.get_by_text("Scores 91 on day 6").first).to_be_visible()
    criteria = signed_in.get_by_role("region", name="Criteria")
    expect(criteria.get_by_text("Not met", exact=True)).to_be_visible()
    expect(criteria.get_by_text("Unknown", exact=True)).to_be_visible()
    score = signed_in.get_by_role("region", name="Usage score")
    expect(score.get_by_role("img", name="This account 2,100 among")).to_be_visible()
    expect(signed_in.get_by_text("1 active person short of 3")).to_be_visible()
    expect(signed_in.get_by_role("row", name="ada@example.com MQL")).to_be_visible()


def test_the_keyboard_reaches_the_first_account(signed_in: Page) -> None:
    signed_in.keyboard.press("Tab")
    expect(signed_in.get_by_role("link", name="Skip to the content")).to_be_focused()
    first = signed_in.get_by_role("link", name="Acme")
    for _ in range(30):
        if first.evaluate("link => link === document.activeElement"):
            break
        signed_in.keyboard.press("Tab")
    expect(first).to_be_focused()
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", name="Acme")).to_be_visible()


def test_sales_sends_a_lead_back_with_a_reason(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Leads", exact=True).click()
    signed_in.get_by_label("Reject Ada", exact=True).click()
    signed_in.get_by_label("Reason to reject Ada").fill("no budget")
    signed_in.get_by_role("button", name="Send back").click()
    expect(signed_in.get_by_role("status")).to_contain_text("Rejected")


def test_an_account_opens_whatever_its_id(signed_in: Page, owner: Member, web_state: State) -> None:
    ids = {
        "..": "..",
        ".": ".",
        "a/../../b": "a/../../b",
        "x\ny": '"x\\ny"',
        "\\\\c": "\\\\c",
        " ": '" "',
    }
    with web_state.writing() as session:
        for each in ids:
            add_account(session, owner.workspace_id, each)
    for shown in ids.values():
        signed_in.get_by_role("link", name="Accounts", exact=True).first.click()
        signed_in.get_by_role("link", name=shown, exact=True).click()
        expect(signed_in.get_by_role("heading", name=shown, exact=True)).to_be_visible()


def test_after_signing_out_going_back_shows_nothing(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Acme").click()
    expect(signed_in.get_by_role("heading", name="Acme")).to_be_visible()
    signed_in.get_by_role("button", name="Sign out").click()
    expect(signed_in.get_by_role("heading", name="Sign in")).to_be_visible()
    signed_in.go_back()
    expect(signed_in.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(signed_in.get_by_text("Acme")).to_have_count(0)
