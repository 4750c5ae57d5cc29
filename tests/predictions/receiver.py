"""A small HTTP server of our own: receives webhooks, serves inputs, answers as a test wants."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A running server."""

    url: str
    received: Queue[Received]

    def next(self, *, timeout_s: float = 20) -> Received:
        """Wait for the next request."""
        return self.received.get(timeout=timeout_s)


@contextlib.contextmanager
def receiving(answer: Callable[[Received], Answer] = lambda _: Answer()) -> Iterator[Receiver]:
    """Run a server on a free port."""
    received: Queue[Received] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            request = Received(
                method=self.command, path=self.path, headers=dict(self.headers), body=self.rfile.read(length)
            )
            received.put(request)
            reply = answer(request)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(reply.body)

        do_GET = do_POST = _serve  # noqa: N815 - the names that the library calls

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Receiver(url=f"http://127.0.0.1:{server.server_port}", received=received)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
