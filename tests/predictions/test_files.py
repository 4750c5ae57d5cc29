"""Uploaded files and file inputs: one's own alone, within limits, and gone after a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.platforms import open_platform
from tests.predictions.conftest import Scene
from tests.predictions.receiver import Answer, receiving
from tests.predictions.scripted_fleet import PNG

from artrator.kernel.clock import system_clock
from artrator.kernel.errors import ArtratorError, Conflict, NotFound, TooLarge
from artrator.predictions.files import NewFile, UploadedFile


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 16):
        yield content[start : start + 16]


async def upload(scene: Scene, content: bytes = PNG) -> UploadedFile:
    new = NewFile(name="red.png", media_type="image/png", metadata={"a": 1}, content=chunks(content))
    return await scene.platform.predictions.files.upload(scene.buyer.id, new)


async def test_a_file_is_stored_found_and_deleted(scene: Scene) -> None:
    files = scene.platform.predictions.files
    file = await upload(scene)
    assert await files.get(scene.buyer.id, file.id) == file
    assert await files.list_newest(scene.buyer.id) == [file]
    assert await scene.platform.blobs.get(file.key) == PNG
    await files.delete(scene.buyer.id, file.id)
    assert not await scene.platform.blobs.exists(file.key)
    with pytest.raises(NotFound):
        await files.get(scene.buyer.id, file.id)


async def test_files_of_others_do_not_exist(scene: Scene) -> None:
    file = await upload(scene)
    with pytest.raises(NotFound):
        await scene.platform.predictions.files.get(scene.creator.id, file.id)
    with pytest.raises(ArtratorError) as refusal:
        await scene.submit(user=scene.creator, inputs={"picture": f"/v1/files/{file.id}"})
    assert (refusal.value.code, refusal.value.field) == ("file_not_found", "inputs.picture")


async def test_a_file_larger_than_the_limit_leaves_nothing(scene: Scene) -> None:
    small = replace(scene.plan, settings=scene.plan.settings.model_copy(update={"file_bytes": 20}), works=False)
    async with open_platform(small) as platform:
        new = NewFile(name="x", media_type="image/png", metadata={}, content=chunks(PNG))
        with pytest.raises(TooLarge):
            await platform.predictions.files.upload(scene.buyer.id, new)
    assert not [path for path in (scene.plan.home / "blobs").rglob("files/*") if path.is_file()]


async def test_a_user_keeps_a_bounded_number_of_files(scene: Scene) -> None:
    few = replace(scene.plan, settings=scene.plan.settings.model_copy(update={"files_per_user": 1}), works=False)
    await upload(scene)
    async with open_platform(few) as platform:
        new = NewFile(name="x", media_type="image/png", metadata={}, content=chunks(PNG))
        with pytest.raises(Conflict):
            await platform.predictions.files.upload(scene.buyer.id, new)


async def test_files_expire_and_are_swept(scene: Scene) -> None:
    file = await upload(scene)
    later = replace(scene.plan, clock=lambda: system_clock() + timedelta(days=2), works=False)
    async with open_platform(later) as platform:
        with pytest.raises(NotFound):
            await platform.predictions.files.get(scene.buyer.id, file.id)
        await platform.predictions.files.delete_expired()
    assert not await scene.platform.blobs.exists(file.key)


@pytest.mark.parametrize("wait_s", [10.0, None])
async def test_a_file_of_ones_own_is_an_input(scene: Scene, wait_s: float | None) -> None:
    file = await upload(scene)
    url = scene.platform.predictions.views.file(file).urls["get"]
    await scene.final(await scene.submit(wait_s=wait_s, inputs={"picture": url}))
    assert scene.fleet.requests[0].inputs["picture"] == PNG


async def test_an_output_is_an_input_of_the_next_run(scene: Scene) -> None:
    views = scene.platform.predictions.views
    url = views.output(await scene.submit())
    await scene.submit(inputs={"picture": url})
    assert scene.fleet.requests[1].inputs["picture"] == PNG
    forged = str(url).replace("signature=", "signature=0")
    with pytest.raises(ArtratorError) as refusal:
        await scene.submit(inputs={"picture": forged})
    assert refusal.value.code == "link_invalid"


@pytest.mark.parametrize("wait_s", [10.0, None])
async def test_a_picture_on_the_web_is_an_input(scene: Scene, wait_s: float | None) -> None:
    with receiving(lambda _: Answer(body=PNG)) as server:
        await scene.final(await scene.submit(wait_s=wait_s, inputs={"picture": f"{server.url}/red.png"}))
    assert scene.fleet.requests[0].inputs["picture"] == PNG


async def test_a_picture_that_cannot_be_read_fails_a_run_in_the_queue(scene: Scene) -> None:
    with receiving(lambda _: Answer(status=404)) as server:
        row = await scene.final(await scene.submit(wait_s=None, inputs={"picture": f"{server.url}/red.png"}))
    assert row.error_code == "url_refused"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("data:image/png;base64,not base64!", "base64_malformed"),
        ("data:image/png;base64", "data_url_malformed"),
        ("data:image/png;base64,", "input_empty"),
        ("data:text/html;base64,PGh0bWw+", "image_malformed"),
        ("data:,hello", "image_malformed"),
        ("http://10.0.0.1/x.png", "url_address_forbidden"),
        ("file:///etc/passwd", "url_malformed"),
        ("/etc/passwd", "url_malformed"),
        ("/v1/files/../../etc/passwd", "file_not_found"),
        ("/v1/files/01m7whkzqp8e63z5cgj5tz2z1f", "file_not_found"),
        ("/blobs/outputs/x?expires=1&signature=00", "link_invalid"),
        ("/blobs/../x?expires=x", "file_not_found"),
    ],
)
async def test_what_is_no_picture_is_refused_before_anything_is_paid(scene: Scene, url: str, code: str) -> None:
    with pytest.raises(ArtratorError) as refusal:
        await scene.submit(inputs={"picture": url})
    assert (refusal.value.code, refusal.value.field) == (code, "inputs.picture")
    assert scene.fleet.requests == []


async def test_an_input_larger_than_the_limit_is_refused(scene: Scene) -> None:
    small = replace(scene.plan, settings=scene.plan.settings.model_copy(update={"input_bytes": 20}), works=False)
    file = await upload(scene)
    async with open_platform(small) as platform:
        for url in (f"/v1/files/{file.id}", "data:image/png;base64," + "A" * 400):
            with pytest.raises(TooLarge):
                await platform.predictions.submission.submit(scene.ask(inputs={"picture": url}))
