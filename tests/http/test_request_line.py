"""Hosts, paths and queries that no honest client sends."""

from __future__ import annotations

import pytest
from tests.http.conftest import SendBytes
from tests.servers import LiveServer, identity_services, serving

from artrator.http.settings import HttpSettings


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "localhost:x",
        "a@localhost",
        "[::1",
        "1" * 300,
    ],
)
def test_another_hosts_name_is_refused(live_server: LiveServer, host: str) -> None:
    with live_server.client() as client:
        reply = client.get("/healthz", headers={"Host": host})
    assert (reply.status_code, reply.json()["code"]) == (421, "host_unknown")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "192.0.2.1"]
)
def test_this_machine_and_plain_addresses_are_served(live_server: LiveServer, host: str) -> None:
    with live_server.client() as client:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_two_hosts_are_refused(live_server: LiveServer, send_bytes: SendBytes) -> None:
    two = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert _status(send_bytes(live_server, two)) in {400, 421}


def test_the_public_name_and_further_names_are_served(dsn: str) -> None:
    settings = HttpSettings(public_url="https://art.example:8443/", allowed_hosts=("backup.example",))
    with serving(lambda: identity_services(dsn), settings) as server, server.client() as client:
        statuses = [
            client.get("/healthz", headers={"Host": host}).status_code
            for host in ("art.example", "art.example:8443", "backup.example", "other.example")
        ]
    assert statuses == [200, 200, 200, 421]


@pytest.mark.parametrize(
    "target", [b"/v1/users/%00", b"/v1/users/ada?x=%00", b"/v1/users/" + b"a" * 9000, b"/healthz?" + b"a" * 9000]
)
def test_a_target_that_no_route_could_mean_is_refused(
    live_server: LiveServer, send_bytes: SendBytes, target: bytes
) -> None:
    answer = send_bytes(live_server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert _status(answer) == 400


@pytest.mark.parametrize(
    "target",
    [
        b"/../../../etc/passwd",
        b"/v1/../../etc/passwd",
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/..%2f..%2fetc/passwd",
        b"//etc/passwd",
        b"/v1/users/..%2f..%2fetc%2fpasswd",
        b"/v1/users/%ff%fe",
        b"/%5c..%5c..%5cetc%5cpasswd",
        b"http://evil.example/etc/passwd",
    ],
)
def test_a_path_out_of_the_house_leads_nowhere(live_server: LiveServer, send_bytes: SendBytes, target: bytes) -> None:
    answer = send_bytes(live_server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert _status(answer) in {400, 404}
    assert b"root:" not in answer


def test_an_unknown_path_is_a_problem(live_server: LiveServer) -> None:
    with live_server.client() as client:
        reply = client.get("/v1/nowhere")
    assert (reply.status_code, reply.json()["code"], reply.json()["kind"]) == (404, "route_not_found", "not_found")


def test_another_method_is_a_problem_that_names_the_right_one(live_server: LiveServer) -> None:
    with live_server.client() as client:
        reply = client.put("/v1/account")
    assert (reply.status_code, reply.json()["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "GET"


def test_bytes_that_are_not_http_do_not_hurt(live_server: LiveServer, send_bytes: SendBytes) -> None:
    assert _status(send_bytes(live_server, b"\x16\x03\x01\x02\x00\x01\x00\xfc\r\n\r\n")) == 400
    with live_server.client() as client:
        assert client.get("/healthz").status_code == 200


def test_headers_without_end_are_refused(live_server: LiveServer, send_bytes: SendBytes) -> None:
    endless = (b"X-%d: %s\r\n" % (each, b"a" * 1000) for each in range(2000))
    answer = send_bytes(
        live_server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", *endless, b"Connection: close\r\n\r\n"
    )
    assert b'"status":"ok"' not in answer


def test_one_header_without_end_is_refused(live_server: LiveServer, send_bytes: SendBytes) -> None:
    answer = send_bytes(live_server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", *[b"a" * 50_000] * 40)
    assert answer == b"" or _status(answer) == 400  # empty: the connection was closed while we were still sending


def test_a_head_that_never_ends_is_given_up(dsn: str, send_bytes: SendBytes) -> None:
    with serving(lambda: identity_services(dsn), HttpSettings(head_timeout_s=0.2)) as server:
        assert send_bytes(server, b"GET /healthz HTTP/1.1\r\nHost: local") == b""
        assert send_bytes(server) == b""
        kept = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert send_bytes(server, kept, b"GET /healthz HTTP").count(b"200 OK") == 1
