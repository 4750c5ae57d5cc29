"""What a diffusion model cannot paint is refused by name before anything is held, whatever its manifest allows."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.engine.pipelines.tiny_models import detected, lay_out
from tests.predictions.conftest import CREDITS_MICROS, PRICE_MICROS, Scene

from artrator.bundle.fields import IntegerInput, NumberInput
from artrator.bundle.manifest import MANIFEST_NAME, write_manifest
from artrator.kernel.errors import ArtratorError
from artrator.predictions.prediction import Json
from artrator.predictions.submit import NewRun, VersionRef


def publishable(folder: Path) -> Path:
    """A tiny diffusion model whose manifest bounds nothing."""
    manifest = detected(lay_out(folder))
    free = dict(manifest.inputs)
    for name, field in free.items():
        if isinstance(field, IntegerInput | NumberInput):
            free[name] = field.model_copy(update={"minimum": None, "maximum": None})
    (folder / "golden.npz").unlink()
    (folder / MANIFEST_NAME).write_text(write_manifest(manifest.model_copy(update={"inputs": free})))
    return folder


def data_url(content: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(content).decode()


def picture() -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(buffer, "PNG")
    return data_url(buffer.getvalue())


def huge(side: int) -> str:
    """A PNG that says that it is huge and holds next to nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return data_url(b"\x89PNG\r\n\x1a\n" + chunk)


WRONG: list[tuple[dict[str, Json], str, str]] = [
    ({"prompt": "x" * 10_000}, "input_out_of_range", "prompt"),
    ({"prompt": ["a", "list"]}, "input_wrong_type", "prompt"),
    ({"steps": 0}, "steps_out_of_range", "steps"),
    ({"steps": 10_000}, "steps_out_of_range", "steps"),
    ({"steps": -(2**62)}, "steps_out_of_range", "steps"),
    ({"guidance": float("nan")}, "input_out_of_range", "guidance"),
    ({"guidance": float("inf")}, "input_out_of_range", "guidance"),
    ({"guidance": -7.5}, "input_out_of_range", "guidance"),
    ({"width": 33}, "size_unsupported", "width"),
    ({"height": 0}, "size_unsupported", "height"),
    ({"width": -64}, "size_unsupported", "width"),
    ({"width": 2**40}, "size_unsupported", "width"),
    ({"width": 100_000, "height": 100_000}, "size_unsupported", "width"),
    ({"count": 0}, "input_out_of_range", "count"),
    ({"count": 10**6}, "input_out_of_range", "count"),
    ({"mask": picture()}, "input_missing", "image"),
    ({"image": picture(), "strength": 1.01}, "input_out_of_range", "strength"),
    ({"image": picture(), "strength": 0.1, "steps": 4}, "strength_too_low", "strength"),
    ({"image": huge(50_000)}, "image_too_large", "image"),
    ({"image": data_url(b"no picture at all")}, "image_malformed", "image"),
    ({"image": picture(), "mask": huge(50_000)}, "image_too_large", "mask"),
    ({"image": picture(), "mask": data_url(b"")}, "input_empty", "mask"),
    ({"image": 7}, "input_wrong_type", "image"),
    ({"seed": -1}, "input_out_of_range", "seed"),
    ({"colour": "red"}, "input_unknown", "colour"),
]


@pytest.mark.parametrize("wait_s", [10.0, None])
async def test_what_cannot_be_painted_is_refused_before_anything_is_held(
    scene: Scene, tmp_path: Path, wait_s: float | None
) -> None:
    await scene.platform.publish(scene.creator, publishable(tmp_path / "tiny"), price_micros=PRICE_MICROS)
    ref = VersionRef(owner="atelier", name="tiny")
    for wrong, code, field in WRONG:
        asked = NewRun(user=scene.buyer, version=ref, input={"prompt": "red", **wrong}, wait_s=wait_s)
        with pytest.raises(ArtratorError) as refusal:
            await scene.platform.predictions.submission.submit(asked)
        assert (refusal.value.code, refusal.value.field) == (code, f"inputs.{field}"), wrong
    page = await scene.platform.predictions.reader.list_page(scene.buyer.id, cursor=None, rows=10)
    assert (page.rows, scene.fleet.requests) == ([], [])
    assert await scene.available() == CREDITS_MICROS
    assert (await scene.platform.wallets.balance(scene.buyer.id)).held == 0


@pytest.mark.parametrize("prompt", ["", " \n", "그림 🎨", "\u202e\ufffd مرحبا", "<|endoftext|>!"])
async def test_a_prompt_in_any_script_is_taken(scene: Scene, tmp_path: Path, prompt: str) -> None:
    await scene.platform.publish(scene.creator, publishable(tmp_path / "tiny"), price_micros=PRICE_MICROS)
    ref = VersionRef(owner="atelier", name="tiny")
    asked = NewRun(user=scene.buyer, version=ref, input={"prompt": prompt}, wait_s=10.0)
    await scene.platform.predictions.submission.submit(asked)
    assert scene.fleet.requests[-1].inputs["prompt"] == prompt
