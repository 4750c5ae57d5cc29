"""Nobody asks faster than their share, and nobody uses up another's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from ipaddress import ip_network

import pytest
from tests.servers import PASSWORD, LiveServer, identity_services, serving

from artrator.http.settings import HttpSettings, RateLimitSettings
from artrator.http.token_buckets import TokenBuckets
from artrator.wire.address import limited_as

SLOW = 0.001
"""Tokens a second: none comes back while a test runs."""

Serve = Callable[..., AbstractContextManager[LiveServer]]


@pytest.fixture
def serve(dsn: str) -> Serve:
    @contextlib.contextmanager
    def limited(*, caller: int = 100, address: int = 100, login: int = 100) -> Iterator[LiveServer]:
        limits = RateLimitSettings(
            caller_per_s=SLOW, caller_burst=caller,
            address_per_s=SLOW, address_burst=address,
            login_per_s=SLOW, login_burst=login,
        )  # fmt: skip
        settings = HttpSettings(rate_limits=limits, trusted_proxies=(ip_network("127.0.0.0/8"),))
        with serving(lambda: identity_services(dsn), settings) as server:
            yield server

    return limited


def test_an_address_that_asks_too_fast_is_told_when_to_come_back(serve: Serve) -> None:
    with serve(address=3) as server, server.client() as client:
        replies = [client.get("/healthz") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert [reply.headers["ratelimit-remaining"] for reply in replies] == ["2", "1", "0", "0"]
    refused = replies[-1]
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["ratelimit-limit"] == "3"
    assert (refused.json()["code"], type(refused.json()["detail"])) == ("too_many_requests", str)


def test_another_address_has_its_own_share(serve: Serve) -> None:
    with serve(address=1) as server, server.client() as client:
        statuses = [
            client.get("/healthz", headers={"X-Forwarded-For": address}).status_code
            for address in ("198.51.100.1", "198.51.100.1", "198.51.100.2")
        ]
    assert statuses == [200, 429, 200]


def test_a_known_caller_spends_their_own_share_and_not_their_addresss(serve: Serve) -> None:
    with serve(address=3, caller=5) as server:
        server.register("ada")
        with server.client(server.key_of("ada")) as client:
            replies = [client.get("/v1/account") for _ in range(6)]
            assert [reply.status_code for reply in replies] == [200] * 5 + [429]
            assert replies[0].headers["ratelimit-limit"] == "5"
        with server.client() as stranger:
            assert stranger.get("/healthz").status_code == 200


def test_two_keys_of_one_account_share(serve: Serve) -> None:
    with serve(caller=2) as server:
        server.register("ada")
        statuses: list[int] = []
        for _ in range(3):
            with server.client(server.key_of("ada")) as client:
                statuses.append(client.get("/v1/account").status_code)
    assert statuses == [200, 200, 429]


def test_invented_keys_spend_the_addresss_share(serve: Serve) -> None:
    with serve(address=3) as server, server.client() as client:
        statuses = [
            client.get("/v1/account", headers={"Authorization": f"Bearer art_{each:08d}_{'a' * 43}"}).status_code
            for each in range(4)
        ]
    assert statuses == [401, 401, 401, 429]


def test_log_ins_and_registrations_have_a_share_of_their_own(serve: Serve) -> None:
    with serve(login=2) as server, server.client() as client:
        login = {"email": "ada@example.org", "password": PASSWORD}
        assert client.post("/v1/sessions", json=login).status_code == 401
        assert client.post("/v1/users", json={**login, "handle": "ada"}).status_code == 202
        assert client.post("/v1/sessions", json=login).status_code == 429
        assert client.get("/healthz").status_code == 200


def test_a_bucket_fills_again_with_time() -> None:
    now = 0.0
    buckets = TokenBuckets(per_s=2, burst=2, max_entries=10, monotonic=lambda: now)
    assert [buckets.take("a").granted for _ in range(3)] == [True, True, False]
    assert buckets.take("a").retry_after_s == pytest.approx(0.5)
    now = 0.5
    assert [buckets.take("a").granted for _ in range(2)] == [True, False]
    now = 100.0
    assert buckets.take("a").remaining == 1


def test_the_table_of_buckets_is_bounded_and_forgets_the_idle() -> None:
    buckets = TokenBuckets(per_s=SLOW, burst=1, max_entries=3)
    for name in ("idle", "busy", "b", "busy", "c"):
        buckets.take(name)
    assert len(buckets) == 3
    assert not buckets.take("busy").granted
    assert buckets.take("idle").granted


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_counted_by_its_network(address: str, counted: str) -> None:
    assert limited_as(address) == counted
