"""Uploads in parts: in order, whoever interrupts them, and only by whom they belong to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.catalog.bundles import bundle, decoder, manifest, zipped
from tests.catalog.conftest import PASSWORD, read_facts

from artrator.bundle.manifest import find_faults
from artrator.catalog.service import Catalog
from artrator.catalog.settings import CatalogSettings
from artrator.catalog.upload_parts import Uploads
from artrator.catalog.upload_store import Upload
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from artrator.storage.blobs import Blobs

PART = 1000


class Clock:
    """A clock that is turned."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def catalog(database: Database, queue: JobQueue, blobs: Blobs, tmp_path: Path) -> Catalog:
    settings = CatalogSettings(max_upload_bytes=50_000, upload_quota_bytes=60_000, uploads_per_user=3)
    return Catalog(database, queue, blobs, settings, folder=tmp_path / "catalog", read_facts=read_facts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def uploads(database: Database, catalog: Catalog, tmp_path: Path, clock: Clock) -> Uploads:
    return Uploads(database, catalog, folder=tmp_path / "uploads", part_bytes=PART, clock=clock)


async def send(uploads: Uploads, user: User, file: Path, *, name: str | None = None) -> Upload:
    """Upload a whole file in parts."""
    content = file.read_bytes()  # noqa: ASYNC240 - a test's small file
    upload = await uploads.start(user, name or file.name, len(content))
    while not upload.is_complete:
        offset = upload.received_bytes
        upload = await uploads.append(user.id, upload.id, offset, content[offset : offset + PART])
    return upload


async def test_an_upload_goes_on_after_the_server_restarted(
    uploads: Uploads, database: Database, catalog: Catalog, atelier: User, tmp_path: Path, clock: Clock
) -> None:
    content = bundle(tmp_path / "b.zip").read_bytes()
    begun = await uploads.start(atelier, "b.zip", len(content))
    await uploads.append(atelier.id, begun.id, 0, content[:PART])
    restarted = Uploads(database, catalog, folder=tmp_path / "uploads", part_bytes=PART, clock=clock)
    assert (await restarted.get(atelier.id, begun.id)).received_bytes == PART
    await restarted.append(atelier.id, begun.id, PART, content[PART:])
    assert (tmp_path / "uploads" / begun.id).read_bytes() == content


async def test_a_part_at_the_wrong_place_is_refused_with_the_right_one(uploads: Uploads, atelier: User) -> None:
    upload = await uploads.start(atelier, "b.zip", 5000)
    await uploads.append(atelier.id, upload.id, 0, b"a" * 100)
    for offset in (0, 99, 101, 2**53):
        with pytest.raises(Conflict) as caught:
            await uploads.append(atelier.id, upload.id, offset, b"b" * 100)
        assert (caught.value.code, caught.value.facts["received_bytes"]) == ("upload_offset_wrong", 100)


async def test_more_bytes_than_announced_are_refused(uploads: Uploads, atelier: User) -> None:
    upload = await uploads.start(atelier, "b.zip", 50)
    with pytest.raises(Invalid) as caught:
        await uploads.append(atelier.id, upload.id, 0, b"a" * 51)
    assert caught.value.code == "part_beyond_end"
    assert (await uploads.get(atelier.id, upload.id)).received_bytes == 0


async def test_bytes_that_the_disk_lost_are_asked_for_again(uploads: Uploads, atelier: User, tmp_path: Path) -> None:
    upload = await uploads.start(atelier, "b.zip", 300)
    await uploads.append(atelier.id, upload.id, 0, b"a" * 300)
    (tmp_path / "uploads" / upload.id).unlink()
    assert (await uploads.get(atelier.id, upload.id)).received_bytes == 0
    with pytest.raises(Conflict):
        await uploads.inspect(atelier.id, upload.id)


async def test_another_users_upload_is_not_there(uploads: Uploads, atelier: User, visitor: User) -> None:
    upload = await uploads.start(atelier, "b.zip", 100)
    for attempt in (
        uploads.get(visitor.id, upload.id),
        uploads.append(visitor.id, upload.id, 0, b"x"),
        uploads.inspect(visitor.id, upload.id),
        uploads.publish(visitor, upload.id, "stolen", manifest=None, license_id="MIT"),
        uploads.delete(visitor.id, upload.id),
        uploads.get(atelier.id, "../../etc/passwd"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert [each.id for each in await uploads.list_open(atelier.id)] == [upload.id]


async def test_what_cannot_be_published_is_refused_before_a_byte_is_sent(
    uploads: Uploads, identity: Identity, atelier: User
) -> None:
    with pytest.raises(Invalid) as wrong_type:
        await uploads.start(atelier, "weights.safetensors", 100)
    assert wrong_type.value.field == "file_name"
    with pytest.raises(TooLarge) as too_large:
        await uploads.start(atelier, "b.zip", 50_001)
    assert too_large.value.field == "size_bytes"
    reader = await identity.register("reader@example.org", PASSWORD, "reader")
    with pytest.raises(Forbidden):
        await uploads.start(reader, "b.zip", 100)


async def test_open_uploads_have_a_quota_that_ends_with_them(uploads: Uploads, atelier: User, visitor: User) -> None:
    first = await uploads.start(atelier, "a.zip", 40_000)
    with pytest.raises(Conflict) as caught:
        await uploads.start(atelier, "b.zip", 20_001)
    assert caught.value.code == "too_many_uploads"
    await uploads.start(visitor, "c.zip", 40_000)
    await uploads.delete(atelier.id, first.id)
    await uploads.start(atelier, "b.zip", 40_000)


async def test_an_upload_expires_and_its_bytes_with_it(
    uploads: Uploads, atelier: User, tmp_path: Path, clock: Clock
) -> None:
    old = await uploads.start(atelier, "a.zip", 100)
    await uploads.append(atelier.id, old.id, 0, b"a" * 10)
    clock.now += timedelta(hours=23)
    young = await uploads.start(atelier, "b.zip", 100)
    await uploads.append(atelier.id, young.id, 0, b"a" * 10)
    assert await uploads.sweep() == 0
    clock.now += timedelta(hours=2)
    with pytest.raises(NotFound):
        await uploads.get(atelier.id, old.id)
    assert await uploads.sweep() == 1
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == [young.id]


async def test_a_plain_graph_is_detected_and_lacks_only_its_licence(
    uploads: Uploads, atelier: User, tmp_path: Path
) -> None:
    file = tmp_path / "My Fields.onnx"
    file.write_bytes(decoder())
    upload = await send(uploads, atelier, file)
    found = await uploads.inspect(atelier.id, upload.id)
    assert found.detected
    assert found.manifest is not None
    assert (found.manifest.name, found.pipeline) == ("my-fields", "latent-to-image")
    assert [spec.name for spec in found.graphs["model.onnx"].inputs] == ["latent"]
    ((line, field),) = [(fault.line, fault.field) for fault in found.problems]
    assert (field, found.manifest_yaml.splitlines()[(line or 0) - 1]) == ("license", "license: ''")
    version = await uploads.publish(atelier, upload.id, "fields", manifest=found.manifest_yaml, license_id="MIT")
    assert version.manifest.license == "MIT"


async def test_what_is_wrong_inside_a_bundle_is_named_with_its_line(
    uploads: Uploads, atelier: User, tmp_path: Path
) -> None:
    text = manifest().replace("decoder.onnx", "lost.onnx")
    file = zipped(tmp_path / "b.zip", {"artrator.yaml": text.encode(), "decoder.onnx": b"no graph"})
    upload = await send(uploads, atelier, file)
    found = await uploads.inspect(atelier.id, upload.id)
    places = {fault.field: fault.line for fault in found.problems}
    assert places == {
        "graphs.decoder": 1 + text.splitlines().index("graphs: {decoder: lost.onnx}"),
        "decoder.onnx": None,
    }


async def test_publishing_creates_the_model_once_and_again_answers_the_same(
    uploads: Uploads, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    upload = await send(uploads, atelier, bundle(tmp_path / "b.zip"))
    first = await uploads.publish(atelier, upload.id, "fields", manifest=None, license_id=None)
    again = await uploads.publish(atelier, upload.id, "fields", manifest=None, license_id=None)
    assert (again.digest, again.model_id) == (first.digest, first.model_id)
    assert await uploads.list_open(atelier.id) == []
    assert list((tmp_path / "uploads").iterdir()) == []
    assert [each.digest for each in await catalog.list_versions("atelier", "fields", atelier.id)] == [first.digest]


async def test_a_bundle_that_is_refused_leaves_no_empty_model(
    uploads: Uploads, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    upload = await send(uploads, atelier, bundle(tmp_path / "b.zip"))
    with pytest.raises(Invalid):
        await uploads.publish(atelier, upload.id, "fields", manifest="name: nothing-else", license_id=None)
    with pytest.raises(NotFound):
        await catalog.get_model("atelier", "fields", atelier.id)
    assert (await uploads.get(atelier.id, upload.id)).is_complete


def test_every_fault_of_a_manifest_is_named_at_once() -> None:
    text = manifest().replace("pipeline: latent-to-image", "pipelin: x").replace("{type: image}", "{type: sculpture}")
    found, faults = find_faults(text)
    assert found is None
    assert {"pipelin", "pipeline", "outputs.image"} <= {fault.field for fault in faults}
    assert all(fault.line for fault in faults if fault.field != "pipeline")
    assert find_faults(manifest())[1] == []
