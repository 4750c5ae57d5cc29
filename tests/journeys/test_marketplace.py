"""Publish, verify, list, pay, run: the main job from end to end, by API, command line and Python."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import httpx
import onnx
import pytest
from PIL import Image
from tests.engine.graphs import latent_decoder
from tests.journeys.running import RunningServer, artrator

from artrator.kernel.errors import Forbidden, NotFound, PaymentRequired, Unauthenticated
from artrator.sdk import AsyncClient, Client, RunProgress

PRICE_MICROS = 10_000
PASSWORD = "a long enough passphrase"


def _register(demo: RunningServer, handle: str, *, creator: bool = False) -> str:
    """Make an account as the page does; give an API key of it."""
    with httpx.Client(base_url=demo.url) as browser:
        account = {"email": f"{handle}@example.org", "password": PASSWORD}
        assert browser.post("/v1/users", json={**account, "handle": handle}).status_code == 202
        session = browser.post("/v1/sessions", json=account)
        assert session.status_code == 201, session.text
        browser.headers["X-CSRF-Token"] = session.json()["csrf_token"]
        if creator:
            assert browser.post("/v1/account/creator").status_code == 200
        scopes = ["run", "publish", "wallet"]
        made = browser.post("/v1/keys", json={"name": "journey", "scopes": scopes})
        assert made.status_code == 201, made.text
        return str(made.json()["secret"])


def _pixels(encoded: bytes) -> bytes:
    with Image.open(io.BytesIO(encoded)) as picture:
        return picture.tobytes()


def test_a_published_model_is_verified_listed_sold_and_run_three_ways(demo: RunningServer, tmp_path: Path) -> None:
    creator, buyer = _register(demo, "hana", creator=True), _register(demo, "minsu")
    graph = tmp_path / "tiny-decoder.onnx"
    onnx.save(latent_decoder(), graph)
    # a plain graph, no manifest
    words = ("--license", "CC-BY-4.0", "--price", "0.01", "--public", "--wait")
    published = artrator("publish", str(graph), *words, ARTRATOR_URL=demo.url, ARTRATOR_TOKEN=creator)
    assert published.returncode == 0, published.stderr
    assert "passed and listed" in published.stdout
    with demo.client(buyer) as api:
        listed = api.get("/v1/models", params={"query": "tiny-decoder"}).json()["results"]
        assert [(each["owner"], each["name"]) for each in listed] == [("hana", "tiny-decoder")]
        bought = api.post("/v1/wallet/top-ups", json={"amount_micros": 1_000_000}, headers={"Idempotency-Key": "first"})
        assert bought.status_code == 201, bought.text

        by_api = api.post(
            "/v1/models/hana/tiny-decoder/predictions", json={"input": {"seed": 7}}, headers={"Prefer": "wait"}
        ).json()
        assert by_api["status"] == "succeeded", by_api
        picture = httpx.get(by_api["output"])
        assert picture.headers["content-type"] == "image/png"

        out = tmp_path / "out.png"
        by_cli = artrator(
            "run", "hana/tiny-decoder", "-i", "seed=7", "-o", str(out), ARTRATOR_URL=demo.url, ARTRATOR_TOKEN=buyer
        )
        assert by_cli.returncode == 0, by_cli.stderr

        with Client(demo.url, buyer) as client:
            by_sdk = client.run("hana/tiny-decoder", seed=7)
        assert isinstance(by_sdk, Image.Image)
        # the same seed is the same picture, whichever way it was asked for
        assert _pixels(picture.content) == _pixels(out.read_bytes()) == by_sdk.tobytes()

        wallet = api.get("/v1/wallet").json()
        spent = [entry["amount"]["micros"] for entry in api.get("/v1/wallet/statement").json()["results"]]
        assert spent[:3] == [-PRICE_MICROS] * 3
        assert wallet["available"]["micros"] == 1_000_000 - 3 * PRICE_MICROS
        runs = api.get("/v1/wallet/statement").json()["results"][:3]
    with demo.client(creator) as api:
        earned = api.get("/v1/wallet").json()["earned"]["micros"]
    fees = sum(part["amount"]["micros"] for entry in runs for part in entry["parts"] if part["code"] == "platform_fee")
    assert earned + abs(fees) + sum(entry["amount"]["micros"] for entry in runs) == 0
    check = artrator("ledger", "check", home=demo.home)
    assert check.returncode == 0, check.stdout + check.stderr


def test_the_example_of_the_readme_gives_a_picture(demo: RunningServer, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    done = artrator(
        "run",
        "atelier/shape-gan",
        "-i",
        "seed=7",
        "-o",
        str(out),
        ARTRATOR_URL=demo.url,
        ARTRATOR_TOKEN=demo.make_key(),
    )
    assert done.returncode == 0, done.stderr
    with Image.open(out) as picture:
        assert min(picture.size) >= 64


def test_the_async_client_runs_many_at_once_and_tells_progress(demo: RunningServer) -> None:
    async def run() -> list[object]:
        async with AsyncClient(demo.url, demo.make_key()) as client:
            return await asyncio.gather(*(client.run("atelier/shape-gan", seed=seed) for seed in range(4)))

    pictures = asyncio.run(run())
    assert len({picture.tobytes() for picture in pictures if isinstance(picture, Image.Image)}) == 4
    steps: list[RunProgress] = []
    with Client(demo.url, demo.make_key()) as client:
        assert isinstance(client.run("atelier/shape-gan", on_progress=steps.append, seed=1), Image.Image)


def test_every_starter_model_runs_on_its_own_example(demo: RunningServer) -> None:
    with Client(demo.url, demo.make_key()) as client:
        names = {model.name for model in client.models() if model.owner == "atelier"}
        assert names >= {"shape-gan", "palette-vae", "digits-flow", "style-reader", "pencil-sketch", "warm-cool"}
        painting = client.run("atelier/shape-gan", seed=3)
        assert isinstance(client.run("atelier/digits-flow", digit="8", seed=2), Image.Image)
        for name in ("pencil-sketch", "warm-cool"):
            assert isinstance(client.run(f"atelier/{name}", image=painting), Image.Image)
        read = client.run("atelier/style-reader", image=painting)
        assert isinstance(read, dict)
        assert {"style", "palette"} <= read.keys()


def test_the_client_raises_what_the_server_raised(demo: RunningServer) -> None:
    with Client(demo.url, "art_wrong") as nobody, pytest.raises(Unauthenticated):
        nobody.run("atelier/shape-gan")
    with Client(demo.url, demo.make_key()) as client, pytest.raises(NotFound):
        client.run("atelier/nothing-here")
    with Client(demo.url, _register(demo, "poor")) as poor, pytest.raises(PaymentRequired):
        poor.run("atelier/shape-gan", seed=1)


def test_a_user_who_is_no_creator_is_told_how_to_become_one(demo: RunningServer, tmp_path: Path) -> None:
    graph = tmp_path / "model.onnx"
    onnx.save(latent_decoder(), graph)
    key = _register(demo, "onlooker")
    refused = artrator("publish", str(graph), "--license", "MIT", ARTRATOR_URL=demo.url, ARTRATOR_TOKEN=key)
    assert refused.returncode == 5
    assert "creator" in refused.stderr
    assert issubclass(Forbidden, Exception)


def test_a_refused_model_says_why_and_is_not_listed(demo: RunningServer, tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"this is no graph" * 100)
    verified = artrator("verify", str(bad), home=demo.home)
    assert verified.returncode == 1
    assert verified.stderr.strip()
    key = demo.make_key("atelier")
    published = artrator(
        "publish", str(bad), "--license", "MIT", "--public", "--wait", ARTRATOR_URL=demo.url, ARTRATOR_TOKEN=key
    )
    assert 0 < published.returncode < 126
    assert "Traceback" not in published.stderr + published.stdout
    with Client(demo.url) as client:
        assert "bad" not in {model.name for model in client.models()}


def test_a_restart_on_the_same_home_loses_nothing(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "home").start()
    key = server.make_key()
    with server.client(key) as api:
        before = api.post("/v1/models/atelier/warm-cool/predictions", json={"input": {}})
        assert before.status_code == 422
        wallet = api.get("/v1/wallet").json()
        models = api.get("/v1/models").json()["results"]
    assert server.stop() == 0
    server.start()
    with server.client(key) as api:
        assert api.get("/v1/wallet").json() == wallet
        again = api.get("/v1/models").json()["results"]
    assert {each["name"] for each in again} == {each["name"] for each in models}
    assert server.stop() == 0
