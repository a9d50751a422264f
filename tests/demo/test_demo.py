"""`pql demo --exit`: the service, the real SDK and the simulated accounts, no part replaced."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from benchmarks.service import running_service
from pql.definitions.model import Motion
from routes.command_line import main
from routes.demonstration.asking import Routed
from routes.demonstration.sending import SdkMissing, Sender
from routes.demonstration.showing import differences
from tests.documentation.pages import Page as DocumentationPage


def routed(key: str) -> Routed:
    return Routed(key, f"Simulated account {key}", None, 50, 3, "because")


def demo(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "routes.command_line", "demo", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demonstration put its stores, once it has ended well."""
    folder = tmp_path_factory.mktemp("demonstration")
    done = demo("--exit", "--folder", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demonstration_routes_every_clear_case_as_it_was_meant(stores: Path) -> None:
    written = (stores / "said.txt").read_text()
    for said in ("simulated", "high_touch: ", "low_touch: ", "no_touch: ", "All 52 accounts"):
        assert said in written


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.browser
def test_its_pages_list_sort_filter_and_explain(stores: Path, page: Page) -> None:
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))
    with running_service(stores) as service:
        page.goto(service.address)
        page.get_by_label("Key").fill(service.create_key("simulated", "read"))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="High-touch").click()
        expect(page.locator("tbody .badge", has_text="High-touch").first).to_be_visible()
        assert page.locator("tbody .badge", has_text="No-touch").count() == 0
        first = page.locator("tbody th a").first
        highest = first.inner_text()
        page.get_by_role("columnheader", name="Account").get_by_role("link").click()
        expect(page.get_by_role("columnheader", name="Account")).to_have_attribute(
            "aria-sort", "ascending"
        )
        page.get_by_label("Search").fill(highest)
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("tbody th a")).to_have_count(1)
        first.click()
        expect(page.get_by_role("heading", name=highest)).to_be_visible()
        expect(
            page.get_by_text("what the median later customer had done by day").first
        ).to_be_visible()
        expect(page.get_by_role("region", name="Usage score")).to_be_visible()
    assert said == []
    assert {url for url in asked if not url.startswith(service.address)} == set()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_examples_for_growth_teams_can_be_pasted_in_their_order(
    stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(stores, tmp_path / "pql-demo")
    monkeypatch.chdir(tmp_path)
    page = DocumentationPage("docs/growth.md")
    Path("growth.yaml").write_text(page.blocks("yaml")[0])
    variables = {
        "DATABASE_URL": "sqlite:///pql-demo/state.db",
        "EVENTS_URL": "duckdb:///pql-demo/events.duckdb",
    }
    assert all(f"{name}={value}" in page.text for name, value in variables.items())
    said: dict[str, str] = {}
    for words in page.command_lines("pql"):
        # The other pictures show what the worker works out for the file that was applied.
        is_drawn = words[1] != "picture" or words[2] == "benchmark"
        if "N" not in words and is_drawn:  # N is for the reader to replace
            done = CliRunner().invoke(main, words[1:], env=variables)
            line = " ".join(words)
            assert done.exit_code == 0, (line, done.output, done.exception)
            said[line] = done.output
    validate = "pql definitions validate growth.yaml --workspace simulated"
    assert said[validate].endswith("growth.yaml: 3 metrics, 1 definition, valid\n")
    assert "no event" not in said[validate]
    assert (
        "Version 3 is in force" in said["pql definitions apply growth.yaml --workspace simulated"]
    )
    assert Path("messages.png").exists()


def test_an_account_that_was_meant_for_another_motion_is_told() -> None:
    lists = {Motion.HIGH_TOUCH: [routed("a")], Motion.LOW_TOUCH: [routed("b")]}
    meant = {"a": Motion.HIGH_TOUCH, "b": Motion.NO_TOUCH, "c": Motion.LOW_TOUCH}
    assert differences(lists, meant) == [
        "b: meant no_touch, got low_touch",
        "c: meant low_touch, got nothing",
    ]


def test_the_sdk_is_asked_for_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "segment.analytics.client", None)
    with pytest.raises(SdkMissing, match=r"pip install 'pql\[demo\]'"):
        Sender("http://127.0.0.1:1", "key", 1)
