"""Put things in the gallery over the API, for journeys that look at them."""

from __future__ import annotations

import time

import httpx

ENDED = ("succeeded", "failed", "canceled")
WALK_S = 240


def run(client: httpx.Client, model: str, inputs: dict[str, object]) -> str:
    """Run a model to its end; give the prediction's id."""
    reply = client.post(f"/v1/models/{model}/predictions", json={"input": inputs}, headers={"Prefer": "wait"})
    assert reply.json()["status"] == "succeeded", reply.text
    return str(reply.json()["id"])


def hang_picture(
    client: httpx.Client, model: str, inputs: dict[str, object], *, title: str = "", show_input: bool = True
) -> str:
    """Run a model, and put what it makes in the gallery; give the item's id."""
    return _hang(client, {"prediction": run(client, model, inputs), "title": title, "show_input": show_input})


def walk(client: httpx.Client, model: str, keyframes: list[dict[str, object]], *, frames: int, title: str = "") -> str:
    """Render a walk to its end; give its id."""
    asked = {"model": model, "keyframes": keyframes, "frames": frames, "fps": 12, "title": title}
    made = client.post("/v1/walks", json=asked)
    assert made.status_code == 201, made.text
    walk_id = str(made.json()["id"])
    until_s = time.monotonic() + WALK_S
    while (now := client.get(f"/v1/walks/{walk_id}").json())["status"] not in ENDED:
        assert time.monotonic() < until_s, f"the walk does not end: {now}"
        time.sleep(0.3)
    assert now["status"] == "succeeded", now
    return walk_id


def hang_walk(client: httpx.Client, walk_id: str, *, title: str = "", show_input: bool = True) -> str:
    """Put a walk in the gallery; give the item's id."""
    return _hang(client, {"walk": walk_id, "title": title, "show_input": show_input})


def _hang(client: httpx.Client, body: dict[str, object]) -> str:
    reply = client.post("/v1/gallery/items", json=body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])
