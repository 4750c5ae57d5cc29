"""The real program in a process of its own, as a user starts it: found by its words, killed without mercy."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.engine.processes.process_table import children_of

READY = re.compile(r"^(ready http://\S+|working)$")
START_S = 120
PATIENCE_S = 600
"""With a verb of the command, which a loaded machine takes minutes to start."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def artrator(
    *arguments: str, home: Path | None = None, timeout_s: float = PATIENCE_S, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command to its end."""
    command = [sys.executable, "-m", "artrator", *arguments, *(["--home", str(home)] if home else [])]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env={**clean_environment(), **environment},
    )


def clean_environment() -> dict[str, str]:
    """Give this process's environment without the settings of anybody's own server."""
    return {key: value for key, value in os.environ.items() if not key.startswith("ARTRATOR_")}


@dataclass
class RunningServer:
    """`artrator demo`, or another verb that serves or works, on a home folder and a port."""

    home: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    verb: str = "demo"
    options: tuple[str, ...] = ()
    keys: dict[str, str] = field(default_factory=dict[str, str])
    """Made once a user: each is a process that starts."""
    output: deque[str] = field(default_factory=lambda: deque[str](maxlen=500))
    _process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> RunningServer:
        """Start and wait until it says that it is ready."""
        words = [self.verb, "--home", str(self.home), *self.options]
        words += [] if self.verb == "worker" else ["--port", str(self.port)]
        words += ["--no-open"] if self.verb == "demo" else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "artrator", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**clean_environment(), **self.environment},
        )  # fmt: skip
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        until_s = time.monotonic() + START_S
        while not ready.wait(0.2) and self._process.poll() is None and time.monotonic() < until_s:
            pass
        if not ready.is_set():
            raise AssertionError("the server did not become ready:\n" + "".join(self.output))
        return self

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
            if READY.match(line.strip()):
                ready.set()

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._close_output()

    def stop(self) -> int:
        """Ask the server to stop in good order; give its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop within a minute:\n" + "".join(self.output)) from None
        self._close_output()
        return code

    def _close_output(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._reader is not None
        self._reader.join(10)
        self._process.stdout.close()

    def workers(self) -> list[int]:
        """Find the sandboxed workers of this server."""
        return children_of(self.pid, "worker")

    def postgres(self) -> int:
        """Find the main process of the private PostgreSQL."""
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def make_key(self, user: str = "demo") -> str:
        """Give a user's API key, made as an operator at the machine does."""
        if user not in self.keys:
            made = artrator("keys", "create", "--user", user, home=self.home)
            assert made.returncode == 0, made.stderr
            self.keys[user] = made.stdout.strip().splitlines()[-1]
        return self.keys[user]

    def client(self, key: str) -> httpx.Client:
        """Give a plain HTTP client that holds a key."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=70)

    def wait_until_ready(self, within_s: float = 60) -> None:
        """Wait until the server answers that it is ready."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError("the server did not become ready again:\n" + "".join(self.output))
