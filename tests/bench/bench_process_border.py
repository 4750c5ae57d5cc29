"""What the process border costs: the same runs by `Inference` in this process and by a sandboxed worker.

`PYTHONPATH=src:. python -m tests.bench.bench_process_border`; the rounds of both are interleaved, medians are printed.
"""

from __future__ import annotations

import asyncio
import os
import queue
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import astuple
from pathlib import Path

import numpy as np
from onnx import helper

from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import Finished, InstalledBundle, RunEvent, RunRequest
from artrator.engine.local import LocalFleet
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import new_id
from tests.bench.border_transports import SIZES, Cost, measure, ways
from tests.engine.processes import worker_bundles

ROUNDS, RUNS, CLIENTS = 5, 200, 8
KERNEL = 2000


def tiny(folder: Path) -> InstalledBundle:
    """A graph that takes microseconds: what is left is the engine itself."""
    return worker_bundles.quick(folder, "tiny")


def generator(folder: Path) -> InstalledBundle:
    """A graph of about two milliseconds with 192 KB of output."""
    nodes = [
        helper.make_node("MatMul", ["x", "widen"], ["wide"]),
        helper.make_node("Tanh", ["wide"], ["a"]),
        helper.make_node("MatMul", ["a", "mix"], ["b"]),
        helper.make_node("Tanh", ["b"], ["c"]),
        helper.make_node("MatMul", ["c", "narrow"], ["d"]),
        helper.make_node("ReduceMax", ["d"], ["top"], keepdims=0),
        helper.make_node("Add", ["long", "top"], ["y"]),
    ]
    random = np.random.default_rng(0)
    constants = {
        "widen": random.standard_normal((4, KERNEL), dtype=np.float32),
        "mix": random.standard_normal((KERNEL, KERNEL), dtype=np.float32) / KERNEL,
        "narrow": random.standard_normal((KERNEL, 4), dtype=np.float32),
        "long": np.zeros((12_288, 4), np.float32),
    }
    return worker_bundles.install(folder, "generator", nodes, constants, output="tensor")


def request(bundle: InstalledBundle) -> RunRequest:
    """Ask for one run, with raw tensors out."""
    inputs = {"x": "[[1, 2, 3, 4]]"}
    return RunRequest(id=new_id(), bundle=bundle, inputs=inputs, account="bench", deadline_s=60, output_format="npy")


def run_here(engine: Inference, bundle: InstalledBundle) -> None:
    """Run once in this process."""
    heard: queue.SimpleQueue[RunEvent | ArtratorError] = queue.SimpleQueue()
    engine.submit(request(bundle), heard.put)
    while not isinstance(event := heard.get(), Finished):
        if isinstance(event, ArtratorError):
            raise event


async def run_there(fleet: LocalFleet, bundle: InstalledBundle) -> None:
    """Run once in the worker."""
    async for _ in fleet.run(request(bundle)):
        pass


async def seconds(clients: int, run: Callable[[], Awaitable[None]]) -> float:
    """Time RUNS runs by some clients that each wait for their answer; give seconds a run."""

    async def client() -> None:
        for _ in range(RUNS // clients):
            await run()

    began_s = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return (time.perf_counter() - began_s) / (RUNS // clients * clients)


async def compare(fleet: LocalFleet, engine: Inference, bundle: InstalledBundle, clients: int) -> tuple[float, float]:
    """Give the median seconds a run in this process and in the worker."""

    async def here() -> None:
        await asyncio.to_thread(run_here, engine, bundle)

    async def there() -> None:
        await run_there(fleet, bundle)

    await here()
    await there()
    times = [(await seconds(clients, here), await seconds(clients, there)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def print_transports() -> None:
    """Compare ways to bring an answer of some size to the parent, interleaved."""
    print(f"{'bytes':>10}{'by':>16}{'wall':>11}{'processor':>13}{'ratio':>8}")
    for size_bytes in SIZES:
        messages = max(8, min(1000, (64 << 20) // size_bytes))
        costs: dict[str, list[Cost]] = {}
        for _ in range(ROUNDS):
            for name, send, receive in ways():
                costs.setdefault(name, []).append(measure(send, receive, size_bytes, messages))
        socket_s = statistics.median(cost.cpu_s for cost in costs["socket"])
        for name, each in costs.items():
            wall_s, cpu_s = (statistics.median(values) for values in zip(*map(astuple, each), strict=True))
            print(f"{size_bytes:>10}{name:>16}{wall_s * 1e6:>8.0f} µs{cpu_s * 1e6:>10.0f} µs{cpu_s / socket_s:>8.2f}")


async def print_runs() -> None:
    """Compare runs on both sides of the border."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    settings = EngineSettings()
    with tempfile.TemporaryDirectory() as home:
        bundles = Path(home)
        engine = Inference(settings)
        async with LocalFleet(settings, bundles=bundles) as fleet:
            print(f"{'graph':12}{'clients':>8}{'in process':>14}{'in the worker':>16}{'ratio':>8}{'border':>12}")
            for make in (tiny, generator):
                bundle = make(bundles)
                for clients in (1, CLIENTS):
                    here_s, there_s = await compare(fleet, engine, bundle, clients)
                    border_us = (there_s - here_s) * 1e6
                    print(
                        f"{make.__name__:12}{clients:>8}{here_s * 1e6:>11.0f} µs{there_s * 1e6:>13.0f} µs"
                        f"{there_s / here_s:>8.2f}{border_us:>9.0f} µs"
                    )
        engine.close()


if __name__ == "__main__":
    print_transports()
    asyncio.run(print_runs())
