"""Rendering: the examples of a version that passed, run for real, each once."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

from PIL import Image
from sqlalchemy import delete
from tests.catalog.bundles import zipped
from tests.gallery.conftest import png, published, write_bundle
from tests.platforms import Platform

from artrator.catalog.changes import listen_for_changes
from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import ModelChange, Visibility
from artrator.engine.examination.examine import Examiner
from artrator.engine.settings import EngineSettings
from artrator.gallery.plan import CHOICES_FROM
from artrator.gallery.service import Gallery
from artrator.gallery.showcase import ShowcaseItem
from artrator.gallery.store import list_items
from artrator.gallery.tables import showcase_items
from artrator.kernel.ids import Digest, ModelId
from artrator.personal.export import Export
from artrator.predictions.composition import VersionRef
from artrator.predictions.prediction import Source
from artrator.predictions.submit import NewRun
from artrator.verification.service import Verification
from artrator.verification.settings import VerificationSettings

PASS_S = 60


async def items_of(platform: Platform, model_id: ModelId, digest: Digest) -> list[ShowcaseItem]:
    async with platform.database.unit_of_work() as connection:
        return list(await list_items(connection, model_id, digest))


async def test_examples_are_rendered_and_then_further_seeds(studio: Platform, tmp_path: Path) -> None:
    model_id, digest = await published(
        studio, write_bundle(tmp_path, "fields", "latent", "[{seed: 7, truncation: 0.5}]")
    )
    await studio.showcase.render(model_id, digest)
    items = await items_of(studio, model_id, digest)
    assert [item.input for item in items] == [
        {"seed": seed, "truncation": 0.5, "blend": 0} for seed in (7, 1, 2, 3, 4, 5, 6)
    ]
    assert {(item.kind, item.file.width_px, item.file.height_px) for item in items if item.file} == {("image", 16, 16)}
    assert len({item.file.sha256 for item in items if item.file}) == len(items)


async def test_every_choice_is_shown_once_with_all_else_of_the_first_example(studio: Platform, tmp_path: Path) -> None:
    examples = "[{seed: 7, style: bold, warmth: 0.5}]"
    model_id, digest = await published(studio, write_bundle(tmp_path, "fields", "conditional", examples))
    await studio.showcase.render(model_id, digest)
    items = await items_of(studio, model_id, digest)
    (calm,) = [item for item in items if item.place >= CHOICES_FROM]
    assert (calm.input["style"], calm.input["seed"], calm.input["warmth"]) == ("calm", 7, 0.5)
    assert len(calm.thumbnails) == 1
    wall = await Gallery(studio.database, studio.catalog).explore(Filters(), Order.NEW, cursor=None, limit=50)
    assert {shown.item.id for shown in wall.rows} == {item.id for item in items} - {calm.id}


async def test_an_items_inputs_make_the_same_output_again(studio: Platform, tmp_path: Path) -> None:
    model_id, digest = await published(studio, write_bundle(tmp_path, "fields", "latent", "[{seed: 7}]"))
    await studio.showcase.render(model_id, digest)
    item = (await items_of(studio, model_id, digest))[0]
    visitor = await studio.make_user("visitor")
    run = NewRun(
        user=visitor, version=VersionRef(owner="atelier", name="fields"), input=item.input, source=Source.API, wait_s=20
    )
    again = await studio.predictions.submission.submit(run)
    assert item.file is not None
    assert [file.sha256 for output in again.output or () for file in output.files] == [item.file.sha256]


async def test_rendering_again_renders_only_what_is_missing(studio: Platform, tmp_path: Path) -> None:
    model_id, digest = await published(studio, write_bundle(tmp_path, "fields", "latent", "[{seed: 7}]"))
    await studio.showcase.render(model_id, digest)
    first = await items_of(studio, model_id, digest)
    async with studio.database.unit_of_work() as connection:
        await connection.execute(delete(showcase_items).where(showcase_items.c.id == first[2].id))
    await studio.showcase.render(model_id, digest)
    second = await items_of(studio, model_id, digest)
    kept = [item.id for item in first if item.place != 2]
    assert [item.id for item in second if item.place != 2] == kept
    assert (second[2].input, second[2].id != first[2].id) == (first[2].input, True)


async def test_the_first_picture_becomes_the_cover(studio: Platform, tmp_path: Path) -> None:
    files = {"examples/wide.png": png(width_px=1000, height_px=500)}
    bundle = write_bundle(tmp_path, "negative", "invert", "[{image: examples/wide.png}]", files)
    model_id, digest = await published(studio, bundle)
    await studio.showcase.render(model_id, digest)
    (item,) = await items_of(studio, model_id, digest)
    assert [(each.width_px, each.height_px) for each in item.thumbnails] == [(320, 160), (640, 320)]
    model = (await studio.catalog.get_model("atelier", "negative", None)).model
    assert model.cover_key == item.thumbnails[-1].key
    with Image.open(io.BytesIO(await studio.blobs.get(item.thumbnails[-1].key))) as cover:
        assert (cover.format, cover.size) == ("WEBP", (640, 320))
        red, green, blue = cover.convert("RGB").getpixel((300, 100))
    assert (red < 20, 80 < green < 100, blue > 240) == (True, True, True)


async def test_a_model_that_reads_pictures_shows_what_it_read(studio: Platform, tmp_path: Path) -> None:
    picture = png("green")
    bundle = write_bundle(tmp_path, "reader", "classifier", "[{image: examples/a.png}]", {"examples/a.png": picture})
    model_id, digest = await published(studio, bundle)
    await studio.showcase.render(model_id, digest)
    (item,) = await items_of(studio, model_id, digest)
    assert (item.kind, item.file, item.thumbnails) == ("label", None, ())
    assert [item.value[group][0]["label"] for group in ("style", "palette")] == ["grid", "cool"]
    assert await studio.blobs.get(item.input_files["image"]) == picture
    model = (await studio.catalog.get_model("atelier", "reader", None)).model
    assert model.cover_key == item.input_files["image"]


async def test_an_example_that_cannot_be_read_is_left_out(studio: Platform, tmp_path: Path) -> None:
    files = {"examples/bad.png": b"\x89PNG\r\n\x1a\nno more", "examples/good.png": png()}
    examples = "[{image: examples/bad.png}, {image: examples/good.png}, {image: examples/missing.png}]"
    model_id, digest = await published(studio, write_bundle(tmp_path, "negative", "invert", examples, files))
    await studio.showcase.render(model_id, digest)
    assert [item.place for item in await items_of(studio, model_id, digest)] == [1]


async def test_a_model_that_fails_is_asked_once(studio: Platform, tmp_path: Path) -> None:
    model_id, digest = await published(studio, write_bundle(tmp_path, "nothing", "nan", "[{seed: 1}, {seed: 2}]"))
    await studio.showcase.render(model_id, digest)
    assert await items_of(studio, model_id, digest) == []
    assert (await studio.catalog.get_model("atelier", "nothing", None)).model.cover_key is None


async def test_tensors_are_shown_as_they_were_given(studio: Platform, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path, "sums", "add", "[{a: [[1, 2, 3, 4]], b: [[10, 20, 30, 40]]}]")
    model_id, digest = await published(studio, bundle)
    await studio.showcase.render(model_id, digest)
    (item,) = await items_of(studio, model_id, digest)
    assert item.input == {"a": [[1, 2, 3, 4]], "b": [[10, 20, 30, 40]]}
    assert (item.kind, item.value) == ("tensor", [[11, 22, 33, 44]])


async def test_an_export_tells_what_is_shown_of_ones_models(studio: Platform, tmp_path: Path) -> None:
    model_id, digest = await published(
        studio, write_bundle(tmp_path, "negative", "invert", "[{image: examples/a.png}]", {"examples/a.png": png()})
    )
    await studio.showcase.render(model_id, digest)
    owner = await studio.identity.find_by_handle("atelier")
    exported = json.loads(b"".join([part async for part in studio.services.get(Export).write(owner)]))
    (row,) = exported["showcase"]
    assert (row["model"], row["version"], row["kind"]) == ("negative", digest, "image")
    assert all("signature=" in link for link in (row["url"], row["input"]["image"]))


async def test_a_version_that_passes_verification_is_shown_without_being_asked(
    studio: Platform, tmp_path: Path
) -> None:
    verification = Verification(
        studio.database,
        studio.queue,
        studio.catalog,
        Examiner(EngineSettings(allow_unprotected=True)),
        VerificationSettings(),
        on_passed=studio.showcase.defer,
    )
    bundle = write_bundle(tmp_path, "fields", "latent", "[{seed: 7}]")
    files = {path.name: path.read_bytes() for path in bundle.iterdir()}
    owner = await studio.make_user("atelier")
    await studio.catalog.create_model(owner, "fields", ModelChange(wanted_visibility=Visibility.PUBLIC))
    version = await studio.catalog.add_version(owner.id, "atelier", "fields", zipped(tmp_path / "fields.zip", files))
    changed = asyncio.Event()
    listening = asyncio.create_task(listen_for_changes(studio.database.dsn, lambda _: changed.set()))
    await verification.verify(version.model_id, version.digest)
    async with asyncio.timeout(PASS_S):
        while (await studio.catalog.get_model("atelier", "fields", None)).model.cover_key is None:
            await changed.wait()
            changed.clear()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert len(await items_of(studio, version.model_id, version.digest)) == 7
    assert await studio.showcase.defer_missing() == 0
