"""Wallet and earnings over HTTP, to those alone whose they are."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from tests.ledger.movements import run_of, top_up, write

from artrator.db.database import Database
from artrator.http.problems import install_problem_handlers
from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings, PasswordSettings
from artrator.identity.user import User
from artrator.ledger.routes import router
from artrator.ledger.run_payment import hold, settle
from artrator.ledger.wallets import Wallets
from artrator.wire.provide import Services


@pytest.fixture
async def identity(database: Database) -> AsyncIterator[Identity]:
    service = Identity(database, IdentitySettings(passwords=PasswordSettings(memory_kib=64)))
    yield service
    await service.close()


@pytest.fixture
async def ada(identity: Identity) -> User:
    return await identity.register("ada@example.org", "seven walks by the sea", "ada")


@pytest.fixture
async def anybody(database: Database, identity: Identity, wallets: Wallets) -> AsyncIterator[httpx.AsyncClient]:
    services = Services()
    for service in (database, identity, wallets):
        services.add(service)
    app = FastAPI()
    app.state.services = services
    app.include_router(router)
    install_problem_handlers(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://artrator.test") as client:
        yield client


@pytest.fixture
async def client(anybody: httpx.AsyncClient, identity: Identity, ada: User) -> httpx.AsyncClient:
    key = await identity.create_key(ada, "wallet", [Scope.WALLET])
    anybody.headers["Authorization"] = f"Bearer {key.secret}"
    return anybody


async def test_nobody_without_a_key_sees_a_wallet(anybody: httpx.AsyncClient) -> None:
    for path in ("/v1/wallet", "/v1/wallet/statement", "/v1/earnings"):
        assert (await anybody.get(path)).status_code == 401


async def test_a_key_for_something_else_does_not_open_the_wallet(
    anybody: httpx.AsyncClient, identity: Identity, ada: User
) -> None:
    key = await identity.create_key(ada, "run", [Scope.RUN])
    reply = await anybody.post(
        "/v1/wallet/top-ups", json={"amount_micros": 1_000_000}, headers={"Authorization": f"Bearer {key.secret}"}
    )
    assert reply.status_code == 403


async def test_a_top_up_shows_in_the_wallet(client: httpx.AsyncClient) -> None:
    reply = await client.post("/v1/wallet/top-ups", json={"amount_micros": 2_500_000})
    assert reply.status_code == 201
    assert reply.json()["status"] == "succeeded"
    wallet = (await client.get("/v1/wallet")).json()
    assert wallet["available"] == {"micros": 2_500_000, "text": "2.50 EUR", "currency": "EUR"}


async def test_a_repeated_request_with_its_key_pays_once(client: httpx.AsyncClient) -> None:
    replies = [
        await client.post(
            "/v1/wallet/top-ups", json={"amount_micros": 1_000_000}, headers={"Idempotency-Key": "one wish"}
        )
        for _ in range(2)
    ]
    assert replies[0].json() == replies[1].json()
    assert (await client.get("/v1/wallet")).json()["available"]["micros"] == 1_000_000


async def test_a_malformed_amount_is_refused(client: httpx.AsyncClient) -> None:
    amounts = (0, -1, "1000000", 1e6, True, 10**30, None, [])
    bodies = [{"amount_micros": amount} for amount in amounts]
    for body in (*bodies, {}, [], None, {"amount_micros": 1_000_000, "user": "other"}):
        reply = await client.post("/v1/wallet/top-ups", json=body)
        assert reply.status_code == 422, body
        assert reply.headers["content-type"] == "application/problem+json"
    assert (await client.get("/v1/wallet")).json()["available"]["micros"] == 0


async def test_a_statement_is_read_page_by_page(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/v1/wallet/top-ups", json={"amount_micros": 1_000_000})
    first = (await client.get("/v1/wallet/statement", params={"limit": 2})).json()
    assert [line["balance"]["micros"] for line in first["results"]] == [3_000_000, 2_000_000]
    last = (await client.get(first["next"])).json()
    assert [line["balance"]["micros"] for line in last["results"]] == [1_000_000]
    assert last["next"] is None


async def test_a_statement_is_asked_for_by_kind_and_its_next_page_is_too(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await client.post("/v1/wallet/top-ups", json={"amount_micros": 1_000_000})
    first = (await client.get("/v1/wallet/statement", params={"kind": "top_up", "limit": 1})).json()
    last = (await client.get(first["next"])).json()
    assert [page["results"][0]["balance"]["micros"] for page in (first, last)] == [2_000_000, 1_000_000]
    assert "kind=top_up" in first["next"]
    assert (await client.get("/v1/wallet/statement", params={"kind": "run"})).json()["results"] == []
    assert (await client.get("/v1/wallet/statement", params={"kind": "refund"})).status_code == 422


@pytest.mark.parametrize("asked", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}])
async def test_a_statement_is_given_whole_as_csv(client: httpx.AsyncClient, asked: dict[str, dict[str, str]]) -> None:
    await client.post("/v1/wallet/top-ups", json={"amount_micros": 1_000_000})
    reply = await client.get("/v1/wallet/statement", **asked)
    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.headers["content-disposition"] == 'attachment; filename="wallet.csv"'
    (line,) = csv.DictReader(io.StringIO(reply.text))
    assert (line["kind"], line["amount"], line["currency"]) == ("top_up", "1.00", "EUR")


async def test_creators_see_their_earnings(client: httpx.AsyncClient, database: Database, ada: User) -> None:
    payment = run_of(1_000_000, buyer=ada.id)
    earned = run_of(500_000, creator=ada.id)
    await client.post("/v1/wallet/top-ups", json={"amount_micros": 1_000_000})
    await write(database, hold(payment), settle(payment))
    await write(database, top_up(500_000), hold(earned), settle(earned))
    (line,) = (await client.get("/v1/earnings")).json()["results"]
    assert (line["kind"], line["amount"]["text"], line["memo"]) == ("run", "0.40 EUR", "atelier/shape-gan")
    assert [part["code"] for part in line["parts"]] == ["creator_share", "platform_fee"]
    assert (await client.get("/v1/earnings", params={"format": "csv"})).text.count("\n") == 2


async def test_a_malformed_question_is_refused(client: httpx.AsyncClient) -> None:
    for query in ({"cursor": "x"}, {"limit": "0"}, {"limit": "101"}, {"format": "xml"}):
        assert (await client.get("/v1/wallet/statement", params=query)).status_code == 422, query
