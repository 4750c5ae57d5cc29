"""The platform at saturation for minutes: `make soak MINUTES=10` plots memory, latency and errors.

32 connections ask for a picture, which is stored, and for raw tensors by turns, each for a window; every run is billed.
Memory counts from the first minute on, when caches are full: growth after it is a leak.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import wrk
from tests.bench.bench_end_to_end import NO_LIMITS, publish
from tests.bench.bench_peers import shots
from tests.bench.models import make_models, make_tensor_generator
from tests.bench.platform_usage import resident_mib
from tests.bench.plot import Panel, draw
from tests.bench.wrk import Load, Shot
from tests.journeys.running import RunningServer, artrator

CLIENTS = 32
WINDOW_S = 10.0
SETTLED_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one window saw; memory at its end."""

    ends_s: float
    name: str
    load: Load
    resident_mib: dict[str, float]


def main() -> None:
    """Load, print, and plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--plot", type=Path, default=Path("soak.svg"))
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        windows = soak(Path(folder), wanted.minutes * 60)
    plot(wanted.plot, windows)
    print(f"\n{verdict(windows)}\nplotted in {wanted.plot}")


def soak(folder: Path, seconds: float) -> list[Window]:
    """Keep a fresh platform saturated; say how it goes."""
    picture, _ = make_models(folder / "models")
    tensors = make_tensor_generator(folder / "models")
    server = RunningServer(folder / "home", environment=NO_LIMITS).start()
    try:
        publish(server, (picture, tensors))
        ways = shots(server, server.make_key("demo"), picture, tensors)
        windows = _windows(server, ways, seconds)
        check = artrator("ledger", "check", home=server.home)
        print(f"books after it: {(check.stdout + check.stderr).strip()}")
    finally:
        server.stop()
    return windows


def _windows(server: RunningServer, ways: Mapping[str, Shot], seconds: float) -> list[Window]:
    windows: list[Window] = []
    began_s = time.monotonic()
    while not windows or windows[-1].ends_s < seconds:
        name, shot = list(ways.items())[len(windows) % len(ways)]
        load = wrk.shoot(shot, clients=CLIENTS, seconds=WINDOW_S)
        window = Window(ends_s=time.monotonic() - began_s, name=name, load=load, resident_mib=resident_mib(server))
        windows.append(window)
        print(
            f"{window.ends_s:6.0f} s {name:18} {load.per_s:6.0f}/s p50 {load.p50_s * 1e3:5.0f} ms p99 {load.p99_s * 1e3:5.0f} ms"
            f" wrong {load.wrong} · {sum(window.resident_mib.values()):.0f} MiB",
            flush=True,
        )
    return windows


def verdict(windows: Sequence[Window]) -> str:
    """Say how many replies were wrong, and how memory grew after the first minute."""
    settled = [window for window in windows if window.ends_s > SETTLED_S] or list(windows)
    wrong, runs = sum(window.load.wrong for window in windows), sum(window.load.requests for window in windows)
    lines = [f"{runs} runs, {wrong} wrong (limit 0)"]
    total = [sum(window.resident_mib.values()) for window in settled]
    lines.append(f"memory after the first minute {total[0]:.0f} MiB, at the end {total[-1]:.0f} MiB: {total[-1] / total[0] - 1:+.1%} (limit +3 %)")  # fmt: skip
    for role, first in settled[0].resident_mib.items():
        lines.append(f"  {role:12} {first:6.0f} -> {settled[-1].resident_mib[role]:6.0f} MiB")
    return "\n".join(lines)


def plot(file: Path, windows: Sequence[Window]) -> None:
    """Draw memory by process, latency and throughput by way, and errors, over minutes."""
    minutes = [window.ends_s / 60 for window in windows]
    names = dict.fromkeys(window.name for window in windows)
    by_way = {name: [window for window in windows if window.name == name] for name in names}
    roles = {
        role: [(at, window.resident_mib[role]) for at, window in zip(minutes, windows, strict=True)]
        for role in windows[0].resident_mib
    }
    panels = [
        Panel(title="resident memory, MiB", lines=roles),
        Panel(
            title="p99, ms", lines={n: [(w.ends_s / 60, w.load.p99_s * 1e3) for w in ws] for n, ws in by_way.items()}
        ),
        Panel(
            title="runs a second", lines={n: [(w.ends_s / 60, w.load.per_s) for w in ws] for n, ws in by_way.items()}
        ),
        Panel(
            title="wrong replies",
            lines={"wrong": [(at, w.load.wrong) for at, w in zip(minutes, windows, strict=True)]},
        ),
    ]
    draw(file, panels, x_title="minutes")


if __name__ == "__main__":
    main()
