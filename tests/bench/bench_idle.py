"""What the whole platform uses when nobody uses it: `python -m tests.bench.bench_idle [--seconds S]`."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.bench.platform_usage import cpu_s, difference, resident_mib
from tests.journeys.running import RunningServer

SETTLE_S = 5.0


def main() -> None:
    """Print the processor's share and the memory of each process of a fresh demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        server = RunningServer(Path(folder) / "home").start()
        try:
            time.sleep(SETTLE_S)
            before, began_s = cpu_s(server), time.perf_counter()
            time.sleep(seconds)
            used = difference(cpu_s(server), before)
            share = {name: each / (time.perf_counter() - began_s) for name, each in used.items()}
            memory = resident_mib(server)
        finally:
            server.stop()
    print(f"{f'idle for {seconds:g} s':20}{'% of a core':>14}{'resident MiB':>14}")
    for name in memory:
        print(f"{name:20}{share[name] * 100:>14.2f}{memory[name]:>14.0f}")
    print(f"{'whole platform':20}{sum(share.values()) * 100:>14.2f}{sum(memory.values()):>14.0f}")


if __name__ == "__main__":
    main()
