"""Bodies that are too large, too slow, or not what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.http.conftest import SendBytes
from tests.servers import LiveServer, platform_services, serving

from artrator.http.settings import HttpSettings

SMALL = HttpSettings(max_body_bytes=2048, max_file_bytes=8192, max_upload_bytes=8192, body_grace_s=0.3)
HEAD = b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
LARGE = b'{"email": "' + b"a" * 5000 + b'"}'


@pytest.fixture
def small_server(dsn: str, tmp_path: Path):
    with serving(lambda: platform_services(dsn, tmp_path), SMALL) as server:
        yield server


def _chunked(body: bytes) -> bytes:
    pieces = [body[start : start + 500] for start in range(0, len(body), 500)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_body_announced_too_large_is_refused(small_server: LiveServer) -> None:
    with small_server.client() as client:
        reply = client.post("/v1/sessions", content=LARGE, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    assert reply.headers["connection"] == "close"


def test_a_body_that_turns_out_too_large_is_refused(small_server: LiveServer, send_bytes: SendBytes) -> None:
    answer = send_bytes(small_server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(LARGE))
    assert b" 413 " in answer.partition(b"\r\n")[0]
    assert b"body_too_large" in answer


def test_a_small_body_in_chunks_is_read(small_server: LiveServer, send_bytes: SendBytes) -> None:
    body = json.dumps({"email": "ada@example.org", "password": "wrong"}).encode()
    answer = send_bytes(small_server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(body))
    assert b"login_failed" in answer


def test_a_body_shorter_than_announced_is_given_up(small_server: LiveServer, send_bytes: SendBytes) -> None:
    answer = send_bytes(small_server, HEAD + b'Content-Length: 500\r\n\r\n{"email": ')
    assert b" 408 " in answer.partition(b"\r\n")[0]
    assert b"body_too_slow" in answer


def test_more_than_announced_is_not_read_as_the_body(small_server: LiveServer, send_bytes: SendBytes) -> None:
    answer = send_bytes(
        small_server, HEAD + b"Content-Length: 2\r\n\r\n{}GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"artrator_http" not in answer


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 2\r\nContent-Length: 40\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x10\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
    ],
)
def test_framing_that_two_servers_could_read_differently_is_refused(
    small_server: LiveServer, send_bytes: SendBytes, framing: bytes
) -> None:
    answer = send_bytes(small_server, HEAD + framing + b"\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.partition(b"\r\n")[0].split()[1] in {b"400", b"413", b"501"}
    assert b'"status":"ok"' not in answer


def test_only_a_known_caller_may_send_a_large_file(small_server: LiveServer) -> None:
    small_server.register("ada")
    for path in ("/v1/files", "/v1/models/ada/x/versions"):
        with small_server.client() as stranger:
            assert stranger.post(path, content=LARGE).status_code == 413
        with small_server.client("art_aaaaaaaa_" + "a" * 43) as guesser:
            assert guesser.post(path, content=LARGE).status_code == 401
        with small_server.client(small_server.key_of("ada")) as ada:
            assert ada.post(path, content=LARGE).status_code != 413
            assert ada.post(path, content=LARGE * 2).status_code == 413


def _refusal(server: LiveServer, body: bytes, content_type: str = "application/json") -> tuple[int, str, str | None]:
    with server.client() as client:
        reply = client.post("/v1/sessions", content=body, headers={"Content-Type": content_type})
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert isinstance(problem["detail"], str)
    return reply.status_code, problem["code"], problem.get("field")


@pytest.mark.parametrize("body", [b"{", b"nope", b'{"email": }', b"\xff\xfe", b'{"a":1}}', b"'x'"])
def test_malformed_json_is_a_400(live_server: LiveServer, body: bytes) -> None:
    status, code, _ = _refusal(live_server, body)
    assert status == 400
    assert code in {"json_malformed", "body_malformed"}


def test_very_deep_json_is_refused(live_server: LiveServer) -> None:
    assert _refusal(live_server, b"[" * 100_000)[0] == 400
    deep = b'{"email": ' + b"[" * 200 + b"]" * 200 + b', "password": "x"}'
    assert _refusal(live_server, deep)[0] == 422


def test_a_number_of_many_digits_is_refused(live_server: LiveServer) -> None:
    assert _refusal(live_server, b'{"email": ' + b"9" * 100_000 + b"}")[0] in {400, 422}


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"{}", b""])
def test_json_of_another_shape_is_a_422(live_server: LiveServer, body: bytes) -> None:
    assert _refusal(live_server, body)[:2] == (422, "request_malformed")


@pytest.mark.parametrize(
    "text",
    ['"ada\\u0000@example.org"', '"\\ud800"', "NaN", "Infinity", "1e999"],
    ids=["nul", "half", "nan", "inf", "big"],
)
def test_what_cannot_be_stored_is_a_422(live_server: LiveServer, text: str) -> None:
    assert _refusal(live_server, b'{"email": "ada@example.org", "password": %s}' % text.encode())[0] == 422


def test_an_unknown_field_is_named(live_server: LiveServer) -> None:
    body = b'{"email": "ada@example.org", "password": "x", "is_admin": true}'
    assert _refusal(live_server, body) == (422, "request_malformed", "is_admin")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type_is_a_415(live_server: LiveServer, content_type: str) -> None:
    assert _refusal(live_server, b'{"email": "a", "password": "b"}', content_type)[:2] == (
        415,
        "content_type_unsupported",
    )


def test_a_refusal_does_not_repeat_the_password(live_server: LiveServer) -> None:
    with live_server.client() as client:
        reply = client.post("/v1/users", json={"email": "x", "password": ["hunter2hunter2"], "handle": 1})
    assert "hunter2" not in reply.text
