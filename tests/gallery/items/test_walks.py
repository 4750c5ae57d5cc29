"""Walks hang in the gallery too: with their film, their frames, and as much of how they were made as their owner shows."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest
from tests.gallery.items.conftest import Place
from tests.gallery.items.walked import PROMPTS, walked

from artrator.catalog.model import Visibility
from artrator.gallery.items.films import chosen
from artrator.gallery.items.item import Hung, Kind, ShownKeyframe
from artrator.gallery.items.service import ItemChange
from artrator.gallery.items.walks import WalkSource
from artrator.identity.user import User
from artrator.kernel.errors import Conflict, Forbidden, NotFound
from artrator.kernel.ids import new_id
from artrator.walks.film import FilmFormat, FilmStatus
from artrator.walks.film_store import get_film, put_film
from artrator.walks.service import Walks
from artrator.walks.walk import Ending, Frame, Keyframe, Walk, WalkStatus


async def share(place: Place, user: User, walk: Walk, *, title: str = "", show_input: bool = False) -> Hung:
    source = WalkSource(walk_id=walk.id)
    return (await place.items.share(user, source, title=title, show_input=show_input))[0]


async def test_a_walk_hangs_there_with_its_frames(place: Place) -> None:
    walk = await walked(place, place.ada, frames=9, ending=Ending.PING_PONG)
    hung = await share(place, place.ada, walk, title="From warm to cool")
    picture = await place.hang(place.bo, 50)
    assert [each.item.id for each in await place.seen()] == [picture.item.id, hung.item.id]
    (seen,) = await place.seen(kind=Kind.WALK)
    assert (seen.item.walk_id, seen.item.title, seen.item.prediction_id) == (walk.id, "From warm to cool", None)
    assert seen.item.walk is not None
    assert (seen.item.walk.frames, seen.item.walk.fps, seen.item.walk.ending) == (9, 12, "ping-pong")
    frames = await place.items.films.frames(seen.item, 4)
    assert [frame.place for frame in frames] == [0.0, 0.375, 0.625, 1.0]
    assert seen.item.file.key == frames[0].file.key
    with pytest.raises(NotFound):
        await place.items.films.frames(picture.item, 4)


@pytest.mark.parametrize(("there", "count", "places"), [(5, 5, 5), (5, 9, 5), (100, 2, 2), (100, 24, 24), (2, 2, 2)])
async def test_frames_are_chosen_evenly_with_both_ends(place: Place, there: int, count: int, places: int) -> None:
    walk = await walked(place, place.ada, frames=2)
    (frame, _) = (await place.platform.services.get(Walks).public_view(walk.id)).frames
    frames = [_at(frame, float(number)) for number in range(there)]
    found = [each.place for each in chosen(frames, count)]
    assert len(found) == len(set(found)) == places
    assert (found[0], found[-1]) == (0.0, there - 1.0)


def _at(frame: Frame, at: float) -> Frame:
    return replace(frame, place=at)


async def test_how_a_walk_was_made_is_shown_only_when_asked(place: Place) -> None:
    hung = await share(place, place.ada, await walked(place, place.ada))
    assert hung.item.input is None
    assert hung.item.walk is not None
    assert hung.item.walk.keyframes is None
    assert not any(prompt in repr(hung) for prompt in PROMPTS)
    shown = await place.items.change(place.ada, hung.item.id, ItemChange(show_input=True))
    assert shown.item.walk is not None
    assert shown.item.walk.keyframes == tuple(ShownKeyframe(input={"prompt": each}, pictures={}) for each in PROMPTS)
    assert shown.item.input == {"seed": 1}
    kept = await place.items.change(place.ada, hung.item.id, ItemChange(show_input=False))
    assert (kept.item.input, kept.item.walk) == (None, hung.item.walk)


async def test_a_picture_that_was_given_is_shown_as_the_frame_that_was_rendered_of_it(place: Place) -> None:
    portrait = "inputs/private/portrait.png"
    keyframes = (
        Keyframe(input={"prompt": "a face"}, files={"picture": portrait}),
        Keyframe(input={"picture": "https://files.example.org/me.png?token=secret"}, files={}),
        Keyframe(input={"prompt": "waves", "unknown": "?"}, files={"unknown": portrait}),
    )
    walk = await walked(place, place.ada, frames=5, keyframes=keyframes)
    hung = await share(place, place.ada, walk, show_input=True)
    frames = {frame.place: frame.file.key for frame in await place.items.films.frames(hung.item, 100)}
    assert hung.item.walk is not None
    assert hung.item.walk.keyframes == (
        ShownKeyframe(input={"prompt": "a face"}, pictures={"picture": frames[0.0]}),
        ShownKeyframe(input={}, pictures={"picture": frames[1.0]}),
        ShownKeyframe(input={"prompt": "waves"}, pictures={}),
    )
    assert portrait not in repr(hung)
    assert "secret" not in repr(hung)


@pytest.mark.parametrize("status", [WalkStatus.CANCELED, WalkStatus.FAILED])
async def test_what_was_rendered_of_a_walk_that_ended_early_is_shown(place: Place, status: WalkStatus) -> None:
    hung = await share(place, place.ada, await walked(place, place.ada, frames=3, status=status))
    assert hung.item.walk is not None
    assert hung.item.walk.frames == 3


async def test_a_walk_under_way_or_with_one_frame_is_not_shown(place: Place) -> None:
    for walk in (
        await walked(place, place.ada, status=WalkStatus.PROCESSING),
        await walked(place, place.ada, frames=1, status=WalkStatus.CANCELED),
        await walked(place, place.ada, frames=0, status=WalkStatus.FAILED),
    ):
        with pytest.raises(Conflict) as refused:
            await share(place, place.ada, walk)
        assert refused.value.code == "nothing_to_show"


async def test_nobody_shows_the_walk_of_somebody_else_or_of_a_private_model(place: Place) -> None:
    walk = await walked(place, place.ada)
    for thief in (place.bo, place.maker, place.operator):
        with pytest.raises(NotFound) as refused:
            await share(place, thief, walk)
        assert refused.value.code == "walk_not_found"
    for walk_id in ("", "x", new_id()):
        with pytest.raises(NotFound):
            await place.items.share(place.ada, WalkSource(walk_id=walk_id), title="", show_input=False)
    own = await walked(place, place.maker)
    await place.show_model(Visibility.PRIVATE)
    with pytest.raises(Forbidden):
        await share(place, place.ada, walk)
    await share(place, place.maker, own)


async def test_the_same_walk_again_is_the_item_that_is_there(place: Place) -> None:
    walk = await walked(place, place.ada)
    source = WalkSource(walk_id=walk.id)
    answers = await asyncio.gather(
        *(place.items.share(place.ada, source, title="", show_input=False) for _ in range(5))
    )
    assert len({hung.item.id for hung, _ in answers}) == 1
    assert sorted(is_new for _, is_new in answers) == [False] * 4 + [True]
    assert await place.items.of_walks([walk.id]) == {walk.id: answers[0][0].item.id}


async def test_with_the_walk_the_item_is_gone(place: Place) -> None:
    walk = await walked(place, place.ada)
    hung = await share(place, place.ada, walk)
    await place.items.like(place.bo, hung.item.id)
    await place.platform.services.get(Walks).erasure.delete(place.ada.id, walk.id)
    assert await place.seen() == []
    with pytest.raises(NotFound):
        await place.items.get(hung.item.id, place.ada)
    assert await place.items.of_walks([walk.id]) == {}


async def test_a_hidden_walk_is_known_again_by_its_frames(place: Place) -> None:
    hung = await share(place, place.ada, await walked(place, place.ada, seed=3))
    await place.items.hide(place.operator, hung.item.id)
    with pytest.raises(Conflict) as refused:
        await share(place, place.ada, await walked(place, place.ada, seed=3))
    assert refused.value.code == "work_hidden"
    await share(place, place.ada, await walked(place, place.ada, seed=30))


async def test_the_film_is_ordered_with_the_item_and_shown_once_it_is_made(place: Place) -> None:
    walk = await walked(place, place.ada)
    hung = await share(place, place.ada, walk)
    assert await place.items.films.key_of(hung.item) is None
    async with place.platform.database.unit_of_work() as connection:
        film = await get_film(connection, walk.id, FilmFormat.WEBM)
        assert film is not None
        assert (film.status, film.fps, film.frames) == (FilmStatus.PROCESSING, 12, 5)
        key = f"films/{hashlib.sha256(walk.id.encode()).hexdigest()}.webm"
        await put_film(connection, replace(film, status=FilmStatus.READY, key=key, size_bytes=1))
    assert await place.items.films.key_of(hung.item) == key
    assert await place.items.films.key_of((await place.hang(place.ada, 50)).item) is None
