"""Every id that intake lets in can be shown, linked, fetched and exported, as it was sent."""

import csv
import io
import re
from html import unescape
from urllib.parse import quote, unquote, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import strategies as st
from markupsafe import escape

from routes.pages.wording import visible
from tests.fixtures.arriving import Arriving
from tests.fixtures.loading import track
from tests.fixtures.web import Member
from tests.fuzz.hostile import made_up
from tests.pages.conftest import SignIn
from usage_ingest.identity.placeholders import is_placeholder

HARD = [
    *(
        ".",
        "..",
        "/app 2",
        "a%2F",
        "../..",
        "./",
        "/",
        "//",
        "///",
        "/a",
        "a/",
        "a//b",
        "/../",
        "...",
        ".csv",
    ),
    *(
        "%",
        "%2F",
        "%2f..",
        "%2e%2e",
        "%00",
        "100%",
        "?",
        "?a=b",
        "#",
        "a#b",
        ";",
        "a;b=c",
        "&",
        "+",
    ),
    *(
        " ",
        "  ",
        " a",
        "a ",
        "a b",
        "\n",
        "a\nb",
        "\r\n",
        "\t",
        "\\",
        "..\\",
        "\\\\host",
        "\x1b[2J",
    ),
    *(
        "-x",
        "--",
        "--help",
        "=1+1",
        "'=1",
        "'",
        '"',
        "<b>",
        "{{ 1 }}",
        "null/null",
        "https://e.com/x",
    ),
    *("ü", "e\u0301", "\u202e", "\u200b", "\ufeff", "\U0001f469\u200d\U0001f4bb", "\uffff", "\x85"),
    *("x" * 512, "\U0001f600" * 512, "accept", "a,b", "1", "-1.0", "a.svg"),
]
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
PARTS = st.lists(st.sampled_from([*"./\\%?#;&+= \n-'", "2F", "..", "a"]), min_size=1, max_size=8)


@pytest.fixture
def ids() -> list[str]:
    """The hard ones, and what is made up: each lets an event in."""
    tried = [*HARD, *made_up(TEXTS | PARTS.map("".join), 30)]
    return list(dict.fromkeys(tried))


def person(each: str) -> str:
    """Who has this id; some name nobody."""
    return "somebody" if is_placeholder(each) else each


@pytest.fixture
def sent(arriving: Arriving, owner: Member, ids: list[str]) -> list[str]:
    """The ids of accounts, people and messages whose events were loaded."""
    events = [track(each, group=each) | {"userId": person(each)} for each in ids]
    assert arriving.load_sent(owner, *events).quarantined == 0
    return ids


def as_browsers_ask(link: str) -> str:
    """What a browser asks for when it follows a link, through a proxy that merges slashes."""
    address = urlsplit(link)
    segments: list[str] = []
    for segment in address.path.split("/"):
        if unquote(segment) == "..":
            segments = segments[:-1]
        elif segment and unquote(segment) != ".":
            segments.append(segment)
    return f"/{'/'.join(segments)}?{address.query}"


def test_every_id_comes_back_as_it_was_sent(
    arriving: Arriving, owner: Member, sent: list[str], sign_in: SignIn
) -> None:
    client = arriving.client
    assert_the_list_and_the_file_name_them(client, owner, sent)
    assert_messages_have_receipts(client, owner, sent)
    for each in sent:
        answer = client.get("/api/v1/account", query_string={"id": each}, headers=owner.bearer())
        told = answer.get_json()
        assert (told["id"], told["contacts"][0]["user_id"]) == (each, person(each))
        at_path = f"/api/v1/accounts/{quote(each, safe='')}?history_limit=1"
        assert client.get(at_path, headers=owner.bearer()).get_json()["id"] == each
    sign_in(owner)
    assert_the_list_links_to_each(client, sent)


def assert_the_list_and_the_file_name_them(
    client: FlaskClient, owner: Member, sent: list[str]
) -> None:
    listed = client.get("/api/v1/accounts?limit=500", headers=owner.bearer()).get_json()["data"]
    assert sorted(each["id"] for each in listed) == sorted(sent)
    file = client.get("/api/v1/accounts.csv", headers=owner.bearer()).data.decode()
    rows = csv.DictReader(io.StringIO(file, newline=""))
    assert sorted(row["id"].removeprefix("'") for row in rows) == sorted(sent)


def assert_messages_have_receipts(client: FlaskClient, owner: Member, sent: list[str]) -> None:
    key = owner.bearer("write")
    found = client.post("/v1/receipts", json=sent, headers=key).get_json()["receipts"]
    assert [(each["fate"], each["message_id"]) for each in found] == [("stored", i) for i in sent]
    for each in (".", "..", "/app 2", "//", "\n", "a%2F", " "):
        for path in (f"?{urlencode({'id': each})}", f"/{quote(each, safe='')}"):
            receipt = client.get(f"/v1/receipts{path}", headers=key).get_json()
            assert (receipt["fate"], receipt["account"]) == ("stored", each), path


def assert_the_list_links_to_each(client: FlaskClient, sent: list[str]) -> None:
    listing = client.get("/accounts?limit=500").text
    links = [unescape(each) for each in re.findall(r'<th scope="row"><a href="([^"]+)"', listing)]
    shown = [client.get(as_browsers_ask(link)) for link in links]
    headings = [re.findall(r"<h1>(.*?)</h1>", answer.text, re.DOTALL)[0] for answer in shown]
    assert sorted(headings) == sorted(escape(visible(each)) for each in sent)


def test_nothing_of_an_id_is_invisible_in_a_link() -> None:
    assert visible(" ") == '" "'
    assert visible("a\nb") == '"a\\nb"'
    assert visible("\u200b") == '"\\u200b"'
    assert visible("Ü b/c") == "Ü b/c"
