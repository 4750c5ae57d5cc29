"""A live server over a fresh database, and a way to send it bytes that no client would."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.servers import LiveServer, identity_services, serving

SendBytes = Callable[..., bytes]


@pytest.fixture
def live_server(dsn: str) -> Iterator[LiveServer]:
    with serving(lambda: identity_services(dsn)) as server:
        yield server


@pytest.fixture
def send_bytes() -> SendBytes:
    """Send raw bytes, and give all that comes back until the server closes the connection or is done."""

    def send(server: LiveServer, *parts: bytes, timeout_s: float = 10) -> bytes:
        url = httpx.URL(server.url)
        with socket.create_connection((url.host, url.port or 80), timeout=timeout_s) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before everything was sent; the answer may still be there
            return _read_all(connection)

    return send


def _read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received
