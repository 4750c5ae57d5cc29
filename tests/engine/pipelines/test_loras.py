"""LoRAs on one resident base: the pictures that diffusers paints with them, and what they cost."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.bundle.weights_files import write
from tests.engine.conftest import Listener, request
from tests.engine.pipelines.test_text_to_image import GOLDEN, TINY, manifest

from artrator.bundle.digest import bundle_digest
from artrator.bundle.lora_manifest import LORA_WEIGHT, completed
from artrator.bundle.manifest import LoraFile, Manifest
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import ChosenLora, Finished, InputValue, InstalledBundle, OutputFile, RunRequest
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError

LORAS = Path(__file__).parent / "tiny_loras"
ASKED: dict[str, InputValue] = {"prompt": "A red circle, it's 4 o'clock!", "guidance": 1.0, "seed": 11, "steps": 4}

MakeLora = Callable[..., InstalledBundle]


@pytest.fixture
def engine() -> Iterator[Inference]:
    made = Inference(EngineSettings(threads_per_worker=2))
    yield made
    made.close()


@pytest.fixture
def base(tmp_path: Path) -> InstalledBundle:
    folder = tmp_path / "base"
    shutil.copytree(TINY, folder)
    return InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest(), batchable=True)


@pytest.fixture
def make_lora(tmp_path: Path, base: InstalledBundle) -> MakeLora:
    """Makes the bundle of one of the tiny LoRAs, or of any tensors."""

    def make(name: str, tensors: dict[str, np.ndarray] | None = None) -> InstalledBundle:
        folder = tmp_path / name
        folder.mkdir()
        if tensors is None:
            shutil.copy(LORAS / f"{name}.safetensors", folder / "l.safetensors")
        else:
            write(folder / "l.safetensors", tensors)
        return lora_on(base, folder)

    return make


def lora_on(base: InstalledBundle, folder: Path) -> InstalledBundle:
    """Give the bundle of a LoRA whose weights lie in a folder."""
    own = Manifest.model_validate(
        {
            "name": folder.name,
            "pipeline": "text-to-image",
            "license": "CC0-1.0",
            "base": base.digest,
            "lora": LoraFile(file="l.safetensors"),
        }
    )
    made = completed(own, base.manifest)
    return InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=made, batchable=True, base=base)


def finish(engine: Inference, asked: RunRequest) -> Finished:
    listener = Listener()
    engine.submit(asked, listener)
    return listener.finished()


def fail(engine: Inference, asked: RunRequest) -> ArtratorError:
    listener = Listener()
    engine.submit(asked, listener)
    return listener.error()


def asking(bundle: InstalledBundle, *loras: ChosenLora, **inputs: InputValue) -> RunRequest:
    return request(bundle, {**ASKED, **inputs}, loras=loras)


def picture(finished: Finished) -> np.ndarray:
    files = finished.outputs["images"]
    assert isinstance(files, tuple)
    (file,) = files
    assert isinstance(file, OutputFile)
    return np.asarray(Image.open(io.BytesIO(file.data)), dtype=int)


def golden(name: str) -> np.ndarray:
    path = GOLDEN if name == "plain" else LORAS / "golden.npz"
    with np.load(path) as file:
        return file[name][0].astype(int)


def apart(one: np.ndarray, other: np.ndarray) -> int:
    return int(abs(one - other).max())


def test_loras_paint_what_diffusers_paints_with_them(
    engine: Inference, base: InstalledBundle, make_lora: MakeLora
) -> None:
    style, ink = make_lora("style"), make_lora("ink")
    both = (ChosenLora(bundle=style, weight=0.7), ChosenLora(bundle=ink, weight=1.5))
    painted = {
        "plain": asking(base),
        "style": asking(style),
        "style_half": asking(style, **{LORA_WEIGHT: 0.5}),
        "ink": asking(ink),
        "both": asking(base, *both),
    }
    for name, asked in painted.items():
        assert apart(picture(finish(engine, asked)), golden(name)) <= 1, name
    assert apart(golden("style"), golden("plain")) > 20


def test_a_lora_of_its_own_model_and_another_beside_it_add_up(engine: Inference, make_lora: MakeLora) -> None:
    style, ink = make_lora("style"), make_lora("ink")
    asked = asking(style, ChosenLora(bundle=ink, weight=1.5), **{LORA_WEIGHT: 0.7})
    assert apart(picture(finish(engine, asked)), golden("both")) <= 1


def test_runs_with_and_without_loras_do_not_touch_each_other(
    engine: Inference, base: InstalledBundle, make_lora: MakeLora
) -> None:
    style, ink = make_lora("style"), make_lora("ink")
    listeners: list[tuple[str, Listener]] = []
    for name, bundle in [("plain", base), ("style", style), ("ink", ink)] * 4:
        listeners.append((name, Listener()))
        engine.submit(asking(bundle), listeners[-1][1])
    assert all(apart(picture(listener.finished()), golden(name)) <= 1 for name, listener in listeners)


def test_a_second_lora_costs_its_own_bytes_and_the_base_stays_one(engine: Inference, make_lora: MakeLora) -> None:
    style, ink = make_lora("style"), make_lora("ink")
    finish(engine, asking(style))
    before_bytes = engine.used_bytes
    finish(engine, asking(ink))
    assert 0 < engine.used_bytes - before_bytes <= 1.2 * 6528  # the bytes of its factors in float32


def test_a_lora_that_counts_nothing_is_the_base(engine: Inference, make_lora: MakeLora) -> None:
    assert apart(picture(finish(engine, asking(make_lora("style"), **{LORA_WEIGHT: 0.0}))), golden("plain")) == 0


def test_a_lora_for_another_base_fails_alone_and_says_why(
    engine: Inference, base: InstalledBundle, make_lora: MakeLora
) -> None:
    down, up = np.zeros((2, 5), np.float32), np.zeros((6, 2), np.float32)
    foreign = make_lora(
        "foreign", {"lora_unet_conv_out.lora_down.weight": down, "lora_unet_conv_out.lora_up.weight": up}
    )
    error = fail(engine, asking(foreign))
    assert error.code == "lora_shape_mismatch"
    broken = make_lora("broken", {"lora_unet_nowhere.lora_down.weight": down, "lora_unet_nowhere.lora_up.weight": up})
    assert fail(engine, asking(broken)).code == "lora_module_unknown"
    assert apart(picture(finish(engine, asking(base))), golden("plain")) <= 1


def test_what_is_forgotten_is_read_anew(engine: Inference, base: InstalledBundle, make_lora: MakeLora) -> None:
    style = make_lora("style")
    finish(engine, asking(style))
    for digest in (style.digest, base.digest):
        engine.unload(digest)
    assert engine.used_bytes == 0
    assert apart(picture(finish(engine, asking(style))), golden("style")) <= 1
