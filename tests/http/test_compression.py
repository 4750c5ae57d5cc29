"""Long answers that everybody gets alike are compressed; what may hold somebody's secret is not."""

from __future__ import annotations

import gzip

import httpx
import pytest
from tests.servers import LiveServer

from artrator.http.compression import accepted_codings, compressed, may_compress


def raw(client: httpx.Client, path: str, **headers: str) -> tuple[httpx.Headers, bytes]:
    """Give an answer as it went over the wire."""
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip", **headers}, timeout=60) as reply:
        return reply.headers, b"".join(reply.iter_raw())


def test_a_long_public_answer_is_compressed_for_who_takes_it(live_server: LiveServer) -> None:
    with live_server.client() as client:
        plain = client.get("/openapi.json", headers={"Accept-Encoding": "identity"}, timeout=60)  # it is made now
        headers, body = raw(client, "/openapi.json")
    assert "content-encoding" not in plain.headers
    assert (headers["content-encoding"], int(headers["content-length"])) == ("gzip", len(body))
    assert "Accept-Encoding" in headers["vary"]
    assert gzip.decompress(body) == plain.content
    assert len(body) < len(plain.content) / 4


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("identity", False),
        ("", False),
    ],
)
def test_only_codings_that_a_client_takes_are_used(header: str, taken: bool) -> None:
    assert ("gzip" in accepted_codings(header)) is taken


def test_what_a_caller_may_see_more_of_is_compressed_for_strangers_alone() -> None:
    start = {"status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", b"9000")]}

    class Route:
        path = "/v1/models"

    def asked(*headers: tuple[bytes, bytes], method: str = "GET", path: str = "/v1/models") -> bool:
        route = Route()
        route.path = path
        scope = {"route": route, "method": method, "headers": [(b"accept-encoding", b"gzip"), *headers]}
        return may_compress(scope, start)

    assert asked()
    assert not asked((b"cookie", b"session=1"))
    assert not asked((b"authorization", b"Bearer art_1"))
    assert asked((b"cookie", b"session=1"), path="/v1/explore")
    assert not asked(method="HEAD")
    for secret in ("/v1/predictions", "/v1/predictions/{prediction_id}/stream", "/v1/account", "/v1/keys"):
        assert not asked(path=secret)


def test_short_answers_streams_and_other_kinds_go_as_they_are() -> None:
    class Route:
        path = "/v1/explore"

    scope = {"route": Route(), "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    for status, headers in (
        (200, {b"content-type": b"application/json", b"content-length": b"200"}),
        (200, {b"content-type": b"application/json"}),
        (200, {b"content-type": b"text/event-stream", b"content-length": b"9000"}),
        (200, {b"content-type": b"application/json", b"content-length": b"9000", b"content-encoding": b"br"}),
        (404, {b"content-type": b"application/json", b"content-length": b"9000"}),
    ):
        assert not may_compress(scope, {"status": status, "headers": list(headers.items())})


def test_a_reply_that_varied_already_varies_by_both() -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"vary", b"Cookie"), (b"content-length", b"4")]}
    head, body = compressed(start, {"type": "http.response.body", "body": b"abcd"})
    assert dict(head["headers"])[b"vary"] == b"Cookie, Accept-Encoding"
    assert gzip.decompress(body["body"]) == b"abcd"
