"""Addresses as the real server hands them on: ids of any kind, and who a proxy says is asking."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPMessage
from json import loads
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from benchmarks.intake.servers import WORKSPACE, prepare, running_web
from benchmarks.service import PATIENCE
from pql.state.store import State
from pql.workspaces import find_workspace
from tests.fixtures.account_rows import add_account

pytestmark = pytest.mark.slow

IDS = [".", "..", "/", "//a//", "a/../b", "%2F", "%2e%2e", "a?b#c;d", "a\nb", "\\", "ü " * 256]


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port of a web server that has these accounts, and a key that may read them."""
    folder: Path = tmp_path_factory.mktemp("addresses")
    service, _ = prepare(folder, TRUSTED_PROXIES="127.0.0.1")
    key = service.create_key(WORKSPACE, "read")
    state = State(service.environment["DATABASE_URL"])
    with state.writing() as session:
        for each in IDS:
            add_account(session, find_workspace(session, WORKSPACE).id, each)
    state.close()
    with running_web(service) as port:
        yield port, key


def ask(port: int, path: str, headers: Mapping[str, str]) -> tuple[int, HTTPMessage, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("account", IDS)
def test_an_account_is_fetched_whatever_its_id(asking: tuple[int, str], account: str) -> None:
    port, key = asking
    for path in (f"account?{urlencode({'id': account})}", f"accounts/{quote(account, safe='')}"):
        bearer = {"Authorization": f"Bearer {key}"}
        status, _, body = ask(port, f"/api/v1/{path}", bearer)
        assert (status, loads(body)["id"]) == (200, account)


@pytest.mark.parametrize(
    ("said", "is_https"),
    [("https", True), ("http, https", True), ("https, http", False), ("", False)],
)
def test_a_trusted_proxy_says_that_it_was_https(
    asking: tuple[int, str], said: str, is_https: bool
) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": said}
    _, headers, _ = ask(asking[0], "/sign-in", forwarded)
    assert ("Strict-Transport-Security" in headers) is is_https
    assert ("Secure" in headers["Set-Cookie"]) is is_https


def test_wrong_keys_count_for_the_address_that_the_proxy_appended(asking: tuple[int, str]) -> None:
    def wrong(number: int, client: str) -> int:
        headers = {
            "Authorization": f"Bearer pql_read_{number:043}",
            "X-Forwarded-For": f"192.0.2.{number}, {client}",
        }
        return ask(asking[0], "/api/v1/accounts", headers)[0]

    assert [wrong(number, "198.51.100.7") for number in range(11)] == [401] * 10 + [429]
    assert wrong(11, "198.51.100.8") == 401
