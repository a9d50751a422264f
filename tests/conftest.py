"""Only the wiring: the fixtures are in tests/fixtures, one file a topic."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

# A quarter of hypothesis's own number: there are many properties, and every run draws others. How
# long one takes says how busy the machine is, not whether the code is right.
settings.register_profile(
    "suite",
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.databases",
    "tests.fixtures.events",
    "tests.fixtures.loading",
    "tests.fixtures.migrated",
    "tests.fixtures.network",
    "tests.fixtures.postgres",
    "tests.fixtures.product",
    "tests.fixtures.web",
    # After what it builds on, whose assertions pytest rewrites.
    "tests.fixtures.arriving",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files come first, then those with many tests: no process is left with one in the end."""
    sizes = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, -sizes[item.path], item.path))
