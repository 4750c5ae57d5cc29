"""Kill the workers and the server under a walk: it finishes, no stored frame is rendered again, and it is paid once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.journeys.running import RunningServer, artrator

FRAMES = 60
FRAME_MICROS = 2_500
"""A quarter of what a run of the starter costs."""
END_S = 400
ENVIRONMENT = {
    "ARTRATOR_HTTP__RATE_LIMITS__CALLER_PER_S": "10000",
    "ARTRATOR_HTTP__RATE_LIMITS__CALLER_BURST": "10000",
    "ARTRATOR_WALKS__FRAMES_AT_ONCE": "2",
}
WALK: dict[str, Any] = {
    "model": "atelier/palette-vae",
    "keyframes": [{"seed": 1, "palette": "warm"}, {"seed": 7, "palette": "ocean"}, {"seed": 9, "style": "targets"}],
    "frames": FRAMES,
    "ending": "loop",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "home", environment=ENVIRONMENT).start()
    yield running
    running.stop()


def _shown(client: httpx.Client, walk_id: str) -> dict[str, Any] | None:
    try:
        reply = client.get(f"/v1/walks/{walk_id}")
        return reply.json() if reply.status_code == 200 else None
    except httpx.TransportError:
        return None


def _until_rendered(client: httpx.Client, walk_id: str, count: int) -> dict[str, Any]:
    deadline = time.monotonic() + END_S
    while True:
        walk = _shown(client, walk_id)
        if walk is not None and (walk["rendered"] >= count or walk["completed_at"]):
            return walk
        assert time.monotonic() < deadline, walk
        time.sleep(0.05)


def _files(client: httpx.Client, walk_id: str) -> dict[float, str]:
    """Give the file of each frame; its name holds the attempt that rendered it."""
    frames = client.get(f"/v1/walks/{walk_id}/frames").json()["results"]
    return {frame["place"]: httpx.URL(frame["url"]).path for frame in frames}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_walk_whose_workers_and_server_are_killed_finishes_and_renders_nothing_twice(server: RunningServer) -> None:
    key = server.make_key("demo")
    kept: dict[float, str] = {}
    with server.client(key) as client:
        before = client.get("/v1/wallet").json()["available"]["micros"]
        made = client.post("/v1/walks", json=WALK, headers={"Idempotency-Key": "a walk under fire"}).json()
        for count, victim in ((8, "worker"), (18, "server"), (28, "worker"), (38, "server"), (48, "postgres")):
            _until_rendered(client, made["id"], count)
            kept |= _files(client, made["id"])
            _kill(server, victim)
        walk = _until_rendered(client, made["id"], FRAMES)
        while not walk["completed_at"]:
            walk = _until_rendered(client, made["id"], FRAMES + 1)
        assert (walk["status"], walk["rendered"]) == ("succeeded", FRAMES), ("".join(server.output), walk)
        files = _files(client, made["id"])
        assert len(files) == FRAMES
        assert {place: files[place] for place in kept} == kept
        assert len(kept) >= 38
        again = client.post("/v1/walks", json=WALK, headers={"Idempotency-Key": "a walk under fire"}).json()
        assert again["id"] == made["id"]
        wallet = client.get("/v1/wallet").json()
        assert wallet["held"]["micros"] == 0
        assert before - wallet["available"]["micros"] == FRAMES * FRAME_MICROS == walk["charged"]["amount_micros"]
        entries = client.get("/v1/wallet/statement").json()["results"]
        assert [entry["amount"]["micros"] for entry in entries if entry["subject"] == made["id"]] == [
            -FRAMES * FRAME_MICROS
        ]
    check = artrator("ledger", "check", home=server.home)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whoever_comes_back_finds_the_walk_where_it_is(demo: RunningServer) -> None:
    key = demo.make_key()
    with demo.client(key) as client:
        made = client.post("/v1/walks", json={**WALK, "frames": 30}).json()
        with client.stream("GET", f"/v1/walks/{made['id']}/stream") as reply:
            seen = [line for line, _ in zip(reply.iter_lines(), range(12), strict=False)]
        assert any(line.startswith("event: frame") for line in seen)
    with demo.client(key) as client:
        position = next(line.removeprefix("id: ") for line in reversed(seen) if line.startswith("id: "))
        headers = {"Last-Event-ID": position}
        with client.stream("GET", f"/v1/walks/{made['id']}/stream", headers=headers, timeout=END_S) as reply:
            lines = list(reply.iter_lines())
        assert "event: done" in lines
        assert len(_files(client, made["id"])) == 30


def _kill(server: RunningServer, victim: str) -> None:
    if victim == "server":
        server.kill()
        server.start()
    elif victim == "postgres":
        os.kill(server.postgres(), signal.SIGKILL)
    else:
        workers = server.workers()
        if workers:
            os.kill(random.choice(workers), signal.SIGKILL)
    server.wait_until_ready()
