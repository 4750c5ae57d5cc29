"""Outputs that are pictures: their sizes, their thumbnails, and many of them in one archive."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from PIL import Image
from tests.predictions.conftest import Scene
from tests.predictions.scripted_fleet import PNG

from artrator.kernel.errors import Invalid, NotFound
from artrator.kernel.ids import new_id
from artrator.predictions.prediction import Prediction, StoredFile
from artrator.predictions.thumbnails import thumbnail_keys


def picture(width_px: int, height_px: int, *, mode: str = "RGB", file_format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (width_px, height_px)).save(buffer, file_format)
    return buffer.getvalue()


def output_of(row: Prediction) -> StoredFile:
    assert row.output is not None
    return row.output[0].files[0]


@pytest.mark.parametrize(
    ("size", "drawn"),
    [((1000, 500), (320, 160)), ((200, 100), (200, 100)), ((100, 20_000), (6, 1280)), ((2000, 1), (320, 1))],
)
async def test_a_thumbnail_keeps_the_aspect_and_never_grows(
    scene: Scene, size: tuple[int, int], drawn: tuple[int, int]
) -> None:
    thumbnail = await scene.platform.predictions.thumbnails.draw(picture(*size), 320)
    assert (thumbnail.width_px, thumbnail.height_px) == drawn
    with Image.open(io.BytesIO(thumbnail.data)) as image:
        assert (image.format, image.size) == ("WEBP", drawn)


@pytest.mark.parametrize(("mode", "drawn"), [("RGBA", "RGBA"), ("L", "RGB"), ("1", "RGB"), ("LA", "RGBA")])
async def test_transparency_is_kept(scene: Scene, mode: str, drawn: str) -> None:
    thumbnail = await scene.platform.predictions.thumbnails.draw(picture(8, 8, mode=mode), 320)
    with Image.open(io.BytesIO(thumbnail.data)) as image:
        assert image.mode == drawn


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", picture(8, 8)[:45], picture(8, 8, file_format="GIF"), picture(8000, 4001, mode="1")],
    ids=["empty", "text", "cut", "gif", "huge"],
)
async def test_what_is_no_picture_of_ours_is_not_drawn(scene: Scene, content: bytes) -> None:
    with pytest.raises(Invalid):
        await scene.platform.predictions.thumbnails.draw(content, 320)


async def test_a_thumbnail_is_kept_until_its_prediction_is_deleted(scene: Scene) -> None:
    row = await scene.submit()
    file = output_of(row)
    key, head, data = await scene.platform.predictions.thumbnails.read(file.key, 320)
    assert key in thumbnail_keys(file)
    assert (head.media_type, await scene.platform.blobs.get(key)) == ("image/webp", data)
    await scene.platform.predictions.reader.delete(scene.buyer.id, row.id)
    assert not await scene.platform.blobs.exists(key)
    with pytest.raises(NotFound):
        await scene.platform.predictions.thumbnails.read(file.key, 320)


async def test_only_outputs_have_thumbnails(scene: Scene) -> None:
    await scene.platform.blobs.put("inputs/a.png", PNG)
    with pytest.raises(NotFound):
        await scene.platform.predictions.thumbnails.read("inputs/a.png", 320)


async def test_an_archive_holds_the_outputs_and_what_made_them(scene: Scene) -> None:
    rows = [await scene.submit(inputs={"seed": seed}) for seed in (3, 4)]
    label = await scene.submit("label")
    gone = await scene.submit()
    await scene.platform.blobs.delete(output_of(gone).key)
    found = await scene.platform.predictions.reader.get_many(
        scene.buyer.id, [*(row.id for row in rows), label.id, gone.id]
    )
    chunks = [chunk async for chunk in scene.platform.predictions.archive(found)]
    with zipfile.ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert archive.testzip() is None
        described = {each["id"]: each for each in json.loads(archive.read("inputs.json"))}
        for row, seed in zip(rows, (3, 4), strict=True):
            entry = described[row.id]
            assert entry["input"] == {"do": "finish", "seed": seed}
            assert [archive.read(f"{entry['folder']}/{name}") for name in entry["files"]] == [PNG]
        assert described[label.id]["output"] == {"label": {"cat": 0.75}}
        assert len(archive.namelist()) == 3


async def test_an_archive_of_what_is_not_ones_own_is_refused(scene: Scene) -> None:
    row = await scene.submit()
    reader = scene.platform.predictions.reader
    for user_id, ids in ((scene.creator.id, [row.id]), (scene.buyer.id, [row.id, new_id()]), (scene.buyer.id, ["x"])):
        with pytest.raises(NotFound):
            await reader.get_many(user_id, ids)
