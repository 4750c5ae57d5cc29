"""Predictions a second through the whole platform, beside the same graph in a bare ONNX Runtime loop on all cores.

`python -m tests.bench.bench_end_to_end [--rounds N] [--seconds S]`. Every run is authenticated by an API key, checked,
priced, held, run in the sandboxed worker, stored with fsync, posted in the ledger and answered with its output; those
by /v2 send and get raw float32 numbers, which are not stored. The server is the real one in its own processes, the clients are closed loops in another. Rounds are interleaved and
medians are printed, so that the ratios hold on a machine that is busy with something else.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.load import Measured, Orders, run_load
from tests.bench.models import BenchModel, bare_rate, make_models, make_tensor_generator
from tests.bench.platform_usage import cpu_s, difference
from tests.journeys.running import RunningServer, artrator

CLIENTS = (1, 8, 32)
PRICE = "0.0001"
NO_LIMITS = {
    f"ARTRATOR_HTTP__RATE_LIMITS__{name}": "100000000"
    for name in ("CALLER_PER_S", "CALLER_BURST", "ADDRESS_PER_S", "ADDRESS_BURST")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one group of rows asks for. Without a model: a route that does nothing."""

    name: str
    model: BenchModel | None = None
    by_v2: bool = False


@dataclass(slots=True)
class Seen:
    """What the rounds of one row measured."""

    loads: list[Measured] = field(default_factory=list[Measured])
    ratios: list[float] = field(default_factory=list[float])
    cpu_us: dict[str, list[float]] = field(default_factory=lambda: defaultdict[str, list[float]](list))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each load of a round lasts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        server = RunningServer(Path(folder) / "home", environment=NO_LIMITS).start()
        try:
            picture, perceptron = make_models(Path(folder) / "models")
            tensors = make_tensor_generator(Path(folder) / "models")
            publish(server, (picture, perceptron, tensors))
            kinds = (
                Kind(name=picture.name, model=picture),
                Kind(name="bench-tensors by /v2", model=tensors, by_v2=True),
                Kind(name=perceptron.name, model=perceptron),
                Kind(name="bench-mlp by /v2", model=perceptron, by_v2=True),
                Kind(name="(empty route)"),
            )
            _compare(server, kinds, arguments.rounds, arguments.seconds)
        finally:
            server.stop()
        check = artrator("ledger", "check", home=server.home)
        print(f"\nbooks after it: {(check.stdout + check.stderr).strip()}")


def publish(server: RunningServer, models: tuple[BenchModel, ...]) -> None:
    """Publish the models for a price, as anybody does."""
    creator = server.make_key("atelier")
    for each in models:
        words = ("publish", str(each.folder), "--price", PRICE, "--public", "--wait")
        done = artrator(*words, ARTRATOR_URL=server.url, ARTRATOR_TOKEN=creator)
        assert done.returncode == 0, done.stderr


def order(server: RunningServer, key: str, model: BenchModel | None, clients: int, seconds: float) -> Orders:
    """Say what clients send: runs of a model, or requests to a route that does nothing."""
    if model is None:
        return Orders(
            url=server.url, method="GET", path="/healthz", headers={}, body="", clients=clients, seconds=seconds,
            expect="ok",
        )  # fmt: skip
    return Orders(
        url=server.url,
        method="POST",
        path=f"/v1/models/atelier/{model.name}/predictions",
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Prefer": "wait"},
        body=json.dumps({"input": dict(model.inputs)}),
        clients=clients,
        seconds=seconds,
        expect='"status":"succeeded"',
    )


def order_by_v2(server: RunningServer, key: str, model: BenchModel, clients: int, seconds: float) -> Orders:
    """Say what clients of the Open Inference Protocol send: raw tensors, and raw ones back."""
    sizes = {name: {"binary_data_size": values.nbytes} for name, values in model.tensors.items()}
    head = {
        "inputs": [
            {"name": name, "shape": values.shape, "datatype": "FP32", "parameters": sizes[name]}
            for name, values in model.tensors.items()
        ],
        "parameters": {"binary_data_output": True},
    }
    text = json.dumps(head).encode()
    body = text + b"".join(values.tobytes() for values in model.tensors.values())
    return Orders(
        url=server.url,
        method="POST",
        path=f"/v2/models/atelier/{model.name}/infer",
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(len(text)),
        },
        body=body.decode("latin-1"),
        clients=clients,
        seconds=seconds,
        expect='"binary_data_size":',
    )


def _order_of(server: RunningServer, key: str, kind: Kind, clients: int, seconds: float) -> Orders:
    if kind.by_v2 and kind.model is not None:
        return order_by_v2(server, key, kind.model, clients, seconds)
    return order(server, key, kind.model, clients, seconds)


def _compare(server: RunningServer, kinds: Sequence[Kind], rounds: int, seconds: float) -> None:
    key = server.make_key("demo")
    bare: dict[str, list[float]] = defaultdict(list)
    rows: dict[tuple[str, int], Seen] = {(kind.name, clients): Seen() for kind in kinds for clients in CLIENTS}
    limit = 0.0
    for _ in range(rounds):
        for kind in kinds:
            if kind.model is not None and not kind.by_v2:
                limit = bare_rate(kind.model, seconds)
                bare[kind.name].append(limit)
            for clients in CLIENTS:
                row = rows[kind.name, clients]
                before = cpu_s(server)
                load = run_load(_order_of(server, key, kind, clients, seconds))
                spent = difference(cpu_s(server), before)
                row.loads.append(load)
                # the warm-up's share is counted with the runs in the same proportion
                runs = load.per_s * (seconds + 0.3)
                for process, used_s in spent.items():
                    row.cpu_us[process].append(used_s / runs * 1e6)
                if kind.model is not None:
                    row.ratios.append(load.per_s / limit)
    _print(bare, rows)


def _print(bare: dict[str, list[float]], rows: dict[tuple[str, int], Seen]) -> None:
    print(f"{'':36}{'':>8}{'':>8}{'':>10}{'':>10}{'processor us a run':>36}")
    print(
        f"{'model':24}{'clients':>12}{'req/s':>8}{'ratio':>8}{'p50 ms':>10}{'p99 ms':>10}{'server':>12}{'worker':>12}{'postgresql':>12}"
    )
    for (name, clients), row in rows.items():
        if clients == CLIENTS[0] and name in bare:
            print(f"{name:24}{'bare loop':>12}{statistics.median(bare[name]):>8.0f}{1:>8.3f}")
        rate, p50_ms, p99_ms = (
            statistics.median(values)
            for values in zip(*((each.per_s, each.p50_s * 1e3, each.p99_s * 1e3) for each in row.loads), strict=True)
        )
        ratio = f"{statistics.median(row.ratios):.3f}" if row.ratios else ""
        cpu = "".join(f"{statistics.median(values):>12.0f}" for values in row.cpu_us.values())
        print(f"{name:24}{clients:>12}{rate:>8.0f}{ratio:>8}{p50_ms:>10.1f}{p99_ms:>10.1f}{cpu}")


if __name__ == "__main__":
    main()
