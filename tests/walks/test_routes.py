"""Walks over HTTP: what is asked wrongly is refused before money is held, and what others own does not exist."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.conftest import fresh_database
from tests.platforms import Plan, Platform, serving_platform
from tests.predictions.scripted_fleet import PNG
from tests.servers import LiveServer
from tests.walks.conftest import CREDITS_MICROS, FRAME_MICROS, PRICE_MICROS, write_bundle
from tests.walks.walk_fleet import WalkFleet

from artrator.db.embedded import EmbeddedPostgres

TENSOR_MANIFEST = """\
name: scripted
pipeline: tensor
license: CC-BY-4.0
graphs: {model: decoder.onnx}
inputs: {seed: {type: seed}}
outputs: {image: {type: image}}
"""
WALK: dict[str, Any] = {"model": "atelier/scripted", "keyframes": [{"seed": 1}, {"seed": 2}], "frames": 6}
END_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A served platform, with clients of a buyer, of somebody else and of nobody."""

    platform: Platform
    live: LiveServer
    buyer: httpx.Client
    stranger: httpx.Client
    nobody: httpx.Client

    def make(self, **asked: Any) -> dict[str, Any]:
        reply = self.buyer.post("/v1/walks", json={**WALK, **asked})
        assert reply.status_code == 201, reply.text
        return reply.json()

    def ended(self, walk_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + END_S
        while True:
            walk = self.buyer.get(f"/v1/walks/{walk_id}").json()
            if walk["completed_at"]:
                return walk
            assert time.monotonic() < deadline, walk
            time.sleep(0.05)

    def film(self, walk_id: str, form: str) -> dict[str, Any]:
        address = f"/v1/walks/{walk_id}/films/{form}"
        reply = self.buyer.put(address)
        assert reply.status_code == 200, reply.text
        deadline = time.monotonic() + END_S
        while True:
            film = self.buyer.get(address).json()
            if film["status"] != "processing":
                return film
            assert time.monotonic() < deadline, film
            time.sleep(0.05)

    def spent(self) -> int:
        wallet = self.buyer.get("/v1/wallet").json()
        return CREDITS_MICROS - wallet["available"]["micros"]


@pytest.fixture(scope="module")
def door(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = Path(tmp_path_factory.mktemp("walks"))
    with ExitStack() as stack:
        dsn = stack.enter_context(fresh_database(postgres))
        plan = Plan(dsn=dsn, home=folder / "home", fleet=WalkFleet())
        live, platform = stack.enter_context(serving_platform(plan))
        creator = live.call(platform.make_user("atelier"))
        buyer = live.call(platform.make_user("demo", credits_micros=CREDITS_MICROS))
        stranger = live.call(platform.make_user("stranger", credits_micros=CREDITS_MICROS))
        live.call(platform.publish(creator, write_bundle(folder), price_micros=PRICE_MICROS))
        live.call(platform.publish(creator, write_bundle(folder, "still", TENSOR_MANIFEST), price_micros=PRICE_MICROS))
        clients = [stack.enter_context(live.client(live.call(platform.key_of(user)))) for user in (buyer, stranger)]
        nobody = stack.enter_context(live.client())
        yield Door(platform=platform, live=live, buyer=clients[0], stranger=clients[1], nobody=nobody)


def test_a_walk_is_made_shown_and_listed(door: Door) -> None:
    made = door.make(title="From one to two", input={"tone": 0.25})
    assert (made["status"], made["rendered"], made["frames"]) in {("starting", 0, 6), ("processing", 0, 6)}
    assert made["frame_price"]["amount_micros"] == FRAME_MICROS
    assert made["price"]["amount_micros"] == 6 * FRAME_MICROS
    assert made["charged"] is None
    assert made["keyframes"] == [{"seed": 1}, {"seed": 2}]
    assert made["input"] == {"tone": 0.25}
    walk = door.ended(made["id"])
    assert (walk["status"], walk["rendered"], walk["title"]) == ("succeeded", 6, "From one to two")
    assert walk["charged"]["amount_micros"] == 6 * FRAME_MICROS
    assert door.buyer.get(walk["poster"]).headers["content-type"] == "image/webp"
    page = door.buyer.get("/v1/walks?limit=1").json()
    assert [each["id"] for each in page["results"]] == [made["id"]]
    frames = door.buyer.get(walk["urls"]["frames"]).json()["results"]
    assert [frame["place"] for frame in frames] == sorted(frame["place"] for frame in frames)
    assert [frame["keyframe"] for frame in frames] == [0, None, None, None, None, 1]
    picture = door.nobody.get(frames[0]["url"])
    assert Image.open(io.BytesIO(picture.content)).size == (frames[0]["width_px"], frames[0]["height_px"])
    assert door.nobody.get(frames[2]["thumbnail_url"]).status_code == 200


def test_a_quote_holds_nothing(door: Door) -> None:
    before = door.spent()
    quote = door.buyer.post("/v1/walks/quote", json={**WALK, "frames": 120}).json()
    assert quote["frame_price"]["amount_micros"] == FRAME_MICROS
    assert quote["price"]["amount_micros"] == 120 * FRAME_MICROS
    assert (quote["frames"], quote["evaluations_alone"]) == (120, 120)
    assert door.spent() == before


CUT_OFF = "data:image/png;base64," + base64.b64encode(PNG[:-40]).decode()
"""The head says what it is and how large; the rest is missing."""
BAD = [
    ({"keyframes": [{"seed": 1}]}, "keyframes"),
    ({"keyframes": []}, "keyframes"),
    ({"keyframes": [{"seed": each} for each in range(21)], "frames": 60}, "keyframes"),
    ({"keyframes": [{"seed": 1}, {"seed": 1}]}, "keyframes.1"),
    ({"keyframes": [{"seed": 1}, {"seed": 2}, {"seed": 1}], "ending": "loop"}, "keyframes"),
    ({"keyframes": [{}, {}]}, "keyframes.1"),
    ({"keyframes": [{"seed": 1}, {"seed": -2}]}, "keyframes.1.seed"),
    ({"keyframes": [{"seed": 1}, {"seed": "two"}]}, "keyframes.1.seed"),
    ({"keyframes": [{"seed": 1}, {"prompt": "a warm colour field"}]}, "keyframes.1.prompt"),
    ({"keyframes": [{"seed": 1}, "two"]}, "keyframes.1"),
    ({"input": {"tone": 7}}, "input.tone"),
    ({"input": {"mood": "blue"}}, "input.mood"),
    ({"frames": 10_000}, "frames"),
    ({"frames": 1}, "frames"),
    ({"frames": 2, "keyframes": [{"seed": 1}, {"seed": 2}, {"seed": 3}]}, "frames"),
    ({"frames": 2.5}, "frames"),
    ({"fps": 0}, "fps"),
    ({"fps": 61}, "fps"),
    ({"sharing": 1.5}, "sharing"),
    ({"sharing": "much"}, "sharing"),
    ({"ending": "somersault"}, "ending"),
    ({"easing": "bouncy"}, "easing"),
    ({"spacing": "odd"}, "spacing"),
    ({"title": "x" * 121}, "title"),
    ({"speed": 3}, "speed"),
    ({"model": "atelier/still"}, "model"),
    ({"model": "atelier"}, "model"),
    ({"model": None}, None),
    ({"version": "atelier/scripted"}, None),
    ({"loras": [{"version": "atelier/still"}]}, "loras.0.version"),
    (
        {"keyframes": [{"seed": 1}, {"seed": 2, "picture": "data:image/png;base64,bm8gcGljdHVyZQ=="}]},
        "keyframes.1.picture",
    ),
    ({"keyframes": [{"seed": 1}, {"seed": 2, "picture": "file:///etc/passwd"}]}, "keyframes.1.picture"),
    ({"keyframes": [{"seed": 1}, {"seed": 2, "picture": 7}]}, "keyframes.1.picture"),
    ({"keyframes": [{"seed": 1}, {"seed": 2, "picture": CUT_OFF}]}, "keyframes.1.picture"),
    ({"input": {"picture": CUT_OFF}}, "input.picture"),
]


@pytest.mark.parametrize(("asked", "field"), BAD, ids=[f"{field}-{index}" for index, (_, field) in enumerate(BAD)])
def test_what_is_asked_wrongly_is_refused_before_money_is_held(
    door: Door, asked: dict[str, Any], field: str | None
) -> None:
    before = door.spent()
    reply = door.buyer.post("/v1/walks", json={**WALK, **asked})
    problem = reply.json()
    assert 400 <= reply.status_code < 500, reply.text
    assert problem["detail"]
    if field is not None:
        assert str(problem["field"]).startswith(field), problem
    assert door.spent() == before


def test_a_model_that_is_not_there_is_not_found(door: Door) -> None:
    for model in ("atelier/nothing", "nobody/scripted"):
        assert door.buyer.post("/v1/walks", json={**WALK, "model": model}).status_code == 404


def test_a_wallet_that_is_dry_is_told_what_it_lacks(door: Door) -> None:
    before = door.spent()
    reply = door.buyer.post("/v1/walks", json={**WALK, "frames": 2000})
    assert reply.status_code == 402
    assert reply.json()["facts"]["needed_micros"] == 2000 * FRAME_MICROS
    assert door.spent() == before


def test_a_keyframe_that_is_a_picture_is_kept_and_shown_to_its_owner(door: Door) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    made = door.make(keyframes=[{"seed": 1}, {"seed": 2, "picture": url}])
    link = made["keyframes"][1]["picture"]
    assert door.nobody.get(link).content == buffer.getvalue()
    assert door.ended(made["id"])["status"] == "succeeded"
    assert door.buyer.delete(f"/v1/walks/{made['id']}").status_code == 204
    assert door.nobody.get(link).status_code == 404


def test_an_uploaded_keyframe_outlives_the_upload(door: Door) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(buffer, "PNG")
    file = door.buyer.post("/v1/files", files={"content": ("sea.png", buffer.getvalue(), "image/png")}).json()
    made = door.make(keyframes=[{"seed": 1}, {"seed": 2}], input={"picture": file["urls"]["get"]})
    assert door.buyer.delete(f"/v1/files/{file['id']}").status_code == 204
    assert door.ended(made["id"])["status"] == "succeeded"
    assert door.nobody.get(made["input"]["picture"]).content == buffer.getvalue()


def test_somebody_elses_upload_is_no_keyframe(door: Door) -> None:
    file = door.stranger.post("/v1/files", files={"content": ("sea.png", b"\x89PNG\r\n", "image/png")}).json()
    reply = door.buyer.post("/v1/walks", json={**WALK, "keyframes": [{"seed": 1}, {"picture": file["urls"]["get"]}]})
    assert (reply.status_code, reply.json()["field"]) == (422, "keyframes.1.picture")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/picture.png",
        "http://[::ffff:10.0.0.1]/picture.png",
        "http://example.org:22/picture.png",
        "gopher://example.org/",
        "http://user:secret@example.org/picture.png",
    ],
)
def test_the_server_goes_nowhere_that_a_keyframe_must_not_send_it(door: Door, url: str) -> None:
    before = door.spent()
    reply = door.buyer.post("/v1/walks", json={**WALK, "keyframes": [{"seed": 1}, {"seed": 2, "picture": url}]})
    assert reply.status_code in {403, 422}, reply.text
    assert reply.json()["field"] == "keyframes.1.picture"
    assert door.spent() == before


def test_the_walks_of_others_do_not_exist(door: Door) -> None:
    made = door.make()
    door.ended(made["id"])
    address = f"/v1/walks/{made['id']}"
    asked = [
        ("GET", address),
        ("POST", f"{address}/cancel"),
        ("DELETE", address),
        ("GET", f"{address}/frames"),
        ("GET", f"{address}/stream"),
        ("PUT", f"{address}/films/gif"),
        ("GET", f"{address}/films/gif"),
    ]
    for method, path in asked:
        assert door.stranger.request(method, path).status_code == 404, path
        assert door.nobody.request(method, path).status_code == 401, path
    assert door.stranger.get("/v1/walks").json()["results"] == []
    assert door.nobody.post("/v1/walks", json=WALK).status_code == 401


@pytest.mark.parametrize("walk_id", ["nothing", "0" * 26, "x" * 65, "%00", "../walks"])
def test_an_odd_id_is_no_walk(door: Door, walk_id: str) -> None:
    assert door.buyer.get(f"/v1/walks/{walk_id}/frames").status_code in {400, 404, 422}


def test_a_key_makes_one_walk_and_is_refused_for_another(door: Door) -> None:
    headers = {"Idempotency-Key": "walk-one"}
    first, second = (door.buyer.post("/v1/walks", json=WALK, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    other = door.buyer.post("/v1/walks", json={**WALK, "frames": 7}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert door.buyer.post("/v1/walks", json=WALK, headers={"Idempotency-Key": ""}).status_code == 422


def test_the_stream_tells_each_frame_and_the_end_and_goes_on_where_it_broke(door: Door) -> None:
    made = door.make(frames=8)
    events = _events(door, made["id"])
    frames = [data for name, data, _ in events if name == "frame"]
    assert len({frame["place"] for frame in frames}) == 8
    assert events[-1][0] == "done"
    walks = [data for name, data, _ in events if name == "walk"]
    assert (walks[-1]["status"], walks[-1]["rendered"]) == ("succeeded", 8)
    positions = [position for name, _, position in events if name == "frame"]
    rest = _events(door, made["id"], after=positions[3])
    assert [data["place"] for name, data, _ in rest if name == "frame"] == [
        frame["place"]
        for frame in sorted(_latest(events), key=lambda each: each["position"])
        if frame["position"] > int(positions[3])
    ]
    assert rest[-1][0] == "done"


def _latest(events: list[tuple[str, Any, str]]) -> list[dict[str, Any]]:
    found = {
        data["place"]: {"place": data["place"], "position": int(at)} for name, data, at in events if name == "frame"
    }
    return list(found.values())


def _events(door: Door, walk_id: str, after: str | None = None) -> list[tuple[str, Any, str]]:
    headers = {"Last-Event-ID": after} if after else {}
    events: list[tuple[str, Any, str]] = []
    with door.buyer.stream("GET", f"/v1/walks/{walk_id}/stream", headers=headers, timeout=60) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        name = position = ""
        for line in reply.iter_lines():
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "id":
                position = value
            elif key == "data":
                events.append((name, json.loads(value), position))
    return events


@pytest.mark.parametrize("form", ["webm", "mp4", "gif", "webp", "zip"])
def test_a_walk_is_taken_home_as_a_film(door: Door, form: str) -> None:
    made = door.make(frames=6, fps=12)
    door.ended(made["id"])
    film = door.film(made["id"], form)
    assert (film["status"], film["frames"], film["fps"]) == ("ready", 6, 12), film
    reply = door.nobody.get(film["url"])
    assert len(reply.content) == film["size_bytes"]
    assert door.film(made["id"], form)["url"].partition("?")[0] == film["url"].partition("?")[0]
    if form == "zip":
        with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
            assert archive.namelist() == [f"frame-{number:04d}.png" for number in range(1, 7)]
            assert Image.open(io.BytesIO(archive.read("frame-0001.png"))).size == (16, 16)
    elif form in {"gif", "webp"}:
        assert Image.open(io.BytesIO(reply.content)).n_frames == 6  # type: ignore[attr-defined]
    else:
        assert reply.headers["content-type"] == f"video/{form}"


def test_films_that_cannot_be_are_refused(door: Door) -> None:
    made = door.make()
    door.ended(made["id"])
    address = f"/v1/walks/{made['id']}/films"
    assert door.buyer.get(f"{address}/gif").status_code == 404
    assert door.buyer.put(f"{address}/avi").status_code == 422
    assert door.buyer.put(f"{address}/gif?fps=0").status_code == 422


def test_another_pace_makes_another_film(door: Door) -> None:
    made = door.make(frames=4)
    door.ended(made["id"])
    door.film(made["id"], "zip")
    slow = door.buyer.put(f"/v1/walks/{made['id']}/films/zip?fps=2").json()
    assert slow["fps"] == 2
