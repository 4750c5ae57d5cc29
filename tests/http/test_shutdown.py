"""A server that is asked to stop lets running requests end, and takes no new ones."""

from __future__ import annotations

import json
import socket

import httpx
import pytest
from tests.servers import LiveServer

BODY = json.dumps({"email": "ada@example.org", "password": "wrong"}).encode()


def test_a_running_request_is_answered_while_the_server_stops(live_server: LiveServer) -> None:
    url = httpx.URL(live_server.url)
    head = (
        b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        connection.sendall(head % len(BODY))
        assert b"100 Continue" in connection.recv(65536)  # the route waits for the body
        live_server.stop()
        _wait_until_refused(url)
        connection.sendall(BODY)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert b"login_failed" in answer


def _wait_until_refused(url: httpx.URL) -> None:
    with pytest.raises(ConnectionError):
        while True:
            socket.create_connection((url.host, url.port or 80), timeout=10).close()
