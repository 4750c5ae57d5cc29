"""Pictures by OpenAI's image API: with the official client, and against what no client sends."""

from __future__ import annotations

import io
import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import pytest
import yaml
from PIL import Image
from tests.engine.pipelines.test_text_to_image import PREVIEW, TINY, manifest
from tests.http.compat.test_open_inference import write_doubler
from tests.platforms import Plan, Platform, serving_platform
from tests.servers import LiveServer

from artrator.kernel.ids import UserId

CREDITS_MICROS, PRICE_MICROS = 1_000_000, 10_000
MODEL = "atelier/tiny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A live server with a tiny diffusion model, and a client who can pay for it."""

    server: LiveServer
    platform: Platform
    buyer_id: UserId
    key: str
    clients: ExitStack

    def client(self, key: str | None = None) -> openai.OpenAI:
        client = openai.OpenAI(base_url=f"{self.server.url}/openai/v1", api_key=key or self.key, max_retries=0)
        return self.clients.enter_context(client)

    def spent(self) -> int:
        balance = self.server.call(self.platform.wallets.balance(self.buyer_id))
        assert balance.held == 0
        return CREDITS_MICROS - balance.available


def _write_tiny(folder: Path) -> Path:
    bundle = folder / "tiny"
    shutil.copytree(TINY, bundle, ignore=shutil.ignore_patterns("*.npz"))
    wanted = manifest(preview=PREVIEW).model_dump(mode="json", exclude_none=True)
    (bundle / "artrator.yaml").write_text(yaml.safe_dump({**wanted, "examples": [{"prompt": "a red circle"}]}))
    return bundle


@pytest.fixture(scope="module")
def studio(module_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")

    async def open_studio(platform: Platform) -> tuple[str, UserId]:
        creator = await platform.make_user("atelier")
        buyer = await platform.make_user("demo", credits_micros=CREDITS_MICROS)
        await platform.publish(creator, _write_tiny(folder), price_micros=PRICE_MICROS)
        await platform.publish(creator, write_doubler(folder))
        return await platform.key_of(buyer), buyer.id

    with serving_platform(Plan(dsn=module_dsn, home=folder / "home")) as (server, platform):
        key, buyer_id = server.call(open_studio(platform))
        with ExitStack() as clients:
            yield Studio(server=server, platform=platform, buyer_id=buyer_id, key=key, clients=clients)


def opened(content: str | None) -> Image.Image:
    assert content is not None
    image = Image.open(io.BytesIO(b64decode(content)))
    image.load()
    return image


def png(size: int = 32, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((size, size)).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_prompt_becomes_a_picture_that_is_paid_for(studio: Studio) -> None:
    before = studio.spent()
    made = studio.client().images.generate(model=MODEL, prompt="a red circle", size="32x32", extra_body={"seed": 7})
    assert made.data is not None
    picture = opened(made.data[0].b64_json)
    assert (picture.format, picture.size, made.output_format) == ("PNG", (32, 32), "png")
    assert studio.spent() - before == PRICE_MICROS


def test_several_pictures_come_of_one_run_where_the_model_can(studio: Studio) -> None:
    before = studio.spent()
    made = studio.client().images.generate(model=MODEL, prompt="a red circle", n=3, extra_body={"steps": 2})
    assert made.data is not None
    assert len({each.b64_json for each in made.data}) == 3
    assert studio.spent() - before == PRICE_MICROS


def test_a_picture_comes_as_a_link_and_in_the_format_that_is_asked_for(studio: Studio) -> None:
    made = studio.client().images.generate(
        model=MODEL, prompt="a red circle", response_format="url", output_format="webp"
    )
    assert made.data is not None
    assert made.data[0].url is not None
    reply = httpx.get(made.data[0].url)
    assert reply.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(reply.content)).format == "WEBP"


def test_a_stream_shows_the_picture_as_it_comes_into_being(studio: Studio) -> None:
    events = list(
        studio.client().images.generate(
            model=MODEL, prompt="a red circle", stream=True, partial_images=2, extra_body={"steps": 30}
        )
    )
    kinds = [event.type for event in events]
    assert kinds[-1] == "image_generation.completed"
    assert 0 < kinds.count("image_generation.partial_image") <= 2
    assert opened(events[0].b64_json).format == "JPEG"
    assert opened(events[-1].b64_json).format == "PNG"


def test_a_picture_is_painted_over_within_a_mask(studio: Studio) -> None:
    before = studio.spent()
    made = studio.client().images.edit(
        model=MODEL, prompt="a red circle", image=("a.png", png()), mask=("m.png", png()), extra_body={"strength": 0.9}
    )
    assert made.data is not None
    assert opened(made.data[0].b64_json).size == (32, 32)
    assert studio.spent() - before == PRICE_MICROS


def test_the_fields_of_an_edit_are_read_as_the_inputs_that_they_are(studio: Studio) -> None:
    further = {"negative_prompt": "7", "steps": 2, "strength": 0.9, "seed": 3}
    made = studio.client().images.edit(model=MODEL, prompt="a", image=("a.png", png()), extra_body=further)
    assert made.data is not None
    for name, value in {"strength": "nan", "steps": "many", "seed": "1.5"}.items():
        with pytest.raises(openai.BadRequestError) as refused:
            studio.client().images.edit(
                model=MODEL, prompt="a", image=("a.png", png()), extra_body={**further, name: value}
            )
        assert refused.value.param == f"inputs.{name}"


def test_models_that_paint_from_prompts_are_listed(studio: Studio) -> None:
    assert [each.id for each in studio.client().models.list()] == [MODEL]


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [
        ({"model": "atelier/nothing"}, 404, None),
        ({"model": "../../etc"}, 400, "version"),
        ({"model": "atelier/doubler"}, 400, "model"),
        ({"size": "33x32"}, 400, "inputs.width"),
        ({"size": "wide"}, 400, "size"),
        ({"n": 0}, 400, "n"),
        ({"n": 2, "stream": True}, 400, "n"),
        ({"background": "transparent"}, 400, "background"),
        ({"prompt": "x" * 5000}, 400, "inputs.prompt"),
        ({"extra_body": {"steps": 10_000}}, 400, "inputs.steps"),
        ({"extra_body": {"colour": "red"}}, 400, "inputs.colour"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name_and_costs_nothing(
    studio: Studio, asked: dict[str, object], status: int, param: str | None
) -> None:
    before = studio.spent()
    with pytest.raises(openai.APIStatusError) as refused:
        studio.client().images.generate(**{"model": MODEL, "prompt": "a red circle", **asked})  # type: ignore[arg-type]
    assert (refused.value.status_code, refused.value.param) == (status, param)
    assert studio.spent() == before


def test_an_edit_that_is_no_picture_is_refused_by_name(studio: Studio) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        studio.client().images.edit(model=MODEL, prompt="x", image=("a.png", b"nothing"))
    assert refused.value.param == "inputs.image"
    with pytest.raises(openai.BadRequestError) as refused:
        studio.client().images.edit(model=MODEL, prompt="x", image=[("a.png", png()), ("b.png", png())])
    assert refused.value.code == "edit_of_several"


def test_a_wrong_key_and_an_empty_wallet_are_what_the_client_knows(studio: Studio) -> None:
    with pytest.raises(openai.AuthenticationError):
        studio.client("art_nobody").images.generate(model=MODEL, prompt="a red circle")

    async def poor() -> str:
        return await studio.platform.key_of(await studio.platform.make_user("poor"))

    with pytest.raises(openai.APIStatusError) as refused:
        studio.client(studio.server.call(poor())).images.generate(model=MODEL, prompt="a red circle")
    assert (refused.value.status_code, refused.value.type) == (402, "insufficient_quota")
