"""Closed-loop HTTP clients in a process of their own: `python -m tests.bench.load ORDERS` prints what they measured as JSON.

Each client holds one connection and sends its next request when the reply to the last is whole. Nothing is parsed
but the status and the length, so that the clients take as little of the machine as they can.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

WARM_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the clients send: one request, again and again, `seconds` long after a short warm-up."""

    url: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    """One letter for each byte (latin-1), so that raw tensors can be ordered too."""
    clients: int
    seconds: float
    expect: str
    """A part of every right reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of it."""

    requests: int
    seconds: float
    p50_s: float
    p99_s: float
    wrong: int
    a_wrong_reply: str = ""

    @property
    def per_s(self) -> float:
        return self.requests / self.seconds


def run_load(orders: Orders) -> Measured:
    """Run clients in a process of their own. Raises: AssertionError if one reply was wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(orders))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measured = Measured(**json.loads(done.stdout))
    assert measured.wrong == 0, measured.a_wrong_reply
    assert measured.requests > 0, "no reply came in time"
    return measured


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes, expect: bytes, end_s: float) -> None:
        self._request, self._expect, self._end_s = request, expect, end_s
        self._buffer = bytearray()
        self._sent_s = 0.0
        self.times: list[tuple[float, float]] = []
        self.wrong = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.wrong = self.wrong or b"the server closed the connection"
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._buffer[:head_end]).lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at:].partition(b"\r\n")[0])
        if len(self._buffer) < head_end + 4 + length:
            return
        self._take(bytes(self._buffer))
        self._buffer.clear()

    def _take(self, reply: bytes) -> None:
        now_s = time.perf_counter()
        self.times.append((now_s, now_s - self._sent_s))
        if not reply.startswith(b"HTTP/1.1 20") or self._expect not in reply:
            self.wrong = reply[-600:]
        if now_s < self._end_s and not self.wrong:
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        self._sent_s = time.perf_counter()
        self._transport.write(self._request)


async def _measure(orders: Orders) -> Measured:
    target = urlsplit(orders.url)
    body = orders.body.encode("latin-1")
    head = {"Host": target.netloc, **orders.headers, "Content-Length": str(len(body))}
    lines = [f"{orders.method} {orders.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    request = "\r\n".join(lines).encode() + body
    begin_s = time.perf_counter() + WARM_S
    end_s = begin_s + orders.seconds
    clients = [_Client(request, orders.expect.encode(), end_s) for _ in range(orders.clients)]
    loop = asyncio.get_running_loop()
    for client in clients:
        await loop.create_connection(lambda client=client: client, target.hostname, target.port)
    await asyncio.gather(*(client.done for client in clients))
    taken = sorted(took for client in clients for at, took in client.times if begin_s <= at < end_s)
    wrong = [client.wrong for client in clients if client.wrong]
    return Measured(
        requests=len(taken),
        seconds=orders.seconds,
        p50_s=taken[len(taken) // 2] if taken else 0.0,
        p99_s=taken[int(len(taken) * 0.99)] if taken else 0.0,
        wrong=len(wrong),
        a_wrong_reply=wrong[0].decode(errors="replace") if wrong else "",
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_measure(Orders(**json.loads(sys.argv[1])))))))
