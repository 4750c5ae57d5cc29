"""A walk with a LoRA: base and LoRA are paid for each frame, and each creator gets their part of what was rendered."""

from __future__ import annotations

from pathlib import Path

from tests.predictions.test_loras import write_base, write_lora
from tests.walks.conftest import Scene

from artrator.walks.walk import WalkStatus

BASE_PRICE, INK_PRICE, GOLD_PRICE, CREDITS = 40_000, 10_001, 6, 10_000_000
FRAME = 12_502
"""A quarter of 50,007, rounded up."""
PROMPTS = [{"prompt": "ink"}, {"prompt": "gold"}]


async def test_each_creator_earns_their_part_of_the_frames_that_were_rendered(scene: Scene, tmp_path: Path) -> None:
    platform = scene.platform
    painter, stylist, smith = [await platform.make_user(each) for each in ("painter", "stylist", "smith")]
    buyer = await platform.make_user("rich", credits_micros=CREDITS)
    base = await platform.publish(painter, write_base(tmp_path), price_micros=BASE_PRICE)
    await platform.publish(stylist, write_lora(tmp_path, "ink", base), price_micros=INK_PRICE)
    await platform.publish(smith, write_lora(tmp_path, "gold", base), price_micros=GOLD_PRICE)
    await scene.fleet.let(7)
    walk = await scene.walk(
        user=buyer, model="stylist/ink", keyframes=PROMPTS, frames=30, loras=[{"version": "smith/gold", "weight": 0.5}]
    )
    assert walk.frame_price == FRAME
    assert (await platform.wallets.balance(buyer.id)).held == 30 * FRAME
    await scene.rendered(walk, 7)
    ended = await platform.walks.cancellation.cancel(buyer.id, walk.id)
    assert (ended.status, ended.charged) == (WalkStatus.CANCELED, 7 * FRAME)
    assert (await platform.wallets.balance(buyer.id)).available == CREDITS - 7 * FRAME
    earned = [(await platform.wallets.balance(each.id)).earned for each in (painter, stylist, smith)]
    # of each part the platform keeps a fifth, to the micro
    assert earned == [7 * 10_000 * 4 // 5, 7 * 2_500 * 4 // 5, round(7 * 2 * 4 / 5)]
    assert await scene.books_balance()
    request = scene.fleet.frames[0]
    assert [lora.weight for lora in request.loras] == [0.5]
    assert request.bundle.base is not None


async def test_a_creators_own_part_is_free_for_them(scene: Scene, tmp_path: Path) -> None:
    platform = scene.platform
    painter, stylist = [await platform.make_user(each) for each in ("painter", "stylist")]
    base = await platform.publish(painter, write_base(tmp_path), price_micros=BASE_PRICE)
    await platform.publish(stylist, write_lora(tmp_path, "ink", base), price_micros=INK_PRICE)
    await platform.wallets.give_credits(stylist.id, CREDITS, key="start", memo="for the test")  # type: ignore[arg-type]
    walk = await scene.final(await scene.walk(user=stylist, model="stylist/ink", keyframes=PROMPTS, frames=4))
    assert (walk.status, walk.charged) == (WalkStatus.SUCCEEDED, 4 * BASE_PRICE // 4)
    assert (await platform.wallets.balance(stylist.id)).available == CREDITS - BASE_PRICE


async def test_the_price_that_was_quoted_holds_whatever_becomes_of_it(scene: Scene) -> None:
    await scene.fleet.let(1)
    walk = await scene.walk(frames=4)
    await scene.rendered(walk, 1)
    await scene.platform.catalog.set_price("atelier", "scripted", scene.creator.id, 900_000)  # type: ignore[arg-type]
    await scene.fleet.let(None)
    ended = await scene.final(walk)
    assert ended.charged == 4 * walk.frame_price
