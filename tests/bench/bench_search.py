"""How long lists and searches take with 1,000 models: `python -m tests.bench.bench_search`."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from artrator.bundle.manifest import read_manifest
from artrator.catalog import store, version_store
from artrator.catalog.listing import Filters, Order, list_models
from artrator.catalog.model import Version, VersionStatus, Visibility
from artrator.catalog.runnables import Runnables
from artrator.catalog.schemas import model_reply
from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.identity.tables import users
from artrator.kernel.ids import Digest, UserId, new_id
from artrator.kernel.money import Micros
from artrator.storage.signing import UrlSigner
from tests.catalog.bundles import manifest

MODELS = 1000
ROUNDS = 50
ENGLISH = [
    "colour",
    "field",
    "wave",
    "grid",
    "circle",
    "drip",
    "line",
    "square",
    "portrait",
    "night",
    "sea",
    "calm",
    "loud",
    "soft",
    "paint",
    "sketch",
]
KOREAN = [
    "색면",
    "추상화",
    "물결무늬",
    "초상화",
    "밤바다",
    "수채화",
    "격자무늬",
    "동그라미",
    "선묘화",
    "풍경화",
    "정물화",
    "붓질",
]
START = datetime(2026, 1, 1, tzinfo=UTC)


async def _fill(database: Database) -> None:
    draw = random.Random(7)
    owner = UserId(new_id())
    described = read_manifest(manifest())
    async with database.unit_of_work() as connection:
        await connection.execute(
            users.insert().values(id=owner, handle="atelier", email="a@example.org", roles=["user"], created_at=START)
        )
        for number in range(MODELS):
            now = START + timedelta(minutes=number)
            words = [*draw.choices(ENGLISH, k=12), *draw.choices(KOREAN, k=8)]
            draw.shuffle(words)
            model = await store.insert_model(connection, owner, "atelier", f"{words[0]}-{number}" if words[0].isascii() else f"model-{number}", now)  # fmt: skip
            assert model is not None
            digest = Digest(sha256(str(number).encode()).hexdigest())
            version = Version(
                model_id=model.id,
                digest=digest,
                manifest=described,
                status=VersionStatus.UPLOADED,
                batchable=True,
                size_bytes=1,
                created_at=now,
                verified_at=None,
            )
            await version_store.insert_version(connection, version)
            summary, description = " ".join(words[:5]), " ".join(words)
            wished = replace(model, summary=summary, description=description, tags=(words[1],), wanted_visibility=Visibility.PUBLIC)  # fmt: skip
            await store.update_listing(connection, wished)
            await store.insert_price(connection, model.id, Micros(draw.randrange(0, 100_000, 10_000)), now)
            await version_store.set_status(
                connection, digest, VersionStatus.PASSED, now, model_id=model.id, batchable=True
            )
        await connection.exec_driver_sql("ANALYZE models")


async def _time(name: str, work: Callable[[], Awaitable[object]], *, unit_us: bool = False) -> None:
    times: list[float] = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        await work()
        times.append(time.perf_counter() - begin)
    scale, unit = (1e6, "µs") if unit_us else (1e3, "ms")
    print(f"{name:<44} median {statistics.median(times) * scale:8.2f} {unit}   worst {max(times) * scale:8.2f} {unit}")


async def _measure(dsn: str) -> None:
    database = Database(dsn)
    await _fill(database)

    def listing(filters: Filters, order: Order, cursor: str | None = None) -> Callable[[], Awaitable[object]]:
        async def work() -> object:
            async with database.unit_of_work() as connection:
                return await list_models(connection, filters, order, viewer=None, cursor=cursor, limit=20)

        return work

    for order in (Order.NEW, Order.POPULAR, Order.PRICE):
        await _time(f"20 of {MODELS} models, {order}", listing(Filters(), order))
    for query in ("wave", "wav", "colour sea", "추상", "추상화를 밤바다"):
        await _time(f"search {query!r}", listing(Filters(query=query), Order.RELEVANCE))
    await _time("tag and price filter", listing(Filters(tag="wave", max_price=Micros(50_000)), Order.NEW))
    signer = UrlSigner("a secret of the bench")
    async with database.unit_of_work() as connection:
        page = await list_models(connection, Filters(), Order.NEW, viewer=None, cursor=None, limit=20)

    async def write() -> None:
        for listed in page.rows:
            model_reply(listed, currency="USD", base_url="http://127.0.0.1/", signer=signer).model_dump_json()

    await _time("write 20 models as JSON", write)
    runnables = Runnables(database, ttl_s=60)
    name = page.rows[0].model.name
    await _time("resolve, remembered", lambda: runnables.resolve("atelier", name, None, None), unit_us=True)
    await database.close()


def main() -> None:
    """Measure on a private PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(folder=Path(folder))
        with server.running():
            dsn = server.dsn("postgres")
            migrate(dsn)
            asyncio.run(_measure(dsn))


if __name__ == "__main__":
    main()
