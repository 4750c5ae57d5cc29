"""LoRAs by strangers: what a version must pass that has no graph of its own, and only makes sense on another's."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.bundle.weights_files import write, write_raw
from tests.catalog.bundles import zipped
from tests.engine.pipelines.test_loras import LORAS
from tests.engine.pipelines.test_text_to_image import TINY, manifest
from tests.verification.korean import wordless

from artrator.bundle.digest import bundle_digest
from artrator.bundle.manifest import write_manifest
from artrator.catalog.model import Version, VersionStatus
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.engine.examination.examine import Examiner
from artrator.identity.user import User
from artrator.kernel.ids import Digest
from artrator.verification.finding import Report, Verdict
from artrator.verification.service import Verification
from artrator.verification.verify import verify_folder

Q = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
LORA = "name: ink\npipeline: text-to-image\nlicense: CC0-1.0\nbase: {base}\nlora: {{file: l.safetensors}}\n"
PROMPT = "examples: [{prompt: a red circle}]\n"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    shutil.copytree(TINY, folder)
    (folder / "golden.npz").unlink()
    (folder / "artrator.yaml").write_text(write_manifest(manifest()) + PROMPT)
    return folder


def lora_folder(folder: Path, base: Path) -> Path:
    folder.mkdir()
    (folder / "artrator.yaml").write_text(LORA.format(base=bundle_digest(base)))
    return folder


def failures(report: Report) -> Mapping[str, str]:
    failed = {each.check: each for each in report.findings if each.verdict is Verdict.FAILED}
    assert {code for each in failed.values() for code in wordless(each)} == set()
    return {check: each.said.code for check, each in failed.items()}


async def test_a_lora_passes_that_fits_its_base_and_runs_on_it(examiner: Examiner, tmp_path: Path, base: Path) -> None:
    folder = lora_folder(tmp_path / "ink", base)
    shutil.copy(LORAS / "ink.safetensors", folder / "l.safetensors")
    report = await verify_folder(folder, examiner, base=base)
    assert failures(report) == {}
    measured = {each.check: each.measured for each in report.findings}
    assert (measured["structure"]["modules"], measured["structure"]["most_rank"]) == (36, 2)
    assert measured["rehearse"]["deterministic"] is True


@pytest.mark.parametrize(
    ("tensors", "found"),
    [
        ({f"{Q}.lora_down.weight": (2, 16), f"{Q}.lora_up.weight": (15, 2)}, {"signature": "lora_does_not_fit"}),
        ({f"{Q}_z.lora_down.weight": (2, 16), f"{Q}_z.lora_up.weight": (16, 2)}, {"signature": "lora_does_not_fit"}),
        ({f"{Q}.lora_down.weight": (2, 16)}, {"structure": "lora_not_readable"}),
        ({f"{Q}.hada_w1_a": (2, 16)}, {"structure": "lora_not_readable"}),
    ],
)
async def test_what_does_not_fit_is_refused_by_the_check_that_it_concerns(
    examiner: Examiner, tmp_path: Path, base: Path, tensors: dict[str, tuple[int, int]], found: dict[str, str]
) -> None:
    folder = lora_folder(tmp_path / "ink", base)
    write(folder / "l.safetensors", {name: np.zeros(shape, np.float32) for name, shape in tensors.items()})
    assert failures(await verify_folder(folder, examiner, base=base)) == found


async def test_values_that_are_not_finite_and_files_that_are_none_are_refused(
    examiner: Examiner, tmp_path: Path, base: Path
) -> None:
    folder = lora_folder(tmp_path / "ink", base)
    down = np.full((2, 16), np.inf, np.float32)
    write(
        folder / "l.safetensors", {f"{Q}.lora_down.weight": down, f"{Q}.lora_up.weight": np.zeros((16, 2), np.float32)}
    )
    assert failures(await verify_folder(folder, examiner, base=base)) == {"weights_finite": "factors_not_finite"}
    write_raw(folder / "l.safetensors", b"{]", b"")
    assert failures(await verify_folder(folder, examiner, base=base)) == {"structure": "lora_not_readable"}


async def test_the_base_must_be_the_one_that_is_named(examiner: Examiner, tmp_path: Path, base: Path) -> None:
    folder = lora_folder(tmp_path / "ink", base)
    shutil.copy(LORAS / "ink.safetensors", folder / "l.safetensors")
    (base / "more.txt").write_text("another version")
    assert failures(await verify_folder(folder, examiner, base=base)) == {"manifest": "base_differs"}
    assert failures(await verify_folder(folder, examiner)) == {"manifest": "base_not_given"}


async def status_of(database: Database, catalog: Catalog, version: Version) -> VersionStatus:
    async with database.unit_of_work() as connection:
        found = await catalog.find_version(connection, version.model_id, version.digest)
    assert found is not None
    return found.status


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


async def publish(catalog: Catalog, owner: User, name: str, folder: Path) -> Version:
    await catalog.create_model(owner, name)
    return await catalog.add_version(owner.id, owner.handle, name, zipped(folder.with_suffix(".zip"), contents(folder)))


async def test_a_published_lora_is_verified_on_its_bases_stored_files(
    database: Database, catalog: Catalog, verification: Verification, atelier: User, tmp_path: Path, base: Path
) -> None:
    first = await publish(catalog, atelier, "base", base)
    await verification.verify(first.model_id, first.digest)
    folder = lora_folder(tmp_path / "ink", base)
    shutil.copy(LORAS / "ink.safetensors", folder / "l.safetensors")
    second = await publish(catalog, atelier, "ink", folder)
    await verification.verify(second.model_id, Digest(second.digest))
    assert [await status_of(database, catalog, each) for each in (first, second)] == [VersionStatus.PASSED] * 2
