"""Models are found by words in two languages, by filters and in four orders, page by page in both directions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.catalog.conftest import Shelf

from artrator.bundle.config import Pipeline
from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import ModelChange, VersionStatus, Visibility
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.identity.user import User
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.wire.page import write_cursor


class Gallery:
    """Lists names, and puts public models in."""

    def __init__(self, catalog: Catalog, shelf: Shelf, owner: User) -> None:
        self.catalog = catalog
        self._shelf = shelf
        self._owner = owner

    async def show(
        self, name: str, *, summary: str = "", description: str = "", tags: str = "", price: int = 0
    ) -> None:
        await self._shelf.passed(self._owner, name, summary=summary, description=description, tags=tags)
        change = ModelChange(visibility=Visibility.PUBLIC, price=Micros(price))
        await self.catalog.change_model(self._owner.handle, name, self._owner.id, change)

    async def names(
        self, filters: Filters | None = None, order: Order = Order.NEW, *, viewer: UserId | None = None
    ) -> Sequence[str]:
        page = await self.catalog.list_models(filters or Filters(), order, viewer=viewer)
        return [listed.model.name for listed in page.rows]

    async def search(self, query: str) -> Sequence[str]:
        return await self.names(Filters(query=query), Order.RELEVANCE)


@pytest.fixture
def gallery(catalog: Catalog, shelf: Shelf, atelier: User) -> Gallery:
    return Gallery(catalog, shelf, atelier)


@pytest.mark.parametrize(
    "query",
    [
        "wave",
        "waves",
        "Waving",
        "wav",
        "op-art",
        "op art waves",
        "물결",
        "결무",
        "물결무늬",
        "물",
        "물결무늬를",
        "그리는",
    ],
)
async def test_a_model_is_found_by_words_stems_beginnings_and_parts_of_korean_words(
    gallery: Gallery, query: str
) -> None:
    await gallery.show("op-waves", summary="Op-art waves", description="물결무늬를 그리는 모델")
    await gallery.show("drips", summary="Paint drips")
    assert await gallery.search(query) == ["op-waves"]


async def test_models_are_found_by_their_owner(gallery: Gallery) -> None:
    await gallery.show("op-waves")
    assert await gallery.search("atelier waves") == ["op-waves"]


@pytest.mark.parametrize("query", ["waves drips", "늬물", "xyz", "!!!", "the & | !", "'); DROP TABLE models; --", "a:*b", "\\"])  # fmt: skip
async def test_what_does_not_match_is_not_found_and_no_query_breaks(gallery: Gallery, query: str) -> None:
    await gallery.show("op-waves", summary="Op-art waves", description="물결무늬를 그리는 모델")
    assert await gallery.search(query) == []
    assert await gallery.search("waves") == ["op-waves"]


async def test_a_name_weighs_more_than_a_tag_a_summary_and_a_description(gallery: Gallery) -> None:
    await gallery.show("one", description="marble")
    await gallery.show("two", summary="marble")
    await gallery.show("three", tags="marble")
    await gallery.show("marble")
    assert await gallery.search("marble") == ["marble", "three", "two", "one"]


async def test_a_changed_summary_is_found_and_the_old_one_no_more(gallery: Gallery, atelier: User) -> None:
    await gallery.show("one", summary="marble")
    await gallery.catalog.change_model("atelier", "one", atelier.id, ModelChange(summary="granite"))
    assert await gallery.search("granite") == ["one"]
    assert await gallery.search("marble") == []


async def test_only_what_is_public_and_passed_is_listed(
    gallery: Gallery, catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    await gallery.show("public")
    await shelf.passed(atelier, "unlisted", tint=0.2)
    await catalog.set_visibility("atelier", "unlisted", atelier.id, Visibility.UNLISTED)
    await shelf.upload(atelier, "private", tint=0.3)
    await gallery.show("gone")
    await catalog.delete_model("atelier", "gone", atelier.id)
    for viewer in (None, visitor.id, atelier.id):
        assert await gallery.names(viewer=viewer) == ["public"]
    assert await gallery.names(Filters(owner="atelier"), viewer=visitor.id) == ["public"]
    assert set(await gallery.names(Filters(owner="atelier"), viewer=atelier.id)) == {"public", "unlisted", "private"}


async def test_a_quarantined_model_leaves_the_list(
    gallery: Gallery, catalog: Catalog, shelf: Shelf, atelier: User
) -> None:
    await gallery.show("fields")
    version = await shelf.upload(atelier, "fields")
    await shelf.judge(version, VersionStatus.QUARANTINED)
    assert await gallery.names() == []


async def test_filters_narrow_a_list(gallery: Gallery) -> None:
    await gallery.show("free", tags="calm")
    await gallery.show("cheap", price=10_000, tags="calm, loud")
    await gallery.show("dear", price=1_000_000)
    assert set(await gallery.names(Filters(tag="calm"))) == {"free", "cheap"}
    assert await gallery.names(Filters(tag="loud")) == ["cheap"]
    assert await gallery.names(Filters(min_price=Micros(1), max_price=Micros(10_000))) == ["cheap"]
    assert await gallery.names(Filters(max_price=Micros(0))) == ["free"]
    assert len(await gallery.names(Filters(license="CC-BY-4.0"))) == 3
    assert await gallery.names(Filters(license="MIT")) == []
    assert len(await gallery.names(Filters(pipeline=Pipeline.LATENT_TO_IMAGE))) == 3
    assert await gallery.names(Filters(pipeline=Pipeline.TENSOR)) == []
    assert await gallery.names(Filters(owner="nobody")) == []


async def test_tags_of_listed_models_are_counted(
    gallery: Gallery, catalog: Catalog, shelf: Shelf, atelier: User
) -> None:
    await gallery.show("one", tags="calm")
    await gallery.show("two", tags="calm, loud")
    await shelf.passed(atelier, "secret", tags="hidden", tint=0.9)
    assert [(each.tag, each.models) for each in await catalog.list_tags()] == [("calm", 2), ("loud", 1)]


async def test_orders(gallery: Gallery, catalog: Catalog, atelier: User, database: Database) -> None:
    await gallery.show("one", price=30_000)
    await gallery.show("two", price=10_000)
    await gallery.show("three", price=20_000)
    for name, runs in (("one", 5), ("three", 9)):
        model = (await catalog.get_model("atelier", name, None)).model
        async with database.unit_of_work() as connection:
            await catalog.count_run(connection, model.id, runs)
    assert await gallery.names(order=Order.NEW) == ["three", "two", "one"]
    assert await gallery.names(order=Order.PRICE) == ["two", "three", "one"]
    assert await gallery.names(order=Order.POPULAR) == ["three", "one", "two"]


async def test_a_model_is_new_when_it_is_listed_not_when_it_was_begun(
    gallery: Gallery, catalog: Catalog, shelf: Shelf, atelier: User
) -> None:
    await shelf.passed(atelier, "begun-first")
    await gallery.show("listed-first")
    await catalog.set_visibility("atelier", "begun-first", atelier.id, Visibility.PUBLIC)
    assert await gallery.names() == ["begun-first", "listed-first"]


@pytest.mark.parametrize("order", list(Order))
async def test_pages_lead_to_the_end_and_back_without_gaps(gallery: Gallery, order: Order) -> None:
    for number in range(7):
        await gallery.show(f"model-{number}", summary="paint", price=number // 3)
    filters = Filters(query="paint")
    whole = await gallery.names(filters, order)
    cursor: str | None = None
    pages: list[list[str]] = []
    while True:
        page = await gallery.catalog.list_models(filters, order, cursor=cursor, limit=3)
        pages.append([listed.model.name for listed in page.rows])
        assert (page.previous_cursor is None) == (len(pages) == 1)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert [name for names in pages for name in names] == whole
    assert len(whole) == 7
    back = pages[:-1]
    while page.previous_cursor is not None:
        page = await gallery.catalog.list_models(filters, order, cursor=page.previous_cursor, limit=3)
        assert [listed.model.name for listed in page.rows] == back.pop()
        assert page.next_cursor is not None
    assert back == []


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "%00",
        write_cursor(("new", "on", 1)),
        write_cursor(("price", "on", 1, "0" * 26)),
        write_cursor(("new", "sideways", 1, "0" * 26)),
        write_cursor(("new", "on", 2**62 - 1, "0" * 26)),
        write_cursor(("new", "on", -1, "0" * 26)),
        write_cursor(("new", "on", "x", "0" * 26)),
        write_cursor(("new", "on", 1, "'; --")),
        write_cursor(("new", "on", 1, 1)),
    ],
)
async def test_a_cursor_that_no_list_gave_is_refused(catalog: Catalog, cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        await catalog.list_models(Filters(), Order.NEW, cursor=cursor)
    assert caught.value.code == "cursor_malformed"
