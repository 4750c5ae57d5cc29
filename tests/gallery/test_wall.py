"""The wall mixes models, shows only what everybody finds, and pages without repeating itself."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from tests.gallery.conftest import model_id_of
from tests.platforms import Platform
from tests.predictions.conftest import write_bundle

from artrator.bundle.config import Pipeline
from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import VersionStatus, Visibility
from artrator.gallery.service import Gallery
from artrator.gallery.showcase import ShowcaseItem, Shown
from artrator.gallery.store import put_item
from artrator.identity.user import User
from artrator.kernel.clock import system_clock
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest, new_id
from artrator.kernel.money import Micros

NAMES = ("amber", "birch", "cedar")


async def hang(platform: Platform, owner: str, name: str, digest: Digest, *, items: int) -> None:
    """Put items of a model on the wall, as rendering does."""
    model_id = await model_id_of(platform, owner, name)
    for place in range(items):
        item = ShowcaseItem(
            id=new_id(),
            model_id=model_id,
            digest=digest,
            place=place,
            input={"seed": place},
            input_files={},
            kind="json",
            value=place,
            file=None,
            thumbnails=(),
            created_at=system_clock(),
        )
        async with platform.database.unit_of_work() as connection:
            await put_item(connection, item)


async def shown(platform: Platform, order: Order = Order.NEW, *, limit: int = 100, **filters: object) -> list[Shown]:
    """Walk through all the pages."""
    gallery = Gallery(platform.database, platform.catalog)
    found: list[Shown] = []
    cursor: str | None = None
    while True:
        page = await gallery.explore(Filters(**filters), order, cursor=cursor, limit=limit)  # type: ignore[arg-type]
        found.extend(page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return found


def names(found: list[Shown]) -> list[str]:
    return [each.model.name for each in found]


@pytest.fixture
async def owner(platform: Platform, tmp_path: Path) -> User:
    """The owner of three models with four items each, at 0.00, 0.01 and 0.02."""
    user = await platform.make_user("atelier")
    for number, name in enumerate(NAMES):
        digest = await platform.publish(user, write_bundle(tmp_path, name), price_micros=number * 10_000)
        await hang(platform, "atelier", name, digest, items=4)
    return user


@pytest.mark.parametrize("order", [Order.NEW, Order.POPULAR, Order.PRICE])
async def test_no_model_fills_a_row(platform: Platform, owner: User, order: Order) -> None:
    found = names(await shown(platform, order))
    assert len(found) == 12
    assert all(left != right for left, right in pairwise(found))


@pytest.mark.parametrize("order", [Order.NEW, Order.POPULAR, Order.PRICE])
@pytest.mark.parametrize("limit", [1, 5])
async def test_pages_together_are_the_whole_wall_in_order(
    platform: Platform, owner: User, order: Order, limit: int
) -> None:
    assert await shown(platform, order, limit=limit) == await shown(platform, order)


async def test_each_order_begins_with_its_first_model(platform: Platform, owner: User) -> None:
    assert names(await shown(platform, Order.NEW))[:3] == ["cedar", "birch", "amber"]
    assert names(await shown(platform, Order.PRICE))[:3] == ["amber", "birch", "cedar"]


async def test_filters_leave_out_what_does_not_fit(platform: Platform, owner: User) -> None:
    assert set(names(await shown(platform, max_price=Micros(0)))) == {"amber"}
    assert set(names(await shown(platform, min_price=Micros(1)))) == {"birch", "cedar"}
    assert set(names(await shown(platform, query="birc"))) == {"birch"}
    assert names(await shown(platform, pipeline=Pipeline.IMAGE_TO_LABEL)) == []
    assert len(await shown(platform, pipeline=Pipeline.TENSOR, owner="atelier", license="CC-BY-4.0")) == 12
    assert names(await shown(platform, owner="nobody")) == []


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.UNLISTED])
async def test_what_is_not_public_is_not_on_the_wall(platform: Platform, owner: User, visibility: Visibility) -> None:
    await platform.catalog.set_visibility("atelier", "birch", owner.id, visibility)
    assert set(names(await shown(platform))) == {"amber", "cedar"}


async def test_only_the_version_that_runs_is_shown(platform: Platform, owner: User) -> None:
    listed = await platform.catalog.get_model("atelier", "birch", None)
    assert listed.latest is not None
    await hang(platform, "atelier", "cedar", Digest("0" * 64), items=1)
    async with platform.database.unit_of_work() as connection:
        await platform.catalog.set_status(connection, listed.latest.digest, VersionStatus.QUARANTINED)
    assert sorted(names(await shown(platform))) == ["amber"] * 4 + ["cedar"] * 4


async def test_a_cursor_of_another_order_is_refused(platform: Platform, owner: User) -> None:
    gallery = Gallery(platform.database, platform.catalog)
    page = await gallery.explore(Filters(), Order.NEW, cursor=None, limit=2)
    with pytest.raises(Invalid) as refused:
        await gallery.explore(Filters(), Order.PRICE, cursor=page.next_cursor, limit=2)
    assert (refused.value.code, refused.value.field) == ("cursor_malformed", "cursor")


async def test_what_an_output_says_is_told_in_the_languages_of_its_manifest(
    platform: Platform, owner: User, tmp_path: Path
) -> None:
    bundle = write_bundle(tmp_path / "told", "told")
    with (bundle / "artrator.yaml").open("a") as manifest:
        manifest.write("translations: {ko: {words: {hills: 언덕}}}\n")
    digest = await platform.publish(owner, bundle)
    await hang(platform, "atelier", "told", digest, items=1)
    words = {each.model.name: each.words for each in await shown(platform)}
    assert words["told"] == {"ko": {"hills": "언덕"}}
    assert all(words[name] == {} for name in NAMES)
