"""Errors and headers: the shape belongs to the address that was asked for."""

from flask.testing import FlaskClient


def test_an_unknown_api_address_answers_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == 404
    assert answer.get_json()["instance"] == "/api/v1/nothing"
    assert "openapi.json" in answer.get_json()["hint"]


def test_an_unknown_page_answers_a_page(client: FlaskClient) -> None:
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"
    assert "<h1>" in answer.text


def test_an_unknown_ingest_address_answers_code_and_message(client: FlaskClient) -> None:
    answer = client.post("/v1/nothing")
    assert answer.get_json()["code"] == 404
    assert answer.get_json()["message"]


def test_every_answer_forbids_scripts_framing_and_sniffing(client: FlaskClient) -> None:
    for path in ("/healthz", "/openapi.json", "/api/v1/nothing", "/nothing", "/sign-in"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cache-Control"] == "no-store", path
