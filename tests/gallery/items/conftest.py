"""A platform whose fleet paints a picture of its own for every seed, a model that it runs, and people who show what they made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.gallery.conftest import png
from tests.platforms import Plan, Platform, open_platform, serving_platform
from tests.predictions.scripted_fleet import ScriptedFleet, finished
from tests.servers import PASSWORD, LiveServer

from artrator.catalog.model import Visibility
from artrator.engine.fleet import Finished, OutputFile, RunEvent, RunRequest, Started, Timings
from artrator.gallery.items.item import Hung, Sort, Wanted
from artrator.gallery.items.pictures import PictureSource
from artrator.gallery.items.service import GalleryItems
from artrator.gallery.reports import Reports
from artrator.gallery.settings import GallerySettings
from artrator.identity.user import User
from artrator.predictions.composition import VersionRef
from artrator.predictions.prediction import Prediction
from artrator.predictions.submit import NewRun

EASEL = """\
name: easel
pipeline: tensor
license: CC-BY-4.0
graphs: {model: model.onnx}
inputs:
  do: {type: text, default: paint}
  prompt: {type: text, default: hills}
  picture: {type: image, required: false}
  seed: {type: seed}
outputs:
  picture: {type: image}
"""
SHARES, REPORTS = 40, 5
ITEMS = "/v1/gallery/items"


class PaintingFleet(ScriptedFleet):
    """Paints `paint` and `several`; all other words as its parent does."""

    async def _script(self, request: RunRequest, do: str) -> AsyncGenerator[RunEvent]:
        if do not in {"paint", "several", "label"}:
            async for event in super()._script(request, do):
                yield event
            return
        yield Started()
        seed = request.inputs["seed"]
        assert isinstance(seed, int)
        if do == "several":
            yield _made((painted(seed), painted(seed + 1)))
        elif do == "label":
            yield finished({"label": {"cat": 0.75}})
        else:
            yield _made(painted(seed))


def painted(seed: int) -> OutputFile:
    """Paint a wide picture in a colour that no other seed below a thousand has."""
    colour = f"#{seed * 13007 % (1 << 24):06x}"
    return OutputFile(
        media_type="image/png", data=png(colour, width_px=400, height_px=200), width_px=400, height_px=200
    )


def _made(picture: OutputFile | tuple[OutputFile, ...]) -> Finished:
    return Finished(outputs={"picture": picture}, timings=Timings(queue_s=0, predict_s=0, encode_s=0), engine={})


@dataclass
class Hours:
    """A clock that tests turn."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The gallery, and who comes there. maker: whose model easel is."""

    platform: Platform
    clock: Hours
    maker: User
    ada: User
    bo: User
    operator: User

    @property
    def items(self) -> GalleryItems:
        return self.platform.services.get(GalleryItems)

    @property
    def reports(self) -> Reports:
        return self.platform.services.get(Reports)

    async def run(self, user: User, seed: int = 1, *, model: str = "easel", **inputs: object) -> Prediction:
        """Run a model of the maker's to its end."""
        new = NewRun(
            user=user,
            version=VersionRef(owner="atelier", name=model),
            input={"do": "paint", "seed": seed, **inputs},
            wait_s=120.0,
        )
        prediction = await self.platform.predictions.submission.submit(new)
        assert prediction.status.final
        return prediction

    async def share(
        self, user: User, prediction: Prediction, *, title: str = "", show_input: bool = False, index: int = 0
    ) -> Hung:
        """Put a picture in the gallery."""
        source = PictureSource(prediction_id=prediction.id, index=index)
        return (await self.items.share(user, source, title=title, show_input=show_input))[0]

    async def hang(self, user: User, seed: int = 1, **more: object) -> Hung:
        """Run, and put what came out in the gallery."""
        return await self.share(user, await self.run(user, seed), **more)  # type: ignore[arg-type]

    async def seen(
        self, viewer: User | None = None, sort: Sort = Sort.NEW, *, limit: int = 100, **wanted: object
    ) -> list[Hung]:
        """Walk through all the pages."""
        found: list[Hung] = []
        cursor: str | None = None
        while True:
            asked = Wanted(**wanted)  # type: ignore[arg-type]
            page = await self.items.list_page(asked, sort, viewer=viewer, cursor=cursor, limit=limit)
            found.extend(page.rows)
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def show_model(self, visibility: Visibility, name: str = "easel") -> None:
        await self.platform.catalog.set_visibility("atelier", name, self.maker.id, visibility)


def write_easel(folder: Path, name: str = "easel") -> Path:
    """Write a bundle that the painting fleet runs."""
    bundle = folder / name
    bundle.mkdir(parents=True)
    (bundle / "artrator.yaml").write_text(EASEL.replace("easel", name))
    (bundle / "model.onnx").write_bytes(b"never opened")
    return bundle


async def people(platform: Platform, clock: Hours, folder: Path) -> Place:
    """Publish the model, and make the people."""
    maker = await platform.make_user("atelier")
    await platform.publish(maker, write_easel(folder))
    operator = await platform.identity.make_admin("keeper@example.org", "keeper", PASSWORD)
    ada, bo = await platform.make_user("ada"), await platform.make_user("bo")
    return Place(platform=platform, clock=clock, maker=maker, ada=ada, bo=bo, operator=operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A live server with a gallery, and the people before it."""

    server: LiveServer
    place: Place
    nobody: httpx.Client
    ada: httpx.Client
    bo: httpx.Client
    keeper: httpx.Client

    def made(self, seed: int = 1, **inputs: object) -> str:
        """Run as Ada; give the prediction's id."""
        return self.server.call(self.place.run(self.place.ada, seed, **inputs)).id

    def hung(self, seed: int = 1, *, title: str = "", show_input: bool = False, **inputs: object) -> dict[str, object]:
        """Put a picture of Ada's in the gallery."""
        body = {"prediction": self.made(seed, **inputs), "title": title, "show_input": show_input}
        reply = self.ada.post(ITEMS, json=body)
        assert reply.status_code == 201, reply.text
        return dict(reply.json())


async def entered(platform: Platform, clock: Hours, folder: Path) -> tuple[Place, list[str]]:
    place = await people(platform, clock, folder)
    return place, [await platform.key_of(user) for user in (place.ada, place.bo, place.operator)]


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
def easel_plan(dsn: str, tmp_path: Path, clock: Hours) -> Plan:
    limits = GallerySettings(shares_per_day=SHARES, reports_per_day=REPORTS)
    return Plan(dsn=dsn, home=tmp_path / "home", fleet=PaintingFleet(), clock=clock, works=False, gallery=limits)


@pytest.fixture
async def place(easel_plan: Plan, clock: Hours, tmp_path: Path) -> AsyncIterator[Place]:
    async with open_platform(easel_plan) as platform:
        yield await people(platform, clock, tmp_path)


@pytest.fixture
def site(easel_plan: Plan, clock: Hours, tmp_path: Path) -> Iterator[Site]:
    with serving_platform(easel_plan) as (server, platform):
        place, (ada, bo, keeper) = server.call(entered(platform, clock, tmp_path))
        with server.client() as nobody, server.client(ada) as a, server.client(bo) as b, server.client(keeper) as k:
            yield Site(server=server, place=place, nobody=nobody, ada=a, bo=b, keeper=k)
