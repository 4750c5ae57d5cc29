"""What is one's own is put in the gallery by its owner alone, as they wish it, and goes when they wish."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import func, select
from tests.gallery.items.conftest import SHARES, Place
from tests.servers import PASSWORD

from artrator.gallery.items.item import Kind
from artrator.gallery.items.pictures import PictureSource
from artrator.gallery.items.service import ItemChange
from artrator.gallery.tables import gallery_items, gallery_likes
from artrator.kernel.errors import ArtratorError, Conflict, Forbidden, Invalid, NotFound, RateLimited
from artrator.personal.deletion import AccountDeletion
from artrator.personal.export import Export
from artrator.predictions.composition import VersionRef
from artrator.predictions.submit import NewRun


async def test_a_picture_hangs_there_for_everybody_once_its_owner_shares_it(place: Place) -> None:
    prediction = await place.run(place.ada, 3)
    assert await place.seen() == []
    hung = await place.share(place.ada, prediction, title="Three hills")
    (seen,) = await place.seen()
    assert (seen.item, seen.owner, seen.liked) == (hung.item, "ada", None)
    assert (seen.item.kind, seen.item.title, seen.item.file.width_px) == (Kind.PICTURE, "Three hills", 400)
    assert (seen.model.owner, seen.model.name) == ("atelier", "easel")
    assert (await place.items.get(hung.item.id, None)).item == hung.item


async def test_the_same_picture_again_is_the_item_that_is_there(place: Place) -> None:
    prediction = await place.run(place.ada)
    source = PictureSource(prediction_id=prediction.id)
    shares = [place.items.share(place.ada, source, title=f"{n}", show_input=False) for n in range(8)]
    answers = await asyncio.gather(*shares)
    assert len({hung.item.id for hung, _ in answers}) == 1
    assert sorted(is_new for _, is_new in answers) == [False] * 7 + [True]
    assert len(await place.seen()) == 1


async def test_each_picture_of_a_run_is_an_item_of_its_own(place: Place) -> None:
    prediction = await place.run(place.ada, 5, do="several")
    first = await place.share(place.ada, prediction)
    second = await place.share(place.ada, prediction, index=1)
    assert first.item.file.key != second.item.file.key
    with pytest.raises(Invalid) as refused:
        await place.share(place.ada, prediction, index=2)
    assert (refused.value.code, refused.value.field) == ("output_not_found", "index")
    with pytest.raises(Invalid) as refused:
        source = PictureSource(prediction_id=prediction.id, output="sound")
        await place.items.share(place.ada, source, title="", show_input=False)
    assert refused.value.field == "output"


async def test_what_is_no_picture_or_did_not_succeed_does_not_hang_there(place: Place) -> None:
    for do in ("label", "crash"):
        with pytest.raises(Conflict) as refused:
            await place.share(place.ada, await place.run(place.ada, do=do))
        assert refused.value.code == "nothing_to_show"


@pytest.mark.parametrize("prediction_id", ["", "x", "../../etc", "01m8p25ed9s0affapgw3vkpb87"])
async def test_a_prediction_that_is_not_there_is_not_shared(place: Place, prediction_id: str) -> None:
    with pytest.raises(NotFound) as refused:
        source = PictureSource(prediction_id=prediction_id)
        await place.items.share(place.ada, source, title="", show_input=False)
    assert refused.value.code == "prediction_not_found"


async def test_inputs_are_shown_only_when_asked_and_never_a_file(place: Place) -> None:
    data_url = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    address = "https://files.example.org/portrait.png?token=secret"
    inputs = {"prompt": "my secret hills", "picture": data_url}
    quiet = await place.share(place.ada, await place.run(place.ada, 1, **inputs))
    assert quiet.item.input is None
    told = await place.share(place.ada, await place.run(place.ada, 2, **inputs), show_input=True)
    assert told.item.input == {"do": "paint", "prompt": "my secret hills", "seed": 2}
    row = (await place.run(place.ada, 3, prompt="x")).id
    async with place.platform.database.unit_of_work() as connection:  # as a run with an input by URL is kept
        statement = (
            "UPDATE predictions SET input = input || jsonb_build_object('picture', %s::text, 'new', 1) WHERE id = %s"
        )
        await connection.exec_driver_sql(statement, (address, row))
    by_url = (await place.items.share(place.ada, PictureSource(prediction_id=row), title="", show_input=True))[0]
    assert by_url.item.input == {"do": "paint", "prompt": "x", "seed": 3}


async def test_an_owner_changes_title_and_inputs_and_withdraws(place: Place) -> None:
    hung = await place.hang(place.ada, title="Hills")
    item_id = hung.item.id
    changed = await place.items.change(place.ada, item_id, ItemChange(title="  Two \n hills ", show_input=True))
    assert changed.item.title == "Two hills"
    assert changed.item.input == {"do": "paint", "seed": 1}
    hidden = await place.items.change(place.ada, item_id, ItemChange(show_input=False))
    assert (hidden.item.title, hidden.item.input) == ("Two hills", None)
    await place.items.like(place.bo, item_id)
    await place.items.withdraw(place.ada, item_id)
    assert await place.seen() == await place.seen(place.ada, mine=place.ada.id) == []
    with pytest.raises(NotFound):
        await place.items.get(item_id, place.ada)
    async with place.platform.database.unit_of_work() as connection:
        assert (await connection.execute(select(func.count()).select_from(gallery_likes))).scalar_one() == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("  a\t\n b ", "a b"),
        ("언덕 위의 집", "언덕 위의 집"),
        ("\u1112\u1161\u11ab", "한"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("a\x07b\x1b[31m", "ab[31m"),
        ("<b>&\"'</b>", "<b>&\"'</b>"),
        ("🏔️", "🏔️"),
    ],
)
async def test_a_title_is_one_line_that_turns_nothing_round(place: Place, given: str, kept: str) -> None:
    assert (await place.hang(place.ada, title=given)).item.title == kept


async def test_a_title_that_is_too_long_is_refused(place: Place) -> None:
    prediction = await place.run(place.ada)
    with pytest.raises(Invalid) as refused:
        await place.share(place.ada, prediction, title="a" * 121)
    assert (refused.value.code, refused.value.field) == ("title_too_long", "title")
    assert len((await place.share(place.ada, prediction, title="언" * 120)).item.title) == 120


async def test_with_the_prediction_the_item_is_gone(place: Place) -> None:
    prediction = await place.run(place.ada)
    hung = await place.share(place.ada, prediction)
    await place.items.like(place.bo, hung.item.id)
    await place.platform.predictions.reader.delete(place.ada.id, prediction.id)
    assert await place.seen() == []
    with pytest.raises(NotFound):
        await place.items.get(hung.item.id, place.ada)
    assert not await place.platform.blobs.exists(hung.item.file.key)


async def test_sharing_and_deleting_at_once_leave_no_item_without_a_picture(place: Place) -> None:
    for seed in range(10):
        prediction = await place.run(place.ada, seed)
        share = place.share(place.ada, prediction)
        delete = place.platform.predictions.reader.delete(place.ada.id, prediction.id)
        outcomes = await asyncio.gather(share, delete, return_exceptions=True)
        for outcome in outcomes:
            assert not isinstance(outcome, BaseException) or isinstance(outcome, NotFound), outcome
    assert await place.seen() == []


async def test_changing_and_deleting_at_once_never_block_each_other(place: Place) -> None:
    for seed in range(10):
        prediction = await place.run(place.ada, seed)
        hung = await place.share(place.ada, prediction)
        change = place.items.change(place.ada, hung.item.id, ItemChange(title="x", show_input=True))
        like = place.items.like(place.bo, hung.item.id)
        delete = place.platform.predictions.reader.delete(place.ada.id, prediction.id)
        for outcome in await asyncio.gather(change, like, delete, return_exceptions=True):
            assert not isinstance(outcome, BaseException) or isinstance(outcome, NotFound), outcome


async def test_so_many_are_shared_a_day_and_withdrawing_gives_no_turn_back(place: Place) -> None:
    for number in range(SHARES):
        hung = await place.hang(place.ada, number)
        if number % 2:
            await place.items.withdraw(place.ada, hung.item.id)
    with pytest.raises(RateLimited) as refused:
        await place.hang(place.ada, 999)
    assert refused.value.code == "too_many_shares"
    assert 0 < int(str(refused.value.facts["retry_after_s"])) <= 86_400
    await place.hang(place.bo, 999)
    place.clock.pass_by(24)
    await place.hang(place.ada, 999)


async def test_who_leaves_takes_items_and_likes_along(place: Place) -> None:
    own = await place.hang(place.ada, 1)
    others = await place.hang(place.bo, 2)
    await place.items.like(place.bo, own.item.id)
    await place.items.like(place.ada, others.item.id)
    await place.items.like(place.maker, others.item.id)
    deletion = place.platform.services.get(AccountDeletion)
    await deletion.delete(place.ada, PASSWORD, "203.0.113.7")
    assert [hung.item.id for hung in await place.seen()] == [others.item.id]  # at once, before the job has run
    with pytest.raises(NotFound):
        await place.items.get(own.item.id, place.bo)
    await deletion.erase(place.ada.id)
    await deletion.erase(place.ada.id)
    async with place.platform.database.unit_of_work() as connection:
        ids = (await connection.execute(select(gallery_items.c.id))).scalars().all()
    assert ids == [others.item.id]
    assert (await place.items.get(others.item.id, None)).item.likes == 1


async def test_what_somebody_shared_and_likes_is_in_their_export(place: Place) -> None:
    own = await place.hang(place.ada, 1, title="Mine", show_input=True)
    others = await place.hang(place.bo, 2, title="Theirs")
    await place.items.like(place.ada, others.item.id)
    text = b"".join([chunk async for chunk in place.platform.services.get(Export).write(place.ada)]).decode()
    held = json.loads(text)
    (item,) = held["gallery"]
    assert (item["id"], item["title"], item["input"]) == (own.item.id, "Mine", {"do": "paint", "seed": 1})
    assert [each["item"] for each in held["likes"]] == [others.item.id]
    assert "Theirs" not in text


async def test_a_run_that_goes_on_is_not_shared(place: Place) -> None:
    new = NewRun(user=place.ada, version=VersionRef(owner="atelier", name="easel"), input={"do": "wait"}, wait_s=None)
    prediction = await place.platform.predictions.submission.submit(new)
    with pytest.raises(ArtratorError) as refused:
        await place.share(place.ada, prediction)
    assert refused.value.code == "nothing_to_show"
    await place.platform.predictions.cancellation.cancel(place.ada.id, prediction.id)


async def test_only_its_owner_changes_an_item(place: Place) -> None:
    hung = await place.hang(place.ada)
    for other in (place.bo, place.maker, place.operator):
        with pytest.raises(Forbidden) as refused:
            await place.items.change(other, hung.item.id, ItemChange(title="mine now"))
        assert refused.value.code == "not_your_item"
        with pytest.raises(Forbidden):
            await place.items.withdraw(other, hung.item.id)
    assert (await place.items.get(hung.item.id, None)).item == hung.item
