"""Lists show what is wanted, in order, and their pages hold still while people like, share and withdraw."""

from __future__ import annotations

import asyncio

import pytest
from tests.gallery.items.conftest import Place

from artrator.gallery.items.item import Hung, Kind, Sort, Wanted
from artrator.identity.user import User
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import ItemId


def ids(found: list[Hung]) -> list[ItemId]:
    return [hung.item.id for hung in found]


async def like(place: Place, item_id: ItemId, *users: User) -> None:
    for user in users:
        await place.items.like(user, item_id)


async def nine(place: Place) -> list[ItemId]:
    """Hang nine pictures of Ada's, the oldest first, liked by 0, 1, 2, 0, 1, 2, ... people, some time ago."""
    made: list[ItemId] = []
    for number in range(9):
        item_id = (await place.hang(place.ada, number)).item.id
        await like(place, item_id, *(place.bo, place.maker)[: number % 3])
        made.append(item_id)
    place.clock.pass_by(1)
    return made


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [1, 4, 9])
async def test_pages_together_are_the_whole_list_in_order(place: Place, sort: Sort, limit: int) -> None:
    made = await nine(place)
    expected = {
        Sort.NEW: made[::-1],
        Sort.LIKED: [made[place] for place in (8, 5, 2, 7, 4, 1, 6, 3, 0)],
    }
    assert ids(await place.seen(sort=sort, limit=limit)) == expected[sort]


async def test_new_likes_do_not_disturb_the_pages_that_are_still_to_come(place: Place) -> None:
    made = await nine(place)
    whole = ids(await place.seen(sort=Sort.LIKED))
    first = await place.items.list_page(Wanted(), Sort.LIKED, viewer=None, cursor=None, limit=3)
    place.clock.pass_by(0.01)
    # what stood last rises above all, and what is on the first page already rises too
    for item_id in (made[0], made[3], made[8]):
        await like(place, item_id, place.bo, place.maker, place.operator)
    new = (await place.hang(place.bo, 100)).item.id
    seen = [hung.item.id for hung in first.rows]
    cursor = first.next_cursor
    while cursor is not None:
        page = await place.items.list_page(Wanted(), Sort.LIKED, viewer=None, cursor=cursor, limit=3)
        seen += [hung.item.id for hung in page.rows]
        cursor = page.next_cursor
    assert [each for each in seen if each != new] == whole
    assert {hung.item.id: hung.item.likes for hung in await place.seen()}[made[0]] == 3  # the count shown is today's
    place.clock.pass_by(1)
    assert ids(await place.seen(sort=Sort.LIKED))[:3] == [made[8], made[3], made[0]]


async def test_likes_that_are_taken_back_hide_nothing(place: Place) -> None:
    made = await nine(place)
    first = await place.items.list_page(Wanted(), Sort.LIKED, viewer=None, cursor=None, limit=3)
    place.clock.pass_by(0.01)
    await place.items.unlike(place.bo, made[8])
    await place.items.unlike(place.bo, made[7])
    rest = await place.items.list_page(Wanted(), Sort.LIKED, viewer=None, cursor=first.next_cursor, limit=100)
    seen = [hung.item.id for hung in (*first.rows, *rest.rows)]
    assert set(seen) == set(made)


async def test_what_is_withdrawn_or_new_meanwhile_moves_nothing_else(place: Place) -> None:
    made = await nine(place)
    first = await place.items.list_page(Wanted(), Sort.NEW, viewer=None, cursor=None, limit=3)
    await place.items.withdraw(place.ada, made[6])  # the last of the first page
    await place.hang(place.bo, 100)
    rest = await place.items.list_page(Wanted(), Sort.NEW, viewer=None, cursor=first.next_cursor, limit=100)
    assert [hung.item.id for hung in rest.rows] == made[5::-1]


async def test_lists_are_narrowed_by_kind_owner_and_model(place: Place) -> None:
    ada = (await place.hang(place.ada, 1)).item.id
    bo = (await place.hang(place.bo, 2)).item.id
    assert ids(await place.seen(kind=Kind.PICTURE)) == [bo, ada]
    assert ids(await place.seen(kind=Kind.WALK)) == []
    assert ids(await place.seen(owner="ada")) == [ada]
    assert ids(await place.seen(owner="nobody")) == []
    assert ids(await place.seen(model=("atelier", "easel"))) == [bo, ada]
    assert ids(await place.seen(model=("atelier", "none"))) == []


async def test_ones_own_list_finds_the_item_of_one_source(place: Place) -> None:
    prediction = await place.run(place.ada)
    hung = await place.share(place.ada, prediction)
    await place.hang(place.ada, 2)
    found = await place.seen(place.ada, mine=place.ada.id, prediction_id=prediction.id)
    assert ids(found) == [hung.item.id]
    assert await place.seen(place.bo, mine=place.bo.id, prediction_id=prediction.id) == []


async def test_a_viewer_sees_which_items_they_like(place: Place) -> None:
    first, second = (await place.hang(place.ada, 1)).item.id, (await place.hang(place.ada, 2)).item.id
    await place.items.like(place.bo, first)
    assert {hung.item.id: hung.liked for hung in await place.seen(place.bo)} == {first: True, second: False}
    assert {hung.liked for hung in await place.seen()} == {None}


@pytest.mark.parametrize("cursor", ["x", "", "WyJsaWtlZCIsMSwxLCJ4Il0", "WyJuZXciXQ", "W10", "a" * 400])
@pytest.mark.parametrize("sort", list(Sort))
async def test_a_cursor_that_no_page_gave_is_refused(place: Place, sort: Sort, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        await place.items.list_page(Wanted(), sort, viewer=None, cursor=cursor, limit=3)
    assert (refused.value.code, refused.value.field) == ("cursor_malformed", "cursor")


async def test_a_cursor_of_another_order_is_refused(place: Place) -> None:
    await nine(place)
    for given, used in ((Sort.NEW, Sort.LIKED), (Sort.LIKED, Sort.NEW)):
        page = await place.items.list_page(Wanted(), given, viewer=None, cursor=None, limit=2)
        with pytest.raises(Invalid):
            await place.items.list_page(Wanted(), used, viewer=None, cursor=page.next_cursor, limit=2)


async def test_everybody_counts_once_however_often_and_however_many_at_once(place: Place) -> None:
    hung = await place.hang(place.ada)
    users = [await place.platform.make_user(f"fan{number}") for number in range(12)]
    for _ in range(2):
        await asyncio.gather(*(place.items.like(user, hung.item.id) for user in users for _ in range(3)))
    assert (await place.items.get(hung.item.id, None)).item.likes == 12
    taken = [place.items.unlike(user, hung.item.id) for user in users[:5] for _ in range(3)]
    await asyncio.gather(*taken, *(place.items.like(user, hung.item.id) for user in users[5:]))
    assert (await place.items.get(hung.item.id, None)).item.likes == 7
    flapping = [action(user, hung.item.id) for user in users for action in (place.items.like, place.items.unlike) * 2]
    await asyncio.gather(*flapping)
    found = [hung for user in users for hung in await place.seen(user)]
    assert found[0].item.likes == sum(bool(hung.liked) for hung in found)
