"""People who want what is not theirs: to show it, to see it, to be liked for it, to have it taken down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.gallery.items.conftest import REPORTS, Place, write_easel
from tests.predictions.conftest import write_bundle

from artrator.catalog.model import Visibility
from artrator.gallery.items.pictures import PictureSource
from artrator.gallery.items.rights import Maker, check_may_show
from artrator.gallery.report import Action, Reason, Subject
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited


async def test_nobody_shares_the_picture_of_somebody_else(place: Place) -> None:
    prediction = await place.run(place.ada)
    for thief in (place.bo, place.maker, place.operator):  # who made the model has no right to what others made with it
        with pytest.raises(NotFound) as refused:
            await place.share(thief, prediction)
        assert refused.value.code == "prediction_not_found"
    assert await place.seen() == []


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.UNLISTED])
async def test_what_a_model_that_is_not_public_made_is_shown_by_its_owner_alone(
    place: Place, visibility: Visibility
) -> None:
    own, others = await place.run(place.maker, 1), await place.run(place.ada, 2)
    await place.show_model(visibility)
    with pytest.raises(Forbidden) as refused:
        await place.share(place.ada, others)
    assert refused.value.code == "model_not_public"
    hung = await place.share(place.maker, own)
    assert [each.item.id for each in await place.seen()] == [hung.item.id]


async def test_of_a_deleted_model_nothing_new_is_shown_but_what_hangs_stays(place: Place, tmp_path: Path) -> None:
    first, second = await place.run(place.ada, 1), await place.run(place.ada, 2)
    hung = await place.share(place.ada, first)
    await place.platform.catalog.delete_model("atelier", "easel", place.maker.id)
    with pytest.raises(Forbidden):
        await place.share(place.ada, second)
    (seen,) = await place.seen()
    assert seen.item.id == hung.item.id
    assert not seen.model.is_known_to(place.ada.id)
    assert not seen.model.is_known_to(place.maker.id)
    other = write_easel(tmp_path / "other")
    (other / "model.onnx").write_bytes(b"another one of the same name")
    await place.platform.publish(place.maker, other)
    with pytest.raises(Forbidden):  # which gives no right to what the first one made
        await place.share(place.ada, second)


async def test_every_part_of_a_run_has_a_say(place: Place, tmp_path: Path) -> None:
    digest = await place.platform.publish(place.maker, write_bundle(tmp_path / "more", "tint"))
    await place.show_model(Visibility.PRIVATE, "tint")
    easel = (await place.platform.catalog.get_model("atelier", "easel", None)).model.latest_digest
    assert easel is not None
    public = Maker(owner_id=place.maker.id, version=easel, model="atelier/easel")
    private = Maker(owner_id=place.maker.id, version=digest, model="atelier/tint")
    async with place.platform.database.unit_of_work() as connection:
        await check_may_show(connection, [public], place.ada.id)
        await check_may_show(connection, [public, private], place.maker.id)
        with pytest.raises(Forbidden) as refused:
            await check_may_show(connection, [public, private], place.ada.id)
    assert refused.value.facts["model"] == "atelier/tint"


async def test_a_model_that_becomes_private_is_not_named_to_others(place: Place) -> None:
    await place.hang(place.ada)
    assert len(await place.seen(model=("atelier", "easel"))) == 1
    await place.show_model(Visibility.PRIVATE)
    assert await place.seen(model=("atelier", "easel")) == []
    assert await place.seen(place.ada, model=("atelier", "easel")) == []
    assert len(await place.seen(place.maker, model=("atelier", "easel"))) == 1
    (seen,) = await place.seen()
    assert not seen.model.is_known_to(None)
    assert not seen.model.is_known_to(place.ada.id)
    assert seen.model.is_known_to(place.maker.id)


async def test_what_is_hidden_is_seen_by_its_owner_and_operators_alone_until_it_is_restored(place: Place) -> None:
    hung = await place.hang(place.ada, title="Rude words")
    item_id = hung.item.id
    assert (await place.items.hide(place.operator, item_id)).is_hidden
    assert await place.seen() == await place.seen(place.bo) == []
    for stranger in (None, place.bo, place.maker):
        with pytest.raises(NotFound):
            await place.items.get(item_id, stranger)
    for action in (place.items.like, place.items.unlike):
        with pytest.raises(NotFound):
            await action(place.bo, item_id)
        with pytest.raises(NotFound):
            await action(place.operator, item_id)
    with pytest.raises(NotFound):
        await place.reports.report_item(place.bo, item_id, Reason.SPAM, "")
    assert (await place.items.get(item_id, place.ada)).is_hidden
    (own,) = await place.seen(place.ada, mine=place.ada.id)
    assert own.is_hidden
    (listed,) = (await place.items.list_hidden(cursor=None, limit=10)).rows
    assert listed.item.id == item_id
    await place.items.restore(place.operator, item_id)
    assert [each.item.id for each in await place.seen()] == [item_id]
    assert (await place.items.list_hidden(cursor=None, limit=10)).rows == []


async def test_what_was_hidden_does_not_come_back_by_another_run_of_the_same_picture(place: Place) -> None:
    hung = await place.hang(place.ada, 7)
    await place.items.hide(place.operator, hung.item.id)
    await place.items.withdraw(place.ada, hung.item.id)
    again = await place.run(place.ada, 7)
    with pytest.raises(Conflict) as refused:
        await place.share(place.ada, again)
    assert refused.value.code == "work_hidden"
    await place.share(place.ada, await place.run(place.ada, 8))
    same_of_another = await place.hang(place.bo, 7)  # whose picture of the same seed is no offence of theirs
    assert same_of_another.is_public


async def test_a_second_copy_of_what_is_hidden_is_hidden_too(place: Place) -> None:
    first, second = await place.hang(place.ada, 7), await place.hang(place.ada, 7)
    await place.items.hide(place.operator, first.item.id)
    with pytest.raises(NotFound):
        await place.items.get(second.item.id, None)


async def test_with_a_disabled_account_everything_of_it_is_gone_until_it_is_enabled(place: Place) -> None:
    hung = await place.hang(place.ada)
    identity = place.platform.identity
    await identity.disable("ada", by=place.operator)
    assert await place.seen() == []
    with pytest.raises(NotFound):
        await place.items.get(hung.item.id, place.bo)
    await identity.enable("ada")
    assert len(await place.seen()) == 1


async def test_nobody_likes_their_own(place: Place) -> None:
    hung = await place.hang(place.ada)
    with pytest.raises(Forbidden) as refused:
        await place.items.like(place.ada, hung.item.id)
    assert refused.value.code == "own_item"
    assert (await place.items.get(hung.item.id, None)).item.likes == 0


@pytest.mark.parametrize("item_id", ["", "x", "01m8p25ed9s0affapgw3vkpb87", "' OR 1=1 --", "\u0000" * 26])
async def test_an_id_that_is_none_of_ours_finds_nothing(place: Place, item_id: str) -> None:
    for asking in (
        place.items.get(item_id, None),
        place.items.like(place.bo, item_id),
        place.items.withdraw(place.bo, item_id),
        place.items.hide(place.operator, item_id),
        place.reports.report_item(place.bo, item_id, Reason.OTHER, ""),
    ):
        with pytest.raises(NotFound):
            await asking


async def test_reports_of_one_person_are_one_report_and_so_many_a_day(place: Place) -> None:
    hung = [await place.hang(place.ada, number) for number in range(3)]
    first = await place.reports.report_item(place.bo, hung[0].item.id, Reason.STOLEN, "It is mine.")
    again = await place.reports.report_item(place.bo, hung[0].item.id, Reason.HARMFUL, "And ugly.")
    assert (again.id, again.details, again.reason) == (first.id, "And ugly.", Reason.HARMFUL)
    spam = [
        place.reports.report_item(place.bo, each.item.id, Reason.SPAM, f"{number}")
        for number in range(10)
        for each in hung
    ]
    outcomes = await asyncio.gather(*spam, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, RateLimited)]
    assert len(outcomes) - len(refused) == REPORTS - 2
    assert {each.code for each in refused} == {"too_many_reports"}
    with pytest.raises(RateLimited):  # of models too: it is one allowance
        await place.reports.report(place.bo, "atelier", "easel", Reason.SPAM, "")
    open_ones = (await place.reports.list_page(is_open=True, cursor=None, limit=100)).rows
    assert len(open_ones) <= 3
    place.clock.pass_by(24)
    await place.reports.report_item(place.bo, hung[0].item.id, Reason.SPAM, "")


async def test_an_operator_hides_what_was_reported_and_its_other_reports_are_closed(place: Place) -> None:
    hung = await place.hang(place.ada, title="Not nice")
    mine = await place.reports.report_item(place.bo, hung.item.id, Reason.HARMFUL, "Look at it.")
    other = await place.reports.report_item(place.maker, hung.item.id, Reason.OTHER, "")
    of_model = await place.reports.report(place.bo, "atelier", "easel", Reason.SPAM, "")
    listed = (await place.reports.list_page(is_open=True, cursor=None, limit=10)).rows
    assert {each.id: each.subject for each in listed} == {
        mine.id: Subject.ITEM,
        other.id: Subject.ITEM,
        of_model.id: Subject.MODEL,
    }
    with pytest.raises(Conflict) as refused:
        await place.reports.close(place.operator, mine.id, Action.UNLIST)
    assert refused.value.code == "action_unfit"
    with pytest.raises(Conflict):
        await place.reports.close(place.operator, of_model.id, Action.HIDE)
    closed = await place.reports.close(place.operator, mine.id, Action.HIDE)
    assert (closed.action, closed.item and closed.item.is_hidden, closed.owner) == (Action.HIDE, True, "ada")
    assert await place.seen() == []
    left = (await place.reports.list_page(is_open=True, cursor=None, limit=10)).rows
    assert [each.id for each in left] == [of_model.id]


async def test_withdrawing_what_is_reported_leaves_the_report_and_nothing_of_the_item(place: Place) -> None:
    prediction = await place.run(place.ada)
    hung = await place.share(place.ada, prediction, title="Offence")
    report = await place.reports.report_item(place.bo, hung.item.id, Reason.HARMFUL, "See.")
    await place.platform.predictions.reader.delete(place.ada.id, prediction.id)
    (left,) = (await place.reports.list_page(is_open=True, cursor=None, limit=10)).rows
    assert (left.id, left.subject, left.item, left.owner) == (report.id, Subject.ITEM, None, "ada")
    with pytest.raises(Conflict):
        await place.reports.close(place.operator, report.id, Action.HIDE)
    assert (await place.reports.close(place.operator, report.id, Action.DISMISS)).action is Action.DISMISS


async def test_hiding_an_item_closes_its_reports(place: Place) -> None:
    hung = await place.hang(place.ada)
    await place.reports.report_item(place.bo, hung.item.id, Reason.SPAM, "")
    await place.items.hide(place.operator, hung.item.id)
    assert (await place.reports.list_page(is_open=True, cursor=None, limit=10)).rows == []


async def test_a_private_models_name_is_not_told_to_who_reports_its_picture(place: Place) -> None:
    hung = await place.hang(place.maker)
    await place.show_model(Visibility.PRIVATE)
    report = await place.reports.report_item(place.bo, hung.item.id, Reason.OTHER, "")
    assert report.model is None


async def test_an_output_is_named_by_its_own_run_alone(place: Place) -> None:
    prediction = await place.run(place.ada)
    for output in ("../picture", "", "PICTURE"):
        with pytest.raises(Invalid) as refused:
            source = PictureSource(prediction_id=prediction.id, output=output)
            await place.items.share(place.ada, source, title="", show_input=False)
        assert refused.value.code == "output_not_found"
