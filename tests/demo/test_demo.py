"""`pql demo --exit`: the service, the real SDK and the simulated accounts, no part replaced."""

import subprocess
import sys
from pathlib import Path

import pytest

from pql.definitions.model import Motion
from routes.demonstration.asking import Routed
from routes.demonstration.sending import SdkMissing, Sender
from routes.demonstration.showing import differences


def routed(key: str) -> Routed:
    return Routed(key, f"Simulated account {key}", None, 50, 3, "because")


def demo(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "routes.command_line", "demo", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demonstration_routes_every_clear_case_as_it_was_meant(tmp_path: Path) -> None:
    done = demo("--exit", "--folder", tmp_path / "stores")
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("simulated", "high_touch: ", "low_touch: ", "no_touch: ", "All 52 accounts"):
        assert said in done.stdout
    assert (tmp_path / "stores" / "state.db").is_file()


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
