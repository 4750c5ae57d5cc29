"""Replicate's own Python client, unchanged but for its base URL, against a live server with real worker processes."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
import replicate
from PIL import Image
from replicate.exceptions import ModelError, ReplicateError
from replicate.stream import ServerSentEvent
from replicate.webhook import Webhooks
from standardwebhooks.webhooks import Webhook
from tests.engine.graphs import make_bundle
from tests.platforms import Plan, Platform, serving_platform
from tests.predictions.receiver import receiving
from tests.servers import LiveServer

from artrator.db.embedded import EmbeddedPostgres
from artrator.identity.user import User
from artrator.kernel.ids import new_id

PRICE_MICROS = 10_000
CREDITS_MICROS = 1_000_000
MODELS = {"latent": "painter", "invert": "inverter", "classifier": "reader", "endless": "sleeper", "nan": "broken"}
"""Each kind of bundle under a name of its own."""
SLEEPER_INPUT = {"a": [[0.0, 0.0, 0.0, 0.0]]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A live server, a buyer's client, and the buyer."""

    server: LiveServer
    platform: Platform
    client: replicate.Client
    buyer: User

    def available(self) -> int:
        return self.server.call(self.platform.wallets.balance(self.buyer.id)).available


async def open_market(platform: Platform, folder: Path) -> None:
    """Publish one model of each kind."""
    creator = await platform.make_user("atelier")
    for kind, name in MODELS.items():
        make_bundle(folder / name, kind, name=name)
        await platform.publish(creator, folder / name, price_micros=PRICE_MICROS)


async def enter(platform: Platform) -> tuple[User, str]:
    """Make a buyer with credits and a key."""
    buyer = await platform.make_user(f"buyer-{new_id()[-8:]}", credits_micros=CREDITS_MICROS)
    return buyer, await platform.key_of(buyer)


@pytest.fixture(scope="module")
def live(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, Platform]]:
    """One server for all tests of this file: its worker processes take seconds to start."""
    folder, name = tmp_path_factory.mktemp("market"), f"market_{new_id()}"
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE artrator_template")
    with serving_platform(Plan(dsn=postgres.dsn(name), home=folder / "home")) as (server, platform):
        server.call(open_market(platform, folder))
        yield server, platform


@pytest.fixture
def market(live: tuple[LiveServer, Platform]) -> Iterator[Market]:
    server, platform = live
    buyer, key = server.call(enter(platform))
    client = replicate.Client(api_token=key, base_url=server.url)
    client.poll_interval = 0.1
    yield Market(server=server, platform=platform, client=client, buyer=buyer)
    client._client.close()


def picture(url: object) -> Image.Image:
    reply = httpx.get(str(url))
    assert reply.headers["Content-Type"] == "image/png"
    return Image.open(io.BytesIO(reply.content))


def test_models_are_listed_and_described(market: Market) -> None:
    listed = market.client.models.list()
    assert {model.id for model in listed} >= {f"atelier/{name}" for name in MODELS.values()}
    model = market.client.models.get("atelier/painter")
    assert model.latest_version is not None
    schemas = model.latest_version.openapi_schema["components"]["schemas"]
    assert "seed" in schemas["Input"]["properties"]
    assert (schemas["Output"]["type"], schemas["Output"]["format"]) == ("string", "uri")
    assert model.versions.get(model.latest_version.id).id == model.latest_version.id


def test_a_run_that_is_waited_for_gives_a_picture(market: Market) -> None:
    output = market.client.run("atelier/painter", input={"seed": 7})
    assert picture(output).size == (16, 16)
    assert market.available() == CREDITS_MICROS - PRICE_MICROS


def test_the_same_seed_gives_the_same_picture_by_version(market: Market) -> None:
    model = market.client.models.get("atelier/painter")
    assert model.latest_version is not None
    reference = f"atelier/painter:{model.latest_version.id}"
    one, two = (picture(market.client.run(reference, input={"seed": 7})).tobytes() for _ in range(2))
    assert one == two


def test_a_run_is_created_polled_and_listed(market: Market) -> None:
    model = market.client.models.get("atelier/painter")
    assert model.latest_version is not None
    prediction = market.client.predictions.create(version=model.latest_version, input={"seed": 1})
    assert prediction.status == "starting"
    prediction.wait()
    assert prediction.status == "succeeded"
    assert picture(prediction.output).size == (16, 16)
    assert prediction.metrics is not None
    assert prediction.metrics["predict_time"] > 0
    assert [each.id for each in market.client.predictions.list()] == [prediction.id]


def test_lists_are_paged(market: Market) -> None:
    for seed in range(3):
        market.client.run("atelier/painter", input={"seed": seed})
    first = market.client.predictions.list("/v1/predictions?limit=2")
    pages = [first, market.client.predictions.list(first.next)]
    assert [len(page) for page in pages] == [2, 1]
    back = market.client.predictions.list(pages[1].previous)
    assert [each.id for each in back] == [each.id for each in pages[0]]


def test_a_file_is_uploaded_used_and_deleted(market: Market) -> None:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), (255, 255, 255)).save(content, "PNG")
    content.name = "white.png"
    file = market.client.files.create(content)
    assert (file.name, file.content_type, file.size) == ("white.png", "image/png", len(content.getvalue()))
    assert [each.id for each in market.client.files.list()] == [file.id]
    output = market.client.run("atelier/inverter", input={"image": file.urls["get"]})
    assert picture(output).convert("RGB").getpixel((4, 4)) == (0, 0, 0)
    assert market.client.files.delete(file.id)
    with pytest.raises(ReplicateError):
        market.client.files.get(file.id)


@pytest.mark.parametrize("strategy", ["base64", "url"])
def test_an_open_file_is_an_input(market: Market, strategy: str, tmp_path: Path) -> None:
    path = tmp_path / "black.png"
    Image.new("RGB", (8, 8)).save(path)
    with path.open("rb") as opened:
        output = market.client.run("atelier/inverter", input={"image": opened}, file_encoding_strategy=strategy)
    assert picture(output).convert("RGB").getpixel((4, 4)) == (255, 255, 255)


def test_labels_are_values(market: Market) -> None:
    data_url = "data:image/png;base64," + _png_base64()
    output = market.client.run("atelier/reader", input={"image": data_url})
    assert output is not None
    assert not isinstance(output, str)


def test_a_run_is_streamed(market: Market) -> None:
    events = list(market.client.stream("atelier/painter", input={"seed": 7}))
    kinds = [event.event for event in events]
    assert kinds[-2:] == [ServerSentEvent.EventType.OUTPUT, ServerSentEvent.EventType.DONE]
    assert picture(events[-2].data).size == (16, 16)


def test_a_run_is_cancelled_and_costs_nothing(market: Market) -> None:
    prediction = market.client.models.predictions.create("atelier/sleeper", input=SLEEPER_INPUT)
    while prediction.status == "starting":
        prediction.reload()
    prediction.cancel()
    assert prediction.status == "canceled"
    prediction.reload()
    assert prediction.status == "canceled"
    assert market.available() == CREDITS_MICROS


def test_a_wait_that_is_over_is_polled_to_the_end(market: Market) -> None:
    prediction = market.client.models.predictions.create("atelier/sleeper", input=SLEEPER_INPUT, wait=1)
    assert prediction.status == "starting"
    prediction.cancel()


def test_a_webhook_arrives_and_its_signature_verifies(market: Market) -> None:
    secret = market.client.webhooks.default.secret()
    with receiving() as receiver:
        prediction = market.client.models.predictions.create(
            "atelier/painter",
            input={"seed": 3},
            webhook=f"{receiver.url}/hook",
            webhook_events_filter=["completed"],
        )
        request = receiver.next()
    told = Webhook(secret.key).verify(request.body, request.headers)
    assert (told["id"], told["status"]) == (prediction.id, "succeeded")
    Webhooks.validate(headers=request.headers, body=request.body.decode(), secret=secret, tolerance=60)


def test_what_is_wrong_is_said(market: Market) -> None:
    with pytest.raises(ReplicateError) as refusal:
        market.client.run("atelier/painter", input={"seed": "seven"})
    assert refusal.value.status == 422
    assert refusal.value.detail
    assert "inputs.seed" in refusal.value.detail
    with pytest.raises(ReplicateError) as missing:
        market.client.run("atelier/nothing", input={})
    assert missing.value.status == 404


def test_a_model_that_is_at_fault_is_a_model_error_and_costs_nothing(market: Market) -> None:
    with pytest.raises(ModelError):
        market.client.run("atelier/broken", input={"seed": 1})
    assert market.available() == CREDITS_MICROS


def _png_base64() -> str:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 10, 10)).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()
