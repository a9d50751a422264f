"""Only the wiring: the fixtures are in tests/fixtures, one file a topic."""

from hypothesis import settings

# A quarter of hypothesis's own number: there are many properties, and every run draws others.
settings.register_profile("suite", max_examples=25)
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
