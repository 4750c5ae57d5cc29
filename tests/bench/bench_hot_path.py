"""Processor time of the server's own process for one run among 32, with and without its two commits.

`python -m tests.bench.bench_hot_path [--rounds N] [--runs N] [--profile FILE]`. Requests go through the application by
ASGI (no socket, no client), so what is counted is ours alone; the worker and PostgreSQL are other processes and not
counted; the least of all rounds is printed, since other programs only ever add to it. "without commits" replaces reserve and settle by answers from memory: it shows what the rest of the path costs.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from artrator.http.app import build_app
from artrator.http.server import LOOP_FACTORY
from artrator.http.settings import HttpSettings, RateLimitSettings
from artrator.predictions.prediction import Prediction
from artrator.predictions.reserve import Reservation, Reserved
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.settle import Settled, Settlement
from artrator.settings import Environment, Settings
from artrator.wiring import running_services
from tests.bench.bench_layers import Case, make_case
from tests.bench.models import make_models

CLIENTS = 32
EMPTY = "an empty route"
Once = Callable[[], Awaitable[None]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=640, help="in each round of each row")
    parser.add_argument("--profile", type=Path, help="write cProfile's figures of the runs without commits here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        limits = RateLimitSettings(caller_per_s=1e8, caller_burst=10**8, address_per_s=1e8, address_burst=10**8)
        http = HttpSettings(rate_limits=limits)
        # rows that were never written must not be found lost
        predictions = PredictionSettings(update_every_s=3600)
        settings = Settings(
            home=Path(folder) / "home", environment=Environment.DEVELOPMENT, http=http, predictions=predictions
        )
        with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
            runner.run(_measure(settings, Path(folder) / "models", arguments))


async def _measure(settings: Settings, folder: Path, arguments: argparse.Namespace) -> None:
    async with running_services(settings) as services:
        app = build_app(services, settings.http)
        cases = [await make_case(services, app, model) for model in make_models(folder)]
        seen: dict[str, list[float]] = {}
        for index in range(arguments.rounds + 1):
            for name, us in [each async for each in _round(cases, arguments.runs)]:
                if index:
                    seen.setdefault(name, []).append(us)
        yardstick_us = min(seen[EMPTY])
        print(f"{'':40}{'us of the server':>18}{'empty routes':>14}")
        for name, all_us in seen.items():
            print(f"{name:40}{min(all_us):>18.0f}{min(all_us) / yardstick_us:>14.1f}")
        if arguments.profile is not None:
            await _write_profile(cases[-1], arguments.runs, arguments.profile)


async def _round(cases: list[Case], runs: int) -> AsyncIterator[tuple[str, float]]:
    yield EMPTY, await _cpu_us(cases[0].empty_route, runs)
    for case in cases:
        yield f"{case.model.name}: a run", await _cpu_us(case.whole, runs)
        with _without_commits(case):
            yield f"{case.model.name}: without commits", await _cpu_us(case.whole, runs)


async def _write_profile(case: Case, runs: int, path: Path) -> None:
    profile = cProfile.Profile(time.thread_time)
    with _without_commits(case):
        profile.enable()
        await _cpu_us(case.whole, runs)
        profile.disable()
    profile.dump_stats(path)


async def _cpu_us(once: Once, runs: int) -> float:
    """Do it `runs` times in closed loops; give the processor time of this process for one."""

    async def client() -> None:
        for _ in range(runs // CLIENTS):
            await once()

    before_s = _used_s()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return (_used_s() - before_s) / (runs // CLIENTS * CLIENTS) * 1e6


def _used_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def _without_commits(case: Case) -> Generator[None]:
    """Answer reserve and settle from memory while the block runs."""
    rows: dict[str, Prediction] = {}

    async def reserve(reservation: Reservation) -> Reserved:
        rows[reservation.prediction.id] = reservation.prediction
        await asyncio.sleep(0)
        return Reserved(prediction_id=reservation.prediction.id)

    async def settle(settlement: Settlement) -> Settled:
        await asyncio.sleep(0)
        return Settled(prediction=settlement.outcome.close(rows.pop(settlement.prediction_id)), won=True)

    reservations, settlements = case.predictions.reservations, case.predictions.settlements
    reservations.reserve, settlements.settle = reserve, settle  # type: ignore[method-assign]
    try:
        yield
    finally:
        del reservations.reserve, settlements.settle  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
