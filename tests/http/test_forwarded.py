"""Only a proxy that the operator named is believed about whom it speaks for."""

from __future__ import annotations

from collections.abc import MutableMapping
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Receive, Scope, Send
from tests.servers import LiveServer, identity_services, serving

from artrator.http.forwarded import Forwarded
from artrator.http.settings import HttpSettings

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


async def _seen(peer: str, headers: list[tuple[str, str]]) -> MutableMapping[str, Any]:
    app = FastAPI()

    @app.get("/")
    def seen(request: Request) -> dict[str, str | None]:
        return {"address": request.client.host if request.client else None, "scheme": request.url.scheme}

    rule = Forwarded(trusted=TRUSTED, public_scheme=None)

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        rule.rewrite(scope)
        await app(scope, receive, send)

    transport = httpx.ASGITransport(guarded, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.get("/", headers=headers)).json()


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1," + "10.0.0.2," * 5000, "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
async def test_the_callers_address_is_the_last_one_nobody_vouches_for(peer: str, forwarded: str, address: str) -> None:
    assert (await _seen(peer, [("X-Forwarded-For", forwarded)]))["address"] == address


async def test_a_header_that_is_sent_twice_is_read_as_one_list() -> None:
    headers = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "198.51.100.1")]
    assert (await _seen("10.0.0.1", headers))["address"] == "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [("203.0.113.9", "https", "http"), ("10.0.0.1", "https", "https"), ("10.0.0.1", "javascript", "http")],
)
async def test_the_scheme_is_believed_from_a_trusted_proxy(peer: str, proto: str, scheme: str) -> None:
    assert (await _seen(peer, [("X-Forwarded-Proto", proto)]))["scheme"] == scheme


def test_a_client_cannot_choose_the_address_that_its_session_shows(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client(headers={"X-Forwarded-For": "198.51.100.1"}) as client:
        login = {"email": "ada@example.org", "password": "seven walks by the sea"}
        assert client.post("/v1/sessions", json=login).status_code == 201
        assert client.get("/v1/sessions").json()["results"][0]["address"] == "127.0.0.1"


def test_a_public_https_address_makes_cookies_secure(dsn: str) -> None:
    settings = HttpSettings(public_url="https://art.example")
    with serving(lambda: identity_services(dsn), settings) as server:
        server.register("ada")
        with server.client() as client:
            login = {"email": "ada@example.org", "password": "seven walks by the sea"}
            reply = client.post("/v1/sessions", json=login)
    assert all("Secure" in each for each in reply.headers.get_list("set-cookie"))
