"""Uploads become immutable versions, and verdicts decide what a model runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.catalog.bundles import bundle, decoder, manifest, zipped
from tests.catalog.conftest import Shelf

from artrator.catalog.bundle_cache import bundle_key
from artrator.catalog.model import VersionStatus, Visibility
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.identity.user import User
from artrator.kernel.errors import Invalid, NotFound
from artrator.kernel.ids import Digest
from artrator.storage.blobs import Blobs


async def test_a_bundle_becomes_a_version_with_its_manifest_stored_once(
    catalog: Catalog, shelf: Shelf, atelier: User, blobs: Blobs
) -> None:
    version = await shelf.upload(atelier, "fields", summary="Calm fields", tags="calm")
    assert version.status is VersionStatus.UPLOADED
    assert list(version.manifest.inputs) == ["seed", "truncation"]
    assert (await blobs.head(bundle_key(version.digest))).size_bytes == version.size_bytes
    model = (await catalog.get_model("atelier", "fields", atelier.id)).model
    assert (model.summary, model.tags, model.license) == ("Calm fields", ("calm",), "CC-BY-4.0")
    assert model.latest_digest is None


async def test_the_order_of_inputs_survives_the_database(catalog: Catalog, atelier: User, tmp_path: Path) -> None:
    names = ["zebra", "a", "middle", "b"]
    text = manifest() + "".join(f"# {name}\n" for name in names)
    text = text.replace("  seed:", "".join(f"  {name}: {{type: number, default: 1}}\n" for name in names) + "  seed:")
    archive = zipped(tmp_path / "b.zip", {"artrator.yaml": text.encode(), "decoder.onnx": decoder()})
    await catalog.create_model(atelier, "fields")
    version = await catalog.add_version(atelier.id, "atelier", "fields", archive)
    _, stored = await catalog.get_version("atelier", "fields", version.digest, atelier.id)
    assert list(stored.manifest.inputs) == [*names, "seed", "truncation"]
    assert stored.manifest == version.manifest


async def test_the_same_bundle_again_is_the_same_version(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    first = await shelf.passed(atelier, "fields")
    again = await shelf.upload(atelier, "fields")
    assert (again.digest, again.status) == (first.digest, VersionStatus.PASSED)
    assert len(await catalog.list_versions("atelier", "fields", atelier.id)) == 1


async def test_two_uploads_of_one_bundle_at_once_are_one_version(
    catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    archives = [bundle(tmp_path / f"{number}.zip") for number in range(4)]
    versions = await asyncio.gather(
        *(catalog.add_version(atelier.id, "atelier", "fields", archive) for archive in archives)
    )
    assert len({version.digest for version in versions}) == 1
    assert len(await catalog.list_versions("atelier", "fields", atelier.id)) == 1


async def test_a_plain_onnx_file_needs_no_manifest(catalog: Catalog, atelier: User, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(decoder())
    await catalog.create_model(atelier, "fields")
    version = await catalog.add_version(atelier.id, "atelier", "fields", file, license_id="MIT")
    assert (version.manifest.pipeline, version.manifest.license) == ("latent-to-image", "MIT")
    async with catalog.installed(version.digest) as installed:
        assert (installed.folder / installed.manifest.graph).read_bytes() == decoder()


async def test_a_plain_onnx_file_needs_a_licence(catalog: Catalog, atelier: User, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(decoder())
    await catalog.create_model(atelier, "fields")
    with pytest.raises(Invalid) as caught:
        await catalog.add_version(atelier.id, "atelier", "fields", file)
    assert caught.value.field == "license"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 not really", b"\x00" * 100, b"hello", b"PK\x05\x06" + b"\0" * 18]
)
async def test_what_is_no_bundle_is_refused_and_leaves_nothing(
    catalog: Catalog, atelier: User, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "upload"
    file.write_bytes(content)
    await catalog.create_model(atelier, "fields")
    with pytest.raises(Invalid):
        await catalog.add_version(atelier.id, "atelier", "fields", file, license_id="MIT")
    assert await catalog.list_versions("atelier", "fields", atelier.id) == []
    assert not list((tmp_path / "catalog" / "uploads").iterdir())


async def test_a_fault_in_the_manifest_names_its_field(catalog: Catalog, atelier: User, tmp_path: Path) -> None:
    text = manifest().replace("maximum: 2", "maximum: two")
    archive = zipped(tmp_path / "b.zip", {"artrator.yaml": text.encode(), "decoder.onnx": decoder()})
    await catalog.create_model(atelier, "fields")
    with pytest.raises(Invalid) as caught:
        await catalog.add_version(atelier.id, "atelier", "fields", archive)
    assert caught.value.field is not None
    assert caught.value.field.startswith("inputs.truncation")


async def test_a_new_version_is_queued_for_verification(
    catalog: Catalog, shelf: Shelf, atelier: User, queue: JobQueue
) -> None:
    seen: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

    async def verify(*, digest: str, model_id: str) -> None:
        seen.set_result((digest, model_id))

    queue.register("verify_version", verify)
    version = await shelf.upload(atelier, "fields")
    worker = asyncio.create_task(queue.work(concurrency=1, graceful_s=0.1))
    assert await asyncio.wait_for(seen, 20) == (version.digest, version.model_id)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_others_see_only_versions_that_passed(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    passed = await shelf.passed(atelier, "fields", tint=0.1)
    await shelf.upload(atelier, "fields", tint=0.2)
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    assert [each.digest for each in await catalog.list_versions("atelier", "fields", visitor.id)] == [passed.digest]
    assert len(await catalog.list_versions("atelier", "fields", atelier.id)) == 2


async def test_the_newest_version_that_passed_is_the_latest_in_whatever_order_verdicts_come(
    catalog: Catalog, shelf: Shelf, atelier: User
) -> None:
    older = await shelf.upload(atelier, "fields", tint=0.1)
    newer = await shelf.upload(atelier, "fields", tint=0.2)
    await shelf.judge(newer)
    await shelf.judge(older)
    assert (await catalog.resolve("atelier", "fields", None, atelier.id)).digest == newer.digest


async def test_a_quarantined_version_gives_way_to_the_one_before(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    older = await shelf.passed(atelier, "fields", tint=0.1)
    newer = await shelf.passed(atelier, "fields", tint=0.2)
    await catalog.quarantine(newer.digest)
    assert (await catalog.resolve("atelier", "fields", None, atelier.id)).digest == older.digest


async def test_a_digest_that_is_none_is_not_found(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    await shelf.passed(atelier, "fields")
    with pytest.raises(NotFound):
        await catalog.get_version("atelier", "fields", Digest("0" * 64), atelier.id)


async def test_what_another_owner_has_listed_is_known(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User, database: Database
) -> None:
    first = await shelf.passed(atelier, "fields")
    copy = await shelf.upload(visitor, "fields")
    assert copy.digest == first.digest

    async def listed_elsewhere() -> bool:
        async with database.unit_of_work() as connection:
            return await catalog.listed_by_another(connection, copy.digest, copy.model_id)

    assert not await listed_elsewhere()
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    assert await listed_elsewhere()
    async with database.unit_of_work() as connection:
        assert not await catalog.listed_by_another(connection, first.digest, first.model_id)
