"""What a body may be is told to its sender. None is a fault of ours, or takes long to read."""

import io

import pytest
from flask.testing import FlaskClient

from routes.limits import LARGEST_DOCUMENT, LARGEST_FORM
from tests.fixtures.web import Member

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/api/v1/finder", "/api/v1/quarantine/replay"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"seed":' + b"9" * 5_000 + b"}", "too many digits"),
    ],
    ids=["lists", "objects", "digits"],
)
def test_json_that_nobody_can_read_is_the_senders_error(
    client: FlaskClient, owner: Member, path: str, body: bytes, words: str
) -> None:
    headers = owner.bearer("admin")
    answer = client.post(path, data=body, headers=headers, content_type="application/json")
    assert answer.status_code == 400
    assert words in answer.get_json()["detail"]


@pytest.mark.parametrize("has_length", [True, False])
def test_a_body_that_is_too_large_for_the_api_hears_the_limit(
    client: FlaskClient, owner: Member, has_length: bool
) -> None:
    size = LARGEST_DOCUMENT + 1
    answer = client.put(
        "/api/v1/definitions",
        input_stream=io.BytesIO(b"#" * size),
        content_length=size if has_length else None,
        content_type="text/yaml",
        headers=owner.bearer("admin"),
        environ_base={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert f"more than {LARGEST_DOCUMENT} bytes" in answer.get_json()["detail"]


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=b"])
def test_a_form_that_is_too_large_is_refused_before_it_is_taken_apart(
    client: FlaskClient, content_type: str, has_length: bool
) -> None:
    size = LARGEST_FORM + 1
    answer = client.post(
        "/sign-in",
        input_stream=io.BytesIO((b"a=&" * size)[:size]),
        content_length=size if has_length else None,
        content_type=content_type,
        environ_base={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert f"more than {LARGEST_FORM} bytes" in answer.text
