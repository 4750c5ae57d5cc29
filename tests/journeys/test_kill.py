"""Kill the server, its workers and PostgreSQL at random moments under load: nothing is stuck, no money is lost or made."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import onnx
import pytest
from tests.engine.graphs import latent_decoder
from tests.journeys.running import RunningServer, artrator

from artrator.kernel.ids import new_id

KILLS = 21
CLIENTS = 4
ENDED = {"succeeded", "failed", "canceled", "aborted"}
MODEL = "atelier/tiny-decoder"
SETTLE_S = 180
ENVIRONMENT = {
    "ARTRATOR_HTTP__RATE_LIMITS__CALLER_PER_S": "10000",
    "ARTRATOR_HTTP__RATE_LIMITS__CALLER_BURST": "10000",
    "ARTRATOR_PREDICTIONS__RUN_DEADLINE_S": "60",
    "ARTRATOR_ENGINE__RUN_DEADLINE_S": "60",
}


@dataclass
class Load:
    """Clients that run a model again and again; each run has its own key and is asked for until it is known."""

    server: RunningServer
    key: str
    stop: threading.Event = field(default_factory=threading.Event)
    runs: dict[str, str] = field(default_factory=dict[str, str])
    """Idempotency-Key -> prediction id."""
    unexpected: list[str] = field(default_factory=list[str])

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._work, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def _work(self, number: int) -> None:
        with self.server.client(self.key) as client:
            while not self.stop.is_set():
                self._run_once(client, wait=number % 2 == 0)

    def _run_once(self, client: httpx.Client, *, wait: bool) -> None:
        idempotency = new_id()
        headers = {"Idempotency-Key": idempotency, **({"Prefer": "wait=10"} if wait else {})}
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                reply = client.post(f"/v1/models/{MODEL}/predictions", json={"input": {"seed": 7}}, headers=headers)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if reply.status_code in {200, 201, 202}:
                self.runs[idempotency] = reply.json()["id"]
                return
            if reply.status_code not in {409, 429, 503}:
                self.unexpected.append(f"{reply.status_code} {reply.text[:300]}")
                return
            time.sleep(0.1)
        self.unexpected.append(f"no answer for {idempotency}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(
        tmp_path / "home",
        environment=ENVIRONMENT,
    ).start()
    graph = tmp_path / "tiny-decoder.onnx"
    onnx.save(latent_decoder(), graph)
    words = ("--license", "CC0-1.0", "--price", "0.01", "--public", "--wait")
    key = running.make_key("atelier")
    published = artrator("publish", str(graph), *words, ARTRATOR_URL=running.url, ARTRATOR_TOKEN=key)
    assert published.returncode == 0, published.stderr
    yield running
    running.stop()


def _kill_something(server: RunningServer, victim: str) -> None:
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


def _ended(client: httpx.Client, prediction_id: str, deadline: float) -> dict[str, object]:
    while True:
        shown = client.get(f"/v1/predictions/{prediction_id}").json()
        if shown["status"] in ENDED or time.monotonic() > deadline:
            return shown
        time.sleep(0.2)


def _statement(client: httpx.Client) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    url: str | None = "/v1/wallet/statement"
    while url:
        page = client.get(url).json()
        entries.extend(page["results"])
        url = page["next"]
    return entries


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whatever_is_killed_every_run_ends_and_the_books_balance(server: RunningServer) -> None:
    key = server.make_key("demo")
    load = Load(server, key)
    threads = load.start()
    order = ["server", "worker", "postgres"] * (KILLS // 3)
    random.shuffle(order)
    for victim in order:
        time.sleep(random.uniform(0.2, 1.2))
        _kill_something(server, victim)
    load.stop.set()
    for thread in threads:
        thread.join()
    assert not load.unexpected
    assert len(load.runs) > KILLS
    with server.client(key) as client:
        price = client.get(f"/v1/models/{MODEL}").json()["price"]["amount_micros"]
        assert price > 0
        deadline = time.monotonic() + SETTLE_S
        shown = {run_id: _ended(client, run_id, deadline) for run_id in load.runs.values()}
        stuck = [each for each in shown.values() if each["status"] not in ENDED]
        assert not stuck, ("".join(server.output), stuck)
        wallet = client.get("/v1/wallet").json()
        assert wallet["held"]["micros"] == 0
        paid: dict[str, int] = {}
        for entry in _statement(client):
            if entry["subject"]:
                paid[str(entry["subject"])] = paid.get(str(entry["subject"]), 0) - entry["amount"]["micros"]
        for run_id, run in shown.items():
            assert paid.get(run_id, 0) == (price if run["status"] == "succeeded" else 0), run
    assert len(set(load.runs.values())) == len(load.runs)
    check = artrator("ledger", "check", home=server.home)
    assert check.returncode == 0, check.stdout + check.stderr
