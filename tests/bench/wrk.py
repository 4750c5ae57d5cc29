"""Closed-loop load by wrk, which takes less of the machine than any client in Python could."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
local file = io.open("{body}", "rb")
wrk.method, wrk.body = "POST", file:read("*a")
file:close()
{headers}
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\nRESULT {{"requests": %d, "seconds": %f, "p50_s": %f, "p99_s": %f, "bytes": %d, "wrong": %d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What one connection sends again and again."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of it; bytes counts whole replies with their heads."""

    requests: int
    seconds: float
    p50_s: float
    p99_s: float
    bytes: int
    wrong: int

    @property
    def per_s(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def is_there() -> bool:
    """Tell whether wrk is installed."""
    return shutil.which("wrk") is not None


def run_wrk(shot: Shot, *, clients: int, seconds: float, least_reply_bytes: int) -> Load:
    """Load a server. Raises: AssertionError if a reply was wrong or shorter than it may be."""
    load = shoot(shot, clients=clients, seconds=seconds)
    assert load.wrong == 0, load
    assert load.requests > 0, load
    assert load.bytes / load.requests >= least_reply_bytes, f"replies are too short: {load}"
    return load


def shoot(shot: Shot, *, clients: int, seconds: float) -> Load:
    """Load a server, whatever it answers."""
    with tempfile.TemporaryDirectory(prefix="artrator-wrk-") as folder:
        body = Path(folder) / "body"
        body.write_bytes(shot.body)
        headers = "\n".join(
            f"wrk.headers[{json.dumps(name)}] = {json.dumps(each)}" for name, each in shot.headers.items()
        )
        script = Path(folder) / "load.lua"
        script.write_text(SCRIPT.format(body=body, headers=headers))
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(script), shot.url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Load(**json.loads(done.stdout.rpartition("RESULT ")[2]))
