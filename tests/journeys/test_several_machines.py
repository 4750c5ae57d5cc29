"""Two servers and a worker with nothing in common but a database and a bucket, as on three machines: one marketplace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.conftest import Bucket
from tests.journeys.buying import CREDIT_MICROS, PRICE_MICROS, picture, publish_decoder, register, run_model
from tests.journeys.running import RunningServer, artrator

PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Machines:
    """The running processes, and what all of them were told."""

    first: RunningServer
    second: RunningServer
    environment: dict[str, str]


@pytest.fixture
def machines(dsn: str, bucket: Bucket, tmp_path: Path) -> Iterator[Machines]:
    """Each with a home of its own, as on a machine of its own."""
    environment = {
        "ARTRATOR_ENVIRONMENT": "development",
        "ARTRATOR_SECRET_KEY": "the same secret on all machines, long enough",
        "ARTRATOR_DATABASE__URL": dsn,
        **bucket.environment,
    }
    with ExitStack() as stack:

        def start(name: str, verb: str, *options: str) -> RunningServer:
            server = RunningServer(tmp_path / name, environment=environment, verb=verb, options=options).start()
            stack.callback(server.kill)
            return server

        first, second = (start(name, "serve", "--no-worker") for name in ("first", "second"))
        start("third", "worker")
        yield Machines(first, second, environment)


def test_a_model_runs_through_every_server_and_one_that_dies_is_not_missed(machines: Machines, tmp_path: Path) -> None:
    first, second = machines.first, machines.second
    creator, buyer = register(first, "hana"), register(second, "minsu")
    publish_decoder(first, creator, tmp_path)  # the worker verifies it

    with first.client(buyer) as one, second.client(buyer) as other:
        pictures = [picture(api, run_model(api, wait=True), second) for api in (one, other)]
        assert pictures[0] == pictures[1]
        queued = run_model(one, wait=False)
        assert picture(other, _until_ended(other, queued), second) == pictures[0]

        first.kill()
        assert picture(other, run_model(other, wait=True), second) == pictures[0]
        spent = CREDIT_MICROS - other.get("/v1/wallet").json()["available"]["micros"]
    assert spent == 4 * PRICE_MICROS
    books = artrator("ledger", "check", home=tmp_path / "second", **machines.environment)
    assert books.returncode == 0, books.stdout + books.stderr


def _until_ended(api: httpx.Client, prediction: dict[str, object]) -> dict[str, object]:
    deadline = time.monotonic() + PATIENCE_S
    while prediction["status"] in {"starting", "processing"}:
        assert time.monotonic() < deadline, prediction
        time.sleep(0.1)
        prediction = dict(api.get(f"/v1/predictions/{prediction['id']}").json())
    return prediction
