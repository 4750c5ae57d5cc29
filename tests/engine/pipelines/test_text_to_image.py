"""The diffusion pipeline on a tiny random model, pixel by pixel against diffusers' own pipelines."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import JsonValue
from tests.engine.conftest import Listener, request

from artrator.bundle.config import TokenizerConfig
from artrator.bundle.digest import bundle_digest
from artrator.bundle.manifest import Manifest, check_manifest
from artrator.engine.codecs.text import read_tokenizer
from artrator.engine.errors import ModelFault
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import Finished, InputValue, InstalledBundle, OutputFile, Progressed
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError, Invalid

TINY = Path(__file__).parent / "tiny_diffusion"
GOLDEN = TINY / "golden.npz"
TOKENS = TokenizerConfig(length=16)
ASKED: dict[str, InputValue] = {
    "prompt": "A red circle, it's 4 o'clock!",
    "negative_prompt": "blue",
    "guidance": 5.0,
    "seed": 11,
}
ORIENTATION, TURNED = 0x0112, 6
"""The EXIF tag, and its value for a camera that was held upright."""
PREVIEW = [[40.0, 0.0, 0.0], [0.0, 40.0, 0.0], [0.0, 0.0, 40.0], [0.0, 0.0, 0.0], [128.0, 128.0, 128.0]]


def manifest(**config: JsonValue) -> Manifest:
    roles = ("text_encoder", "unet", "vae_decoder", "vae_encoder")
    return check_manifest(
        Manifest.model_validate(
            {
                "name": "tiny",
                "pipeline": "text-to-image",
                "license": "CC0-1.0",
                "graphs": {role: f"{role}/model.onnx" for role in roles},
                "inputs": {
                    "prompt": {"type": "text"},
                    "negative_prompt": {"type": "text", "required": False},
                    "steps": {"type": "integer", "default": 6, "minimum": 1, "maximum": 50},
                    "guidance": {"type": "number", "required": False},
                    "seed": {"type": "seed"},
                    "count": {"type": "integer", "default": 1},
                    "width": {"type": "integer", "required": False},
                    "image": {"type": "image", "required": False},
                    "strength": {"type": "number", "required": False},
                    "mask": {"type": "image", "required": False},
                },
                "outputs": {"images": {"type": "images"}},
                "config": {
                    "scheduler": json.loads((TINY / "scheduler" / "scheduler_config.json").read_text()),
                    "tokenizer": {"length": 16},
                    "px_per_latent": 2,
                    "multiple_of": 8,
                    "width_px": 32,
                    "height_px": 32,
                    **config,
                },
            }
        )
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[Inference]:
    """One for all tests here: loading four graphs takes longer than painting with them."""
    made = Inference(EngineSettings(threads_per_worker=2))
    yield made
    made.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., InstalledBundle]:
    """Makes the tiny model's bundle, with other settings where they are given."""

    def make(**config: JsonValue) -> InstalledBundle:
        folder = tmp_path / "tiny"
        shutil.copytree(TINY, folder, dirs_exist_ok=True)
        made = manifest(**config)
        return InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=made, batchable=True)

    return make


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as file:
        return dict(file)


def finish(engine: Inference, bundle: InstalledBundle, inputs: dict[str, InputValue]) -> Finished:
    listener = Listener()
    engine.submit(request(bundle, inputs), listener)
    return listener.finished()


def fail(engine: Inference, bundle: InstalledBundle, inputs: dict[str, InputValue]) -> ArtratorError:
    listener = Listener()
    engine.submit(request(bundle, inputs), listener)
    return listener.error()


def pictures(finished: Finished) -> np.ndarray:
    files = finished.outputs["images"]
    assert isinstance(files, tuple)
    return np.stack([pixels(file) for file in files])


def pixels(file: OutputFile) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file.data)).convert("RGB"))


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def photograph(side_px: int = 32) -> bytes:
    down, right = np.mgrid[0 : 1 : side_px * 1j, 0 : 1 : side_px * 1j]
    return png((np.stack([down, right, (down + right) / 2], axis=2) * 255).astype(np.uint8))


def mask() -> bytes:
    white = np.zeros((32, 32), np.uint8)
    white[8:24, 12:28] = 255
    return png(white)


def assert_same(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted.astype(int)).max() <= 1  # where a value lies between two of 0..255


def assert_same_together(engine: Inference, bundle: InstalledBundle, asked: list[dict[str, InputValue]]) -> None:
    """Hold runs that share batches to what each gives alone."""
    alone = [pictures(finish(engine, bundle, each)) for each in asked]
    listeners = [Listener() for _ in asked]
    for each, listener in zip(asked, listeners, strict=True):
        engine.submit(request(bundle, each), listener)
    for listener, wanted in zip(listeners, alone, strict=True):
        assert_same(pictures(listener.finished()), wanted)


def test_the_tokenizer_gives_the_ids_of_clips(golden: dict[str, np.ndarray]) -> None:
    tokenizer = read_tokenizer(TINY, TOKENS)
    texts = ("A red circle, it's 4 o'clock!", "blue", "Ünïcode 그림 <|endoftext|> x")
    np.testing.assert_array_equal([tokenizer.encode(text) for text in texts], golden["ids"])


def test_text_to_image_paints_what_diffusers_paints(
    engine: Inference, tiny: Callable[..., InstalledBundle], golden: dict[str, np.ndarray]
) -> None:
    assert_same(pictures(finish(engine, tiny(), {**ASKED, "steps": 6, "count": 2})), golden["text"])


def test_without_guidance_the_negative_prompt_is_not_asked(
    engine: Inference, tiny: Callable[..., InstalledBundle], golden: dict[str, np.ndarray]
) -> None:
    asked = {**ASKED, "steps": 4, "guidance": 1.0}
    assert_same(pictures(finish(engine, tiny(), asked)), golden["plain"])


def test_image_to_image_paints_what_diffusers_paints(
    engine: Inference, tiny: Callable[..., InstalledBundle], golden: dict[str, np.ndarray]
) -> None:
    asked = {**ASKED, "steps": 10, "image": photograph(), "strength": 0.6}
    assert_same(pictures(finish(engine, tiny(), asked)), golden["image"])


def test_inpainting_paints_what_diffusers_paints(
    engine: Inference, tiny: Callable[..., InstalledBundle], golden: dict[str, np.ndarray]
) -> None:
    asked = {**ASKED, "steps": 10, "image": photograph(), "mask": mask(), "strength": 0.8}
    assert_same(pictures(finish(engine, tiny(), asked)), golden["inpaint"])


def test_a_picture_of_several_can_be_made_again_alone(engine: Inference, tiny: Callable[..., InstalledBundle]) -> None:
    bundle = tiny()
    three = pictures(finish(engine, bundle, {**ASKED, "count": 3}))
    assert_same(pictures(finish(engine, bundle, {**ASKED, "seed": 13}))[0], three[2])
    assert np.abs(three[0].astype(int) - three[2].astype(int)).max() > 10


def test_runs_of_different_prompts_and_steps_give_together_what_they_give_alone(
    engine: Inference, tiny: Callable[..., InstalledBundle]
) -> None:
    bundle = tiny()
    asked = [
        {**ASKED, "prompt": prompt, "steps": steps} for prompt, steps in (("red", 3), ("blue clock", 9), ("it", 6))
    ]
    assert_same_together(engine, bundle, asked)


def test_progress_counts_the_steps_and_shows_previews(engine: Inference, tiny: Callable[..., InstalledBundle]) -> None:
    listener = Listener()
    engine.submit(request(tiny(preview=PREVIEW), {**ASKED, "steps": 20}), listener)
    listener.finished()
    told = [event for event in listener.seen if isinstance(event, Progressed)]
    assert [(event.step, event.steps) for event in told] == [(step, 20) for step in range(1, 21)]
    shown = [event.preview for event in told if event.preview is not None]
    assert 1 < len(shown) <= 8
    assert Image.open(io.BytesIO(shown[0])).size == (16, 16)


def test_the_picture_takes_the_shape_of_the_image_that_it_begins_from(
    engine: Inference, tiny: Callable[..., InstalledBundle]
) -> None:
    wide = png(np.full((60, 120, 3), 90, np.uint8))
    assert pictures(finish(engine, tiny(), {**ASKED, "image": wide})).shape == (1, 16, 32, 3)


def test_an_image_is_turned_upright_before_its_shape_is_taken(
    engine: Inference, tiny: Callable[..., InstalledBundle]
) -> None:
    lying = Image.fromarray(np.full((60, 120, 3), 90, np.uint8))
    exif = lying.getexif()
    exif[ORIENTATION] = TURNED
    buffer = io.BytesIO()
    lying.save(buffer, "JPEG", exif=exif)
    made = pictures(finish(engine, tiny(), {**ASKED, "steps": 2, "image": buffer.getvalue()}))
    assert made.shape == (1, 32, 16, 3)


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("I;16", "PNG"), ("P", "GIF"), ("LA", "PNG")])
def test_an_image_of_any_mode_is_painted_over(
    engine: Inference, tiny: Callable[..., InstalledBundle], mode: str, kind: str
) -> None:
    frame, buffer = Image.new(mode, (40, 40)), io.BytesIO()
    animated = {"save_all": True, "append_images": [frame.copy()] * 3} if kind == "GIF" else {}
    frame.save(buffer, kind, **animated)
    made = pictures(finish(engine, tiny(), {**ASKED, "steps": 2, "image": buffer.getvalue()}))
    assert made.shape == (1, 32, 32, 3)


@pytest.mark.parametrize(
    "name", ["EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "UniPCMultistepScheduler"]
)
def test_a_mask_keeps_what_it_does_not_cover_with_any_sampler(
    engine: Inference, tiny: Callable[..., InstalledBundle], name: str
) -> None:
    bundle = tiny(scheduler={"_class_name": name, "beta_start": 0.00085, "beta_end": 0.012})
    nothing = png(np.zeros((32, 32), np.uint8))
    kept = pictures(finish(engine, bundle, {**ASKED, "image": photograph(), "mask": nothing, "strength": 1.0}))
    same = pictures(finish(engine, bundle, {**ASKED, "image": photograph(), "strength": 0.0}))
    assert_same(kept, same)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"steps": 0}, "inputs.steps"),
        ({"steps": 10_000}, "inputs.steps"),
        ({"width": 33}, "inputs.width"),
        ({"width": -64}, "inputs.width"),
        ({"width": 2**40}, "inputs.width"),
        ({"guidance": float("nan")}, "inputs.guidance"),
        ({"guidance": -1.0}, "inputs.guidance"),
        ({"strength": 1.5}, "inputs.strength"),
        ({"steps": 1, "strength": 0.5, "image": photograph()}, "inputs.strength"),
        ({"count": 1000}, "inputs.count"),
        ({"mask": png(np.zeros((8, 8), np.uint8))}, "inputs.image"),
        ({"image": b"no picture"}, "inputs.image"),
        ({"prompt": 3}, "inputs.prompt"),
    ],
)
def test_what_cannot_be_painted_is_refused_by_name(
    engine: Inference, tiny: Callable[..., InstalledBundle], wrong: dict[str, InputValue], field: str
) -> None:
    error = fail(engine, tiny(), {**ASKED, **wrong})
    assert isinstance(error, Invalid)
    assert error.field == field


@pytest.mark.parametrize("prompt", ["", " \n\t", "x" * 10_000, "그림 🎨 \x00 <|startoftext|>", "\u202e\ufffd"])
def test_any_prompt_gives_a_picture(engine: Inference, tiny: Callable[..., InstalledBundle], prompt: str) -> None:
    assert pictures(finish(engine, tiny(), {**ASKED, "prompt": prompt, "steps": 1})).shape == (1, 32, 32, 3)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("vocab.json", "{"),
        ("vocab.json", "[]"),
        ("vocab.json", '{"a": "b"}'),
        ("vocab.json", '{"<|startoftext|>": 1}'),
        ("merges.txt", "a b c\n"),
        ("merges.txt", "nosuch token\n"),
    ],
)
def test_a_broken_tokenizer_is_the_models_fault(
    engine: Inference, tiny: Callable[..., InstalledBundle], file: str, text: str
) -> None:
    bundle = tiny()
    (bundle.folder / "tokenizer" / file).write_text(text)
    bundle = replace(bundle, digest=bundle_digest(bundle.folder))
    error = fail(engine, bundle, ASKED)
    assert isinstance(error, ModelFault)
    assert f"tokenizer/{file}" in error.message


def test_a_config_with_a_scheduler_that_is_not_supported_is_refused() -> None:
    with pytest.raises(Invalid, match="FlowMatchEulerDiscreteScheduler"):
        manifest(scheduler={"_class_name": "FlowMatchEulerDiscreteScheduler"})
