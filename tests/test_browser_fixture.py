"""The browser that the page tests are given."""

import pytest
from playwright.sync_api import Page


@pytest.mark.browser
def test_the_system_browser_runs_scripts_and_draws_text(page: Page) -> None:
    page.set_content("<p>a</p><script>document.querySelector('p').textContent += 'b'</script>")
    assert page.inner_text("p") == "ab"
    box = page.locator("p").bounding_box()
    assert box is not None
    assert box["height"] > 0
