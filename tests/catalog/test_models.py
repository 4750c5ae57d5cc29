"""Who may do what with a model, and who may know of it."""

from __future__ import annotations

import pytest
from tests.catalog.conftest import PASSWORD, Shelf

from artrator.catalog.model import ModelChange, VersionStatus, Visibility
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from artrator.kernel.money import Micros


async def test_a_new_model_is_private_and_free(catalog: Catalog, atelier: User) -> None:
    await catalog.create_model(atelier, "shape-gan")
    model = (await catalog.get_model("atelier", "shape-gan", atelier.id)).model
    assert (model.owner, model.visibility, model.price) == ("atelier", Visibility.PRIVATE, 0)


async def test_only_a_creator_creates_models(catalog: Catalog, identity: Identity) -> None:
    user = await identity.register("reader@example.org", PASSWORD, "reader")
    with pytest.raises(Forbidden) as caught:
        await catalog.create_model(user, "shape-gan")
    assert caught.value.code == "creator_only"


async def test_an_owner_has_one_model_of_a_name_and_another_owner_may_too(
    catalog: Catalog, atelier: User, visitor: User
) -> None:
    await catalog.create_model(atelier, "shape-gan")
    await catalog.create_model(visitor, "shape-gan")
    with pytest.raises(Conflict) as caught:
        await catalog.create_model(atelier, "shape-gan")
    assert caught.value.code == "model_exists"


@pytest.mark.parametrize("name", ["", "Shape", "a--b", "-a", "a/b", "a b", "모형", "a" * 65, "a\n"])
async def test_a_name_that_does_not_fit_a_url_is_refused(catalog: Catalog, atelier: User, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        await catalog.create_model(atelier, name)
    assert caught.value.field == "name"


async def test_a_private_model_is_not_there_for_others(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    version = await shelf.passed(atelier, "secret")
    for viewer in (visitor.id, None):
        with pytest.raises(NotFound):
            await catalog.get_model("atelier", "secret", viewer)
        with pytest.raises(NotFound):
            await catalog.list_versions("atelier", "secret", viewer)
        with pytest.raises(NotFound):
            await catalog.get_version("atelier", "secret", version.digest, viewer)
        with pytest.raises(NotFound):
            await catalog.price_history("atelier", "secret", viewer)
    with pytest.raises(NotFound):
        await catalog.set_price("atelier", "secret", visitor.id, Micros(1))
    with pytest.raises(NotFound):
        await catalog.delete_model("atelier", "secret", visitor.id)
    with pytest.raises(NotFound):
        await catalog.publishable(visitor.id, "atelier", "secret")


async def test_a_visible_model_is_changed_by_its_owner_alone(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    with pytest.raises(Forbidden):
        await catalog.set_price("atelier", "fields", visitor.id, Micros(1))
    with pytest.raises(Forbidden):
        await catalog.publishable(visitor.id, "atelier", "fields")


@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.PUBLIC])
async def test_a_model_is_shown_to_others_only_after_a_version_passed(
    catalog: Catalog, shelf: Shelf, atelier: User, visibility: Visibility
) -> None:
    version = await shelf.upload(atelier, "fields")
    with pytest.raises(Conflict) as caught:
        await catalog.set_visibility("atelier", "fields", atelier.id, visibility)
    assert caught.value.code == "version_not_verified"
    await shelf.judge(version)
    await catalog.set_visibility("atelier", "fields", atelier.id, visibility)
    assert (await catalog.get_model("atelier", "fields", None)).model.visibility is visibility


async def test_a_wish_to_be_public_comes_true_with_the_verdict(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    version = await shelf.upload(atelier, "fields")
    await catalog.change_model("atelier", "fields", atelier.id, ModelChange(wanted_visibility=Visibility.PUBLIC))
    with pytest.raises(NotFound):
        await catalog.get_model("atelier", "fields", None)
    await shelf.judge(version)
    assert (await catalog.get_model("atelier", "fields", None)).model.visibility is Visibility.PUBLIC


async def test_a_failed_version_grants_no_wish(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    version = await shelf.upload(atelier, "fields")
    await catalog.change_model("atelier", "fields", atelier.id, ModelChange(wanted_visibility=Visibility.PUBLIC))
    await shelf.judge(version, VersionStatus.FAILED)
    with pytest.raises(NotFound):
        await catalog.get_model("atelier", "fields", None)


async def test_prices_are_a_history_that_only_grows(catalog: Catalog, atelier: User) -> None:
    await catalog.create_model(atelier, "fields")
    for amount in (10_000, 20_000, 20_000, 0):
        await catalog.set_price("atelier", "fields", atelier.id, Micros(amount))
    history = await catalog.price_history("atelier", "fields", atelier.id)
    assert [price.amount for price in history] == [0, 20_000, 10_000]


async def test_a_change_is_made_whole_or_not_at_all(catalog: Catalog, atelier: User) -> None:
    await catalog.create_model(atelier, "fields")
    with pytest.raises(Invalid):
        await catalog.change_model("atelier", "fields", atelier.id, ModelChange(summary="New words", price=Micros(-1)))
    assert (await catalog.get_model("atelier", "fields", atelier.id)).model.summary == ""


@pytest.mark.parametrize("tags", [("a" * 60,), ("<b>",), ("",), tuple(f"tag{number}" for number in range(11))])
async def test_a_tag_that_is_no_word_is_refused(catalog: Catalog, atelier: User, tags: tuple[str, ...]) -> None:
    await catalog.create_model(atelier, "fields")
    with pytest.raises(Invalid) as caught:
        await catalog.set_tags("atelier", "fields", atelier.id, tags)
    assert caught.value.field == "tags"


async def test_a_null_character_is_refused_before_it_reaches_the_database(catalog: Catalog, atelier: User) -> None:
    await catalog.create_model(atelier, "fields")
    with pytest.raises(Invalid) as caught:
        await catalog.change_model("atelier", "fields", atelier.id, ModelChange(summary="a\0b"))
    assert caught.value.field == "summary"


async def test_a_deleted_model_is_gone_for_everybody_and_its_name_is_free(
    catalog: Catalog, shelf: Shelf, atelier: User, database: Database
) -> None:
    version = await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    await catalog.delete_model("atelier", "fields", atelier.id)
    with pytest.raises(NotFound):
        await catalog.get_model("atelier", "fields", atelier.id)
    with pytest.raises(NotFound):
        await catalog.resolve("atelier", "fields", None, atelier.id)
    with pytest.raises(NotFound):
        await catalog.resolve_digest(version.digest, atelier.id)
    await catalog.create_model(atelier, "fields")
    assert await catalog.list_versions("atelier", "fields", atelier.id) == []
    async with database.unit_of_work() as connection:
        assert await catalog.find_version(connection, version.model_id, version.digest) is not None


async def test_runs_are_counted_together(catalog: Catalog, atelier: User) -> None:
    model = (await catalog.create_model(atelier, "fields")).model
    async with catalog.running():
        for _ in range(5):
            catalog.count_run_soon(model.id)
    assert (await catalog.get_model("atelier", "fields", atelier.id)).model.run_count == 5
