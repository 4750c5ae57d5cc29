"""What creators see of their models agrees with what ran and what the ledger paid."""

from __future__ import annotations

import pytest
from tests.predictions.conftest import PRICE_MICROS, Scene

from artrator.kernel.errors import NotFound
from artrator.predictions.creators import CreatorFigures


@pytest.fixture
def figures(scene: Scene) -> CreatorFigures:
    return scene.platform.services.get(CreatorFigures)


async def test_runs_and_earnings_of_a_model_are_counted(scene: Scene, figures: CreatorFigures) -> None:
    for do in ("finish", "finish", "crash"):
        await scene.final(await scene.submit(do))
    page = await figures.models(scene.creator, cursor=None, limit=10)
    (own,) = page.rows
    assert (own.figures.runs, own.figures.succeeded, own.figures.failed) == (3, 2, 1)
    assert own.newest is not None
    assert own.newest.digest == scene.digest
    assert own.earned == await scene.earned()
    assert 0 < own.earned < 2 * PRICE_MICROS


async def test_every_day_is_there_and_today_holds_the_runs(scene: Scene, figures: CreatorFigures) -> None:
    await scene.final(await scene.submit("finish"))
    history = await figures.history(scene.creator, "scripted", days=30)
    assert len(history.days) == 30
    assert all(later.day > earlier.day for earlier, later in zip(history.days, history.days[1:], strict=False))
    assert sum(day.figures.runs for day in history.days[:-1]) == 0
    today = history.days[-1]
    assert (today.figures.succeeded, today.earned) == (1, await scene.earned())
    assert today.figures.p95_s is not None
    assert [(version.digest, runs) for version, runs in history.versions] == [(scene.digest, 1)]
    assert [price.amount for price in history.prices] == [PRICE_MICROS]


async def test_nobody_sees_the_figures_of_anothers_model(scene: Scene, figures: CreatorFigures) -> None:
    assert (await figures.models(scene.buyer, cursor=None, limit=10)).rows == []
    with pytest.raises(NotFound):
        await figures.history(scene.buyer, "scripted", days=30)
