"""One model behind us and behind other servers, side by side: `python -m tests.bench.bench_peers [--rounds N] [--seconds S]`.

Ours knows users, money and any number of models, and bills every run; the peers serve this one model and bill nobody,
each at the settings that served it best. wrk keeps 1, 8, 32 and 64 connections busy. In each round everyone has a turn,
beside the limit: ONNX Runtime alone in a loop. Medians are printed. The peers are installed from PyPI, each into an
environment of its own below --venvs, when they are first needed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench import wrk
from tests.bench.bench_end_to_end import NO_LIMITS, order, order_by_v2, publish
from tests.bench.models import BenchModel, bare_rate, make_models, make_tensor_generator
from tests.bench.plot import Panel, draw
from tests.bench.wrk import Load, Shot
from tests.journeys.running import RunningServer, artrator, clean_environment, free_port

CLIENTS = (1, 8, 32, 64)
PEERS = Path(__file__).parent / "peers"
RUNTIME = ("numpy", "onnxruntime==1.31.1")
START_S, STOP_S = 90, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another server: what to install, where it answers, what it takes, and how it serves each model best.

    batch: how many requests it may evaluate together, by the model's name. packages: none for what our own
    environment holds.
    """

    name: str
    packages: tuple[str, ...]
    path: str
    takes_json: bool
    workers: Mapping[str, int]
    batch: Mapping[str, int]
    threads: int = 1


GENERATOR, PERCEPTRON = "bench-generator", "bench-mlp"
KNOWN = (
    Peer(name="fastapi", packages=(), path="/", takes_json=False, workers={GENERATOR: 1, PERCEPTRON: 1}, batch={GENERATOR: 1, PERCEPTRON: 1}),
    Peer(name="mosec", packages=("mosec==0.9.8",), path="/inference", takes_json=False, workers={GENERATOR: 2, PERCEPTRON: 1}, batch={GENERATOR: 4, PERCEPTRON: 32}),
    Peer(name="litserve", packages=("litserve==0.2.19",), path="/predict", takes_json=True, workers={GENERATOR: 2, PERCEPTRON: 1}, batch={GENERATOR: 1, PERCEPTRON: 16}),
    Peer(name="bentoml", packages=("bentoml==1.4.39",), path="/", takes_json=True, workers={GENERATOR: 2, PERCEPTRON: 2}, batch={GENERATOR: 1, PERCEPTRON: 1}),
    Peer(name="ray_serve", packages=("ray[serve]==2.60.0",), path="/", takes_json=False, workers={GENERATOR: 2, PERCEPTRON: 2}, batch={GENERATOR: 4, PERCEPTRON: 32}),
)  # fmt: skip


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--venvs", type=Path, default=Path.home() / ".cache" / "artrator" / "peers")
    parser.add_argument("--peers", nargs="*", default=[peer.name for peer in KNOWN])
    parser.add_argument("--plot", type=Path, help="an SVG file to draw the medians into")
    wanted = parser.parse_args()
    if not wrk.is_there():
        sys.exit("wrk is not installed: apt-get install wrk")
    peers = [peer for peer in KNOWN if peer.name in wanted.peers]
    interpreters = {peer.name: environment(peer, wanted.venvs) for peer in peers}
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        picture, perceptron = make_models(Path(folder) / "models")
        tensors = make_tensor_generator(Path(folder) / "models")
        server = RunningServer(Path(folder) / "home", environment=NO_LIMITS).start()
        try:
            publish(server, (picture, perceptron, tensors))
            key = server.make_key("demo")
        finally:
            server.stop()
        panels: list[Panel] = []
        for model, raw in ((picture, tensors), (perceptron, perceptron)):
            limits: list[float] = []
            rows: dict[tuple[str, int], list[Load]] = defaultdict(list)
            for _ in range(wanted.rounds):
                limits.append(bare_rate(model, wanted.seconds))
                _ours(server, key, (model, raw), wanted.seconds, rows)
                for peer in peers:
                    _peer(peer, interpreters[peer.name], model, wanted.seconds, rows)
            _print(model.name, statistics.median(limits), rows)
            panels.append(_panel(model.name, statistics.median(limits), rows))
        if wanted.plot:
            draw(wanted.plot, panels, x_title="clients", log_x=True)
        check = artrator("ledger", "check", home=server.home)
        print(f"books after it: {(check.stdout + check.stderr).strip()}")


def environment(peer: Peer, venvs: Path) -> Path:
    """Give the interpreter of a peer's environment, which is made when it is not there."""
    if not peer.packages:
        return Path(sys.executable)
    folder = venvs / peer.name
    python = folder / "bin" / "python"
    done = folder / "installed"
    wanted = "\n".join((*peer.packages, *RUNTIME))
    if not (done.is_file() and done.read_text() == wanted):
        print(f"installing {peer.name}", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *peer.packages, *RUNTIME], check=True)
        done.write_text(wanted)
    return python


def _ours(
    server: RunningServer,
    key: str,
    models: tuple[BenchModel, BenchModel],
    seconds: float,
    rows: dict[tuple[str, int], list[Load]],
) -> None:
    server.start()
    try:
        for name, shot in shots(server, key, *models).items():
            _load(name, shot, seconds, rows, least_reply_bytes=100)
    finally:
        server.stop()


def shots(server: RunningServer, key: str, stored: BenchModel, raw: BenchModel) -> Mapping[str, Shot]:
    """Say how a run is asked for, by each of our ways; all of them are billed."""
    orders = {
        "ours, /v1, stored": order(server, key, stored, clients=1, seconds=1),
        "ours, /v2, raw": order_by_v2(server, key, raw, clients=1, seconds=1),
    }
    return {
        name: Shot(url=each.url + each.path, body=each.body.encode("latin-1"), headers=each.headers)
        for name, each in orders.items()
    }


def _peer(peer: Peer, python: Path, model: BenchModel, seconds: float, rows: dict[tuple[str, int], list[Load]]) -> None:
    (tensor,) = model.tensors.values()
    body = json.dumps({"x": tensor[0].tolist()}).encode() if peer.takes_json else tensor[0].tobytes()
    kind = "application/json" if peer.takes_json else "application/octet-stream"
    with serving(peer, python, model) as url:
        shot = Shot(url=url + peer.path, body=body, headers={"Content-Type": kind})
        _load(peer.name, shot, seconds, rows, least_reply_bytes=40)


def _load(
    name: str, shot: Shot, seconds: float, rows: dict[tuple[str, int], list[Load]], *, least_reply_bytes: int
) -> None:
    wrk.run_wrk(shot, clients=8, seconds=1, least_reply_bytes=least_reply_bytes)  # warm
    for clients in CLIENTS:
        rows[name, clients].append(
            wrk.run_wrk(shot, clients=clients, seconds=seconds, least_reply_bytes=least_reply_bytes)
        )


@contextmanager
def serving(peer: Peer, python: Path, model: BenchModel) -> Iterator[str]:
    """Start a peer and wait until it answers; at the end, end it with all its processes."""
    port = free_port()
    environ = {
        **clean_environment(),
        "MODEL": str(model.folder / "graph.onnx"),
        "PORT": str(port),
        "THREADS": str(peer.threads),
        "WORKERS": str(peer.workers[model.name]),
        "BATCH": str(peer.batch[model.name]),
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([python, f"{peer.name}_server.py"], cwd=PEERS, env=environ, stdout=log, stderr=log, start_new_session=True)  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}{peer.path}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a peer to end, and then have no patience."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a request reaches the graph, whatever it thinks of an empty one."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        assert process.poll() is None, f"{process.args} ended"
        try:
            if httpx.post(url, content=b"", timeout=10).status_code not in {404, 503}:
                time.sleep(3)  # further workers
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{process.args} does not answer")


def _print(model: str, limit: float, rows: dict[tuple[str, int], list[Load]]) -> None:
    print(f"\n{model}: requests a second (share of the limit) and p99 in ms, by clients; the limit is {limit:.0f}/s")
    print(f"{'':20}" + "".join(f"{f'{clients} clients':>26}" for clients in CLIENTS))
    for name in dict.fromkeys(name for name, _ in rows):
        cells: list[str] = []
        for clients in CLIENTS:
            loads = rows[name, clients]
            rate = statistics.median(each.per_s for each in loads)
            p99_ms = statistics.median(each.p99_s for each in loads) * 1e3
            cells.append(f"{rate:.0f} ({rate / limit:.2f}) {p99_ms:6.1f}")
        print(f"{name:20}" + "".join(f"{cell:>26}" for cell in cells), flush=True)


def _panel(model: str, limit: float, rows: Mapping[tuple[str, int], list[Load]]) -> Panel:
    """Give medians by clients, and the limit."""
    names = dict.fromkeys(name for name, _ in rows)
    lines = {
        name: [(clients, statistics.median(each.per_s for each in rows[name, clients])) for clients in CLIENTS]
        for name in names
    }
    lines["the limit"] = [(clients, limit) for clients in CLIENTS]
    return Panel(title=f"{model}: requests a second", lines=lines, log_y=True)


if __name__ == "__main__":
    main()
