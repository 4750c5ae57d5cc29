"""What accepting and settling a paid run costs the processor, by how many runs share the commit.

python -m tests.bench.bench_commits [--rounds N]

Each round reserves a group of runs and settles it, as the server does; the sizes take turns. A line holds the median
of the rounds and, after the stroke, their lowest tenth: what other programs on the machine add is least there.
Microseconds are of this process and of the whole of PostgreSQL, for each run; the wait is a whole group's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvloop

from artrator.catalog.service import Catalog
from artrator.catalog.settings import CatalogSettings
from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.db.queue import JobQueue
from artrator.engine.examination.examine import Examiner
from artrator.engine.settings import EngineSettings
from artrator.kernel.clock import system_clock
from artrator.kernel.ids import Digest, ModelId, PredictionId, UserId, new_id
from artrator.kernel.money import PER_UNIT, Micros
from artrator.ledger.sandbox import SandboxPayments
from artrator.ledger.settings import LedgerSettings, PaymentSettings
from artrator.ledger.wallets import Wallets
from artrator.predictions.events import PredictionBus
from artrator.predictions.prediction import (
    Measured,
    Outcome,
    Prediction,
    Source,
    Status,
    StoredFile,
    StoredOutput,
)
from artrator.predictions.reserve import Reservation, Reservations
from artrator.predictions.settle import Lease, Settlement, Settlements
from artrator.storage.blobs import open_blobs
from artrator.storage.settings import StorageSettings
from tests.bench.processor import spent

SIZES = (1, 8, 16, 32)
WARM = 8
BUYERS, CREATORS = 8, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one group took: of the processor for each of its runs, and of time as a whole."""

    ours_us: float
    postgres_us: float
    wait_ms: float

    def __add__(self, other: Cost) -> Cost:
        """Add what came after."""
        return Cost(
            ours_us=self.ours_us + other.ours_us,
            postgres_us=self.postgres_us + other.postgres_us,
            wait_ms=self.wait_ms + other.wait_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """The two group commits over one database."""

    server: EmbeddedPostgres
    reservations: Reservations
    settlements: Settlements


def main() -> None:
    """Measure on a fresh private PostgreSQL, on the event loop that the server uses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = EmbeddedPostgres(folder=folder / "postgres")
        with server.running(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            migrate(server.dsn())
            runner.run(_measure(server, folder, rounds))


async def _measure(server: EmbeddedPostgres, folder: Path, rounds: int) -> None:
    costs: dict[tuple[str, int], list[Cost]] = {(step, size): [] for size in SIZES for step in ("reserve", "settle")}
    async with _writers(server, folder) as writers:
        for index in range(WARM + rounds):
            for size in SIZES:
                for step, cost in (await _round(writers, size)).items():
                    if index >= WARM:
                        costs[step, size].append(cost)
    _print(costs)


async def _round(writers: Writers, size: int) -> dict[str, Cost]:
    rows = [_prediction(index) for index in range(size)]
    endings = [_settlement(row) for row in rows]

    async def reserve() -> None:
        await asyncio.gather(*(writers.reservations.reserve(Reservation(prediction=row)) for row in rows))

    async def settle() -> None:
        settled = await asyncio.gather(*(writers.settlements.settle(each) for each in endings))
        assert all(each.won for each in settled)

    return {
        "reserve": await _cost(writers.server, size, reserve),
        "settle": await _cost(writers.server, size, settle),
    }


async def _cost(server: EmbeddedPostgres, size: int, step: Callable[[], Awaitable[None]]) -> Cost:
    before, begun_s = spent(server), time.perf_counter()
    await step()
    waited_s = time.perf_counter() - begun_s
    used = spent(server) - before
    return Cost(ours_us=used.ours_s / size * 1e6, postgres_us=used.postgres_s / size * 1e6, wait_ms=waited_s * 1e3)


def _print(costs: dict[tuple[str, int], list[Cost]]) -> None:
    print(f"{'':8}{'runs':>6}{'our us a run':>18}{'postgresql us a run':>22}{'a group waits, ms':>20}")
    for size in SIZES:
        reserved, settled = costs["reserve", size], costs["settle", size]
        both = [first + second for first, second in zip(reserved, settled, strict=True)]
        for step, found in (("reserve", reserved), ("settle", settled), ("both", both)):
            ours = _figures([each.ours_us for each in found])
            postgres = _figures([each.postgres_us for each in found])
            wait = _figures([each.wait_ms for each in found], decimals=1)
            print(f"{step:8}{size:6}{ours:>18}{postgres:>22}{wait:>20}")


def _figures(values: Sequence[float], *, decimals: int = 0) -> str:
    lowest_tenth = statistics.quantiles(values, n=10)[0]
    return f"{statistics.median(values):.{decimals}f} | {lowest_tenth:.{decimals}f}"


@contextlib.asynccontextmanager
async def _writers(server: EmbeddedPostgres, folder: Path) -> AsyncGenerator[Writers]:
    database, queue = Database(server.dsn()), JobQueue(server.dsn())
    blobs = open_blobs(StorageSettings(), folder)
    catalog = Catalog(
        database, queue, blobs, CatalogSettings(), folder=folder, read_facts=Examiner(EngineSettings()).read_facts
    )
    bus = PredictionBus(server.dsn())
    wallets = Wallets(
        database,
        SandboxPayments(is_development=True, allow_outside_development=False),
        ledger=LedgerSettings(),
        limits=PaymentSettings(),
    )
    for number in range(BUYERS):
        await wallets.give_credits(_buyer(number), Micros(1000 * PER_UNIT), key="bench", memo="to measure with")
    listening = asyncio.create_task(bus.listen())  # as a server does: it hears its own notifications too
    await bus.listening.wait()
    try:
        yield Writers(
            server=server,
            reservations=Reservations(database, queue),
            settlements=Settlements(database, queue, catalog, bus),
        )
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await blobs.close()
        await database.close()


def _buyer(number: int) -> UserId:
    return UserId(f"{number % BUYERS:026d}")


def _prediction(number: int) -> Prediction:
    now = system_clock()
    return Prediction(
        id=PredictionId(new_id()), user_id=_buyer(number), model_id=ModelId(f"{number % CREATORS:026d}"),
        owner_id=UserId(f"{number % CREATORS:020d}author"), model="atelier/shape-gan", version=Digest("0123456789abcdef" * 4),
        status=Status.STARTING, source=Source.API, input={"prompt": "a warm colour field", "seed": 17},
        seeds={"seed": 17}, input_files={}, price=Micros(1000), fee_permille=200, created_at=now, attempt=1,
        runner="0123456789abcdefghjkmnpqrs", deadline_at=now + timedelta(hours=1),
    )  # fmt: skip


def _settlement(row: Prediction) -> Settlement:
    settlement = new_id()
    file = StoredFile(
        key=f"outputs/{row.id}/{settlement}/image.png", media_type="image/png", size_bytes=7960, sha256="89abcdef" * 8,
        width_px=64, height_px=64,
    )  # fmt: skip
    outcome = Outcome(
        status=Status.SUCCEEDED,
        started_at=system_clock(),
        completed_at=system_clock(),
        settlement=settlement,
        output=(StoredOutput(name="image", files=(file,)),),
        logs="",
        measured=Measured(queue_s=0.001, predict_s=0.002, encode_s=0.001, engine={"onnxruntime": "1.23.0"}),
    )
    lease = Lease(runner=row.runner, attempt=row.attempt)
    return Settlement(prediction_id=row.id, outcome=outcome, lease=lease, row=row)


if __name__ == "__main__":
    main()
