"""Walks from Python: frames as they land, films, and what happens to them when nobody watches."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.journeys.running import RunningServer

from artrator.kernel.errors import Conflict, Invalid, NotFound
from artrator.sdk import AsyncClient, Client, WalkFailed
from artrator.sdk.progress import EventReader
from artrator.sdk.walk import read_event

MODEL = "atelier/palette-vae"
SEEDS = [{"seed": 1, "palette": "warm"}, {"seed": 7, "palette": "ocean"}]


@pytest.fixture(scope="module")
def key(demo: RunningServer) -> str:
    return demo.make_key()


@pytest.fixture
def client(demo: RunningServer, key: str) -> Iterator[Client]:
    with Client(demo.url, key) as opened:
        yield opened


def test_frames_come_as_they_land_and_the_film_is_saved(client: Client, tmp_path: Path) -> None:
    walk = client.walk(MODEL, SEEDS, frames=6, input={"style": "hills"}, title="Six")
    places = [frame.place for frame in walk]
    assert sorted(places) == [frame.place for frame in walk.frames()]
    assert len(set(places)) == 6
    assert (walk.state.status, walk.state.rendered) == ("succeeded", 6)
    assert walk.picture(walk.frames()[0]).size == (256, 256)
    film = walk.save(tmp_path / "walk.webp")
    with Image.open(film) as picture:
        assert picture.n_frames == 6  # type: ignore[attr-defined]
    with zipfile.ZipFile(walk.save(str(tmp_path / "walk.zip"))) as archive:
        assert len(archive.namelist()) == 6
    again = client.find_walk(walk.id)
    assert [frame.place for frame in again]
    assert again.wait().title == "Six"


async def test_the_async_client_does_the_same(demo: RunningServer, key: str, tmp_path: Path) -> None:
    async with AsyncClient(demo.url, key) as client:
        quote = await client.quote_walk(MODEL, SEEDS, frames=4)
        assert quote.price.amount_micros == 4 * quote.frame_price.amount_micros
        walk = await client.walk(MODEL, SEEDS, frames=4)
        assert len([frame async for frame in walk]) == 4
        assert (await walk.picture((await walk.frames())[1])).mode == "RGB"
        assert (await walk.save(tmp_path / "walk.gif", fps=8)).stat().st_size > 0
        assert (await (await client.find_walk(walk.id)).refresh()).status == "succeeded"


def test_a_cancelled_walk_says_so_and_keeps_what_is_there(client: Client, tmp_path: Path) -> None:
    walk = client.walk(MODEL, SEEDS, frames=600)
    frames = iter(walk)
    next(frames)
    state = walk.cancel()
    assert state.status == "canceled"
    with pytest.raises(WalkFailed) as stopped:
        list(frames)
    assert stopped.value.code == "walk_canceled"
    assert walk.save(tmp_path / "part.zip").exists()
    assert state.charged is not None
    assert 0 < state.charged.amount_micros < state.price.amount_micros


def test_what_is_wrong_is_said_as_the_server_says_it(client: Client, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        client.walk(MODEL, [{"seed": 1}, {"seed": 1}])
    assert refused.value.field == "keyframes.1"
    with pytest.raises(Invalid) as unknown:
        client.walk(MODEL, ["a warm colour field", "cool waves"])
    assert unknown.value.field == "keyframes.0.prompt"
    with pytest.raises(NotFound):
        client.find_walk("0" * 26)
    walk = client.walk(MODEL, SEEDS, frames=2)
    with pytest.raises(Invalid, match="film ends with"):
        walk.save(tmp_path / "walk.avi")
    walk.wait()
    with pytest.raises(Conflict, match="under way"):
        _many(client)


def _many(client: Client) -> None:
    begun = []
    try:
        for _ in range(12):
            begun.append(client.walk(MODEL, SEEDS, frames=600))
    finally:
        for walk in begun:
            walk.cancel()


def test_positions_are_read_and_what_is_not_understood_is_passed_over() -> None:
    reader = EventReader()
    events = [event for line in ("event: frame", "id: 7", "data: {}", "") if (event := reader.feed(line))]
    assert (events, reader.last_id) == ([("frame", "{}")], "7")
    assert read_event("frame", "{}") is None
    assert read_event("frame", "nonsense") is None
    assert read_event("news", "{}") is None
    done = read_event("done", "")
    assert done is not None
    assert done.is_last
