"""Only the wiring: the fixtures are in tests/fixtures, one file a topic."""

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
