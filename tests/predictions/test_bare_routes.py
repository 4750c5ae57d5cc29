"""The short cut of a create and its documented route answer alike: a request to the one is as good as to the other."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.platforms import Plan
from tests.predictions.test_routes import CREATE, Shop
from tests.predictions.test_routes import shop as shop  # noqa: PLC0414 - a fixture

SHORT_CUT, DOCUMENTED = "application/json", "application/vnd.artrator+json"
"""The short cut takes the plain kind of JSON only."""
OF_ONE_REPLY = {"x-request-id", "date", "content-length", "ratelimit-remaining", "ratelimit-reset"}
DEEP = b'{"input": {"do": ' + b"[" * 5000 + b"]" * 5000 + b"}}"


def _both(client: httpx.Client, path: str, content: bytes, **headers: str) -> Iterator[httpx.Response]:
    for kind in (SHORT_CUT, DOCUMENTED):
        yield client.post(path, content=content, headers={"Content-Type": kind, **headers})


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else type(value)


def test_the_same_request_has_the_same_reply_by_either_way(shop: Shop) -> None:
    short, long = _both(shop.buyer, CREATE, b'{"input": {"do": "label", "seed": 7}}', Prefer="wait")
    assert short.status_code == long.status_code == 201
    assert _shape(short.json()) == _shape(long.json())
    same = ("model", "version", "input", "output", "status", "source", "error", "logs", "files")
    assert [short.json()[name] for name in same] == [long.json()[name] for name in same]
    named = [{name: text for name, text in each.headers.items() if name not in OF_ONE_REPLY} for each in (short, long)]
    assert named[0] == named[1]
    assert set(short.headers) == set(long.headers)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"input": {"do": "\xff"}}',
        b'{"input": {"do": "\\ud800"}}',
        b'{"input": {"do": "a\\u0000b"}}',
        b'{"input": {"seed": NaN}}',
        b'{"input": {"seed": 1e999}}',
        b'{"input": {"seed": 99999999999999999999999999}}',
        b'{"input": {"seed": 1.5}}',
        b'{"input": {"seed": true}}',
        b'{"input": {"do": 1}, "input": {"do": 2}}',
        b'{"input": [1]}',
        b'{"input": {"do": "finish", "do": 3}}',
        b'{"input": {}, "surprise": 1}',
        b'{"input": {}, "version": "x"}',
        b'{"input": {}, "stream": 7}',
        b'{"input": {"nothing": 1}}',
        DEEP,
    ],
)
def test_a_body_that_is_refused_is_refused_in_the_same_words_by_either_way(shop: Shop, content: bytes) -> None:
    for path in (CREATE, "/v1/predictions"):
        short, long = _both(shop.buyer, path, content, Prefer="wait")
        assert short.status_code == long.status_code >= 400
        assert short.json() == long.json()
        assert short.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Prefer": "wait=61"},
        {"Prefer": "wait," + "x" * 300},
        {"Cancel-After": "never"},
        {"Cancel-After": "1" * 60},
        {"Idempotency-Key": "k" * 256},
        {"Idempotency-Key": "k" * 400},
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer art_aaaaaaaa_" + "a" * 43},
        {"Authorization": ""},
    ],
)
def test_headers_that_are_refused_are_refused_in_the_same_words_by_either_way(
    shop: Shop, headers: dict[str, str]
) -> None:
    short, long = _both(shop.buyer, CREATE, b'{"input": {}}', **headers)
    assert short.status_code == long.status_code >= 400
    assert short.json() == long.json()


def test_nobody_runs_anything_by_either_way(shop: Shop) -> None:
    with shop.server.client() as nobody:
        short, long = _both(nobody, CREATE, b'{"input": {}}')
    assert short.status_code == long.status_code == 401
    assert short.json() == long.json()


def test_a_page_needs_its_csrf_token_by_either_way(shop: Shop) -> None:
    shop.server.register("ada")
    with shop.server.client() as page:
        login = {"email": "ada@example.org", "password": "seven walks by the sea"}
        session = page.post("/v1/sessions", json=login).json()
        for reply in _both(page, CREATE, b'{"input": {}}'):
            assert (reply.status_code, reply.json()["code"]) == (403, "csrf_token_invalid")
        for reply in _both(page, CREATE, b'{"input": {}}', **{"X-CSRF-Token": session["csrf_token"]}):
            assert reply.status_code == 402  # she may, and has no credits


def test_a_key_without_the_scope_runs_nothing_by_either_way(shop: Shop, plan: Plan) -> None:
    shop.server.register("ada")
    with shop.server.client(shop.server.key_of("ada")) as ada:
        made = ada.post("/v1/keys", json={"name": "no runs", "scopes": ["keys"]}).json()
    with shop.server.client(made["secret"]) as limited:
        for reply in _both(limited, CREATE, b'{"input": {}}'):
            assert (reply.status_code, reply.json()["code"]) == (403, "scope_missing")


def test_both_ways_are_counted_under_one_template(shop: Shop) -> None:
    for reply in _both(shop.buyer, CREATE, b'{"input": {}}'):
        assert reply.status_code == 201
    figures = shop.buyer.get("/metrics").text
    counted = (
        'artrator_http_requests_total{method="POST",route="/v1/models/{owner}/{name}/predictions",status="201"} 2.0'
    )
    assert counted in figures
