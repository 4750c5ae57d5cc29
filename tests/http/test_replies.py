"""What every reply carries, and what a bug gives away: nothing."""

from __future__ import annotations

import logging

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from tests.servers import LiveServer, identity_services, serving

from artrator.db.database import Database
from artrator.http.app import build_app
from artrator.http.settings import HttpSettings
from artrator.kernel.errors import KINDS
from artrator.wire.provide import Services


@pytest.mark.parametrize("path", ["/healthz", "/v1/account", "/nowhere", "/openapi.json"])
def test_every_reply_guards_the_browser(live_server: LiveServer, path: str) -> None:
    with live_server.client() as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_refusals_of_the_edge_guard_the_browser_too(live_server: LiveServer) -> None:
    with live_server.client() as client:
        headers = client.get("/healthz", headers={"Host": "evil.example"}).headers
    assert "content-security-policy" in headers
    assert "x-request-id" in headers


def test_what_an_account_sees_is_not_kept_by_caches(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client(live_server.key_of("ada")) as client:
        assert client.get("/v1/account").headers["cache-control"] == "no-store"


def test_requests_have_ids_of_their_own(live_server: LiveServer) -> None:
    with live_server.client() as client:
        ids = {client.get("/healthz", headers={"X-Request-Id": "mine"}).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert "mine" not in ids


def _faulty_app() -> FastAPI:
    app = build_app(Services(), HttpSettings(), registry=CollectorRegistry())

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("the secret is 42")

    @app.get("/error/{kind}")
    def error(kind: str) -> None:
        raise KINDS[kind]("some_code", "A sentence.", field="inputs.x", retry_after_s=2.5)

    return app


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_a_bug_is_logged_once_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with _client(_faulty_app()) as client:
            reply = await client.get("/bug")
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert "42" not in reply.text
    assert "content-security-policy" in reply.headers
    request_id = reply.headers["x-request-id"]
    assert reply.json()["facts"]["request_id"] == request_id
    assert [request_id in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_error_is_a_problem_with_its_own_status(kind: str) -> None:
    async with _client(_faulty_app()) as client:
        reply = await client.get(f"/error/{kind}")
    problem = reply.json()
    assert 400 <= reply.status_code < 600
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["retry-after"] == "3"
    assert (problem["status"], problem["kind"], problem["code"]) == (reply.status_code, kind, "some_code")
    assert (problem["detail"], problem["field"]) == ("A sentence.", "inputs.x")


def test_requests_are_counted_by_their_routes_template(live_server: LiveServer) -> None:
    with live_server.client() as client:
        for handle in ("ada", "bob", "eve"):
            client.get(f"/v1/users/{handle}")
            client.get(f"/nowhere/{handle}")
        client.request("BREW", "/healthz")
        figures = client.get("/metrics").text
    assert 'artrator_http_requests_total{method="GET",route="/v1/users/{handle}",status="404"} 3.0' in figures
    assert 'artrator_http_requests_total{method="GET",route="unmatched",status="404"} 3.0' in figures
    assert "ada" not in figures
    assert "BREW" not in figures


def test_the_figures_are_for_this_machine_the_token_and_operators(dsn: str) -> None:
    settings = HttpSettings(metrics_token=SecretStr("scrape-me-please"))
    with serving(lambda: identity_services(dsn), settings) as server:
        server.register("ada")
        server.register("keeper", operator=True)
        behind_a_proxy = {"X-Forwarded-For": "198.51.100.1"}

        def status(credential: str | None) -> int:
            with server.client(credential, headers=behind_a_proxy) as client:
                return client.get("/metrics").status_code

        with server.client() as local:
            assert local.get("/metrics").status_code == 200
        assert status(None) == 401
        assert status("scrape-me") == 401
        assert status("scrape-me-please") == 200
        assert status(server.key_of("ada")) == 403
        assert status(server.key_of("keeper")) == 200


def test_readiness_needs_the_database_and_liveness_does_not(live_server: LiveServer) -> None:
    with live_server.client() as client:
        assert client.get("/readyz").json()["status"] == "ready"
        assert client.get("/healthz").json()["status"] == "ok"


async def test_a_lost_database_is_a_503_that_does_not_tell_its_address() -> None:
    services = Services()
    database = Database("postgresql://somebody:secret@127.0.0.1:1/nowhere")
    services.add(database)
    async with _client(build_app(services, HttpSettings())) as client:
        reply = await client.get("/readyz")
    await database.close()
    assert (reply.status_code, reply.json()["code"]) == (503, "database_unavailable")
    assert "somebody" not in reply.text
