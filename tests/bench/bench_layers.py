"""What each layer of one paid run costs, in one process and one run: `python -m tests.bench.bench_layers [--rounds N]`.

Each layer is called as the run calls it, alone, round after round; medians are printed with their share of a whole
run, which goes through the application by ASGI (no socket) at the same prices. What is committed to PostgreSQL and
fsynced to the disk is so here too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from starlette.types import ASGIApp, Message

from artrator.bundle.fields import MAX_SEED
from artrator.bundle.inputs import check_inputs, fill_seeds
from artrator.bundle.pack import pack
from artrator.catalog.model import Runnable, VersionStatus, Visibility
from artrator.catalog.service import Catalog
from artrator.engine.fleet import Finished, OutputFile, RunRequest
from artrator.engine.local import LocalFleet
from artrator.http.app import build_app
from artrator.http.server import LOOP_FACTORY
from artrator.http.settings import HttpSettings, RateLimitSettings
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.clock import system_clock
from artrator.kernel.ids import PredictionId, new_id
from artrator.kernel.money import PER_UNIT, Micros
from artrator.ledger.wallets import Wallets
from artrator.predictions.outputs import OutputStore
from artrator.predictions.prediction import Outcome, Prediction, Source, Status
from artrator.predictions.reserve import Reservation
from artrator.predictions.schemas import NewModelPrediction
from artrator.predictions.service import Predictions
from artrator.predictions.settle import Lease, Settlement
from artrator.settings import Environment, Settings
from artrator.storage.blobs import Blobs
from artrator.wire.provide import Services
from artrator.wiring import running_services
from tests.bench.models import BenchModel, make_models

GROUP = 32
PRICE = Micros(100)
WARM = 5
CHEAP = 200
"""How often a layer of microseconds is repeated in a round."""


@dataclass(slots=True)
class Layer:
    """One line of the table. many: another way of counting a layer that stands above it, not part of the sum."""

    name: str
    once: Callable[[], Awaitable[None]]
    repeats: int = 1
    divide_by: int = 1
    many: bool = False
    times_s: list[float] = field(default_factory=list[float])

    async def measure(self) -> None:
        """Run one round."""
        begun_s = time.perf_counter()
        for _ in range(self.repeats):
            await self.once()
        self.times_s.append((time.perf_counter() - begun_s) / self.repeats / self.divide_by)

    @property
    def us(self) -> float:
        return statistics.median(self.times_s) * 1e6


class Case:
    """One model, published and priced, and a caller with a key and credits."""

    def __init__(
        self, services: Services, app: ASGIApp, caller: User, secret: str, runnable: Runnable, model: BenchModel
    ) -> None:
        self.services, self.app, self.caller, self.secret = services, app, caller, secret
        self.runnable, self.model = runnable, model
        self.predictions = services.get(Predictions)
        self.outputs = OutputStore(services.get(Blobs))
        self.body = json.dumps({"input": dict(model.inputs)}).encode()
        self.reserved: list[Prediction] = []
        self.finished: Finished | None = None
        self.engine_us: dict[str, list[float]] = {"predict": [], "encode": [], "border": []}
        self.row: Prediction | None = None

    # layers

    async def empty_route(self) -> None:
        await _ask(self.app, "GET", "/healthz", b"", {})

    async def auth(self) -> None:
        await self.services.get(Identity).access_by_key(self.secret)

    async def read_inputs(self) -> None:
        body = NewModelPrediction.model_validate_json(self.body)
        fill_seeds(check_inputs(self.runnable.manifest, body.input), lambda: secrets.randbelow(MAX_SEED + 1))

    async def quote(self) -> None:
        await self.services.get(Catalog).resolve(self.runnable.owner, self.runnable.name, None, self.caller.id)

    async def reserve(self) -> None:
        await self._reserve_many(1)

    async def reserve_group(self) -> None:
        await self._reserve_many(GROUP)

    async def _reserve_many(self, count: int) -> None:
        rows = [self._prediction() for _ in range(count)]
        await asyncio.gather(*(self.predictions.reservations.reserve(Reservation(prediction=row)) for row in rows))
        self.reserved += rows

    async def infer(self) -> None:
        catalog, fleet = self.services.get(Catalog), self.services.get(LocalFleet)
        begun_s = time.perf_counter()
        async with catalog.installed(self.runnable.digest, batchable=self.runnable.batchable) as bundle:
            request = RunRequest(
                id=new_id(), bundle=bundle, inputs=self.model.engine_inputs(), account=self.caller.id, deadline_s=60
            )
            async for event in fleet.run(request):
                if isinstance(event, Finished):
                    self.finished = event
        assert self.finished is not None
        timings = self.finished.timings
        whole_s = time.perf_counter() - begun_s
        self.engine_us["predict"].append(timings.predict_s * 1e6)
        self.engine_us["encode"].append(timings.encode_s * 1e6)
        self.engine_us["border"].append((whole_s - timings.predict_s - timings.encode_s) * 1e6)

    async def store(self) -> None:
        assert self.finished is not None
        await self.outputs.store(PredictionId(new_id()), new_id(), self.finished.outputs)

    async def store_group(self) -> None:
        await asyncio.gather(*(self.store() for _ in range(GROUP)))

    async def settle(self) -> None:
        await self._settle_many(1)

    async def settle_group(self) -> None:
        await self._settle_many(GROUP)

    async def _settle_many(self, count: int) -> None:
        rows, self.reserved = self.reserved[:count], self.reserved[count:]
        assert len(rows) == count
        settled = await asyncio.gather(*(self.predictions.settlements.settle(_settlement(row)) for row in rows))
        self.row = settled[0].prediction

    async def reply(self) -> None:
        assert self.row is not None
        self.predictions.views.prediction(self.row).model_dump_json()

    async def whole(self) -> None:
        headers = {"authorization": f"Bearer {self.secret}", "content-type": "application/json", "prefer": "wait"}
        path = f"/v1/models/{self.runnable.owner}/{self.runnable.name}/predictions"
        status, reply = await _ask(self.app, "POST", path, self.body, headers)
        assert status == 201, reply
        assert b'"succeeded"' in reply, reply

    async def whole_group(self) -> None:
        await asyncio.gather(*(self.whole() for _ in range(GROUP)))

    def layers(self) -> Iterator[Layer]:
        yield Layer("HTTP framework and middlewares (an empty route)", self.empty_route, CHEAP)
        yield Layer("authentication by key", self.auth, CHEAP)
        yield Layer("parse the body, check the inputs", self.read_inputs, CHEAP)
        yield Layer("resolve the version, quote", self.quote, CHEAP)
        yield Layer("reserve: row and hold, committed", self.reserve)
        yield Layer(f"  in a group of {GROUP}, each", self.reserve_group, divide_by=GROUP, many=True)
        yield Layer("infer", self.infer)
        yield Layer("store the output, fsynced", self.store)
        yield Layer(f"  {GROUP} at once, each", self.store_group, divide_by=GROUP, many=True)
        yield Layer("settle: row and post, committed", self.settle)
        yield Layer(f"  in a group of {GROUP}, each", self.settle_group, divide_by=GROUP, many=True)
        yield Layer("write the reply", self.reply, CHEAP)
        yield Layer("a whole run", self.whole)
        yield Layer(f"{GROUP} whole runs at once, each", self.whole_group, divide_by=GROUP)

    def _prediction(self) -> Prediction:
        runnable = self.runnable
        return Prediction(
            id=PredictionId(new_id()), user_id=self.caller.id, model_id=runnable.model_id, owner_id=runnable.owner_id,
            model=f"{runnable.owner}/{runnable.name}", version=runnable.digest, status=Status.STARTING,
            source=Source.API, input={**self.model.inputs}, seeds={}, input_files={}, price=runnable.price,
            fee_permille=200, created_at=system_clock(), attempt=1, runner=self.predictions.runner.id,
            deadline_at=system_clock() + timedelta(hours=1),
        )  # fmt: skip


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        models = make_models(Path(folder) / "models")
        limits = RateLimitSettings(caller_per_s=1e8, caller_burst=10**8, address_per_s=1e8, address_burst=10**8)
        http = HttpSettings(rate_limits=limits)
        settings = Settings(home=Path(folder) / "home", environment=Environment.DEVELOPMENT, http=http)
        with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
            runner.run(_measure_all(settings, models, rounds))


async def _measure_all(settings: Settings, models: tuple[BenchModel, ...], rounds: int) -> None:
    async with running_services(settings) as services:
        app = build_app(services, settings.http)
        for case in [await make_case(services, app, model) for model in models]:
            await _measure(case, rounds)


async def _measure(case: Case, rounds: int) -> None:
    layers = list(case.layers())
    for index in range(WARM + rounds):
        if index == WARM:
            for each in case.engine_us.values():
                each.clear()
            for layer in layers:
                layer.times_s.clear()
        for layer in layers:
            await layer.measure()
    _print(case, layers)


def _print(case: Case, layers: list[Layer]) -> None:
    size = next(
        (len(each.data) for each in (case.finished or _none()).outputs.values() if isinstance(each, OutputFile)), 0
    )
    whole_us = next(layer.us for layer in layers if layer.name == "a whole run")
    print(f"\n{case.model.name} (output {f'a file of {size} bytes' if size else 'JSON'})")
    print(f"{'layer':52}{'us':>10}{'share':>8}")
    known_us = 0.0

    def line(name: str, us: float, *, shared: bool = True) -> None:
        print(f"{name:52}{us:>10.0f}{f'{us / whole_us:.0%}' if shared else '':>8}")

    for layer in layers:
        if layer.name == "infer":
            predict, encode, border = (
                statistics.median(case.engine_us[name]) for name in ("predict", "encode", "border")
            )
            line("dispatch over the process border and back", border)
            line("pipeline and session, in the worker", predict)
            line("encode the output, in the worker", encode)
            known_us += predict + encode + border
        elif layer.name == "a whole run":
            line("rest (tasks, routing, validation of the reply)", whole_us - known_us)
            line(layer.name, layer.us)
        else:
            is_part = not layer.many and "whole" not in layer.name
            line(layer.name, layer.us, shared=is_part)
            known_us += layer.us if is_part else 0


def _none() -> Finished:
    raise AssertionError("nothing was measured")


async def make_case(services: Services, app: ASGIApp, model: BenchModel) -> Case:
    identity, catalog = services.get(Identity), services.get(Catalog)
    names = [f"{role}-{model.name}" for role in ("user", "creator")]
    user, creator = [
        await identity.register(f"{name}@example.org", "a long enough passphrase", name, roles=[Role.CREATOR])
        for name in names
    ]
    await services.get(Wallets).give_credits(user.id, Micros(100 * PER_UNIT), key="bench", memo="to measure with")
    await catalog.create_model(creator, model.name)
    archive = model.folder.with_suffix(".zip")
    await asyncio.to_thread(pack, model.folder, archive)
    version = await catalog.add_version(creator.id, creator.handle, model.name, archive)
    await catalog.set_price(creator.handle, model.name, creator.id, PRICE)
    status = version.status
    while status in {VersionStatus.UPLOADED, VersionStatus.VERIFYING}:
        await asyncio.sleep(0.1)
        status = (await catalog.get_version(creator.handle, model.name, version.digest, creator.id))[1].status
    assert status is VersionStatus.PASSED, status
    await catalog.set_visibility(creator.handle, model.name, creator.id, Visibility.PUBLIC)
    runnable = await catalog.resolve(creator.handle, model.name, None, user.id)
    secret = (await identity.create_key(user, "bench")).secret
    return Case(services, app, user, secret, runnable, model)


def _settlement(row: Prediction) -> Settlement:
    now = system_clock()
    outcome = Outcome(status=Status.SUCCEEDED, completed_at=now, settlement=new_id(), output=(), logs="")
    lease = Lease(runner=row.runner, attempt=row.attempt)
    return Settlement(prediction_id=row.id, outcome=outcome, lease=lease, row=row)


async def _ask(app: ASGIApp, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Pass one request through the application, as uvicorn would."""
    lines = {"host": "127.0.0.1", "content-length": str(len(body)), **headers}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000), "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
        "state": {},
    }  # fmt: skip
    status, reply = 0, bytearray()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.get_running_loop().create_future()
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            reply.extend(message.get("body", b""))

    await app(scope, receive, send)
    return status, bytes(reply)


if __name__ == "__main__":
    main()
