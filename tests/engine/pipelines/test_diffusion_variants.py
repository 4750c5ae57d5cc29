"""The family of Stable Diffusion, pixel by pixel against diffusers' own pipelines: SDXL, inpainting, ControlNet, few steps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.pipelines.test_text_to_image import (
    ASKED,
    assert_same,
    assert_same_together,
    fail,
    finish,
    mask,
    photograph,
    pictures,
)
from tests.engine.pipelines.tiny_models import TINY, XL, detected, golden, lay_out

from artrator.bundle.digest import bundle_digest
from artrator.engine.errors import ModelFault
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import InputValue, InstalledBundle
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest

Make = Callable[..., InstalledBundle]
INPAINT: dict[str, InputValue] = {**ASKED, "image": photograph(), "mask": mask()}


@pytest.fixture(scope="module")
def engine() -> Iterator[Inference]:
    made = Inference(EngineSettings(threads_per_worker=2))
    yield made
    made.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Make:
    """Makes the bundle of a variant, by the manifest that its folder is detected as."""

    def make(*variants: str) -> InstalledBundle:
        folder = lay_out(tmp_path / "tiny", *variants)
        manifest = detected(folder)
        return InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest, batchable=True)

    return make


def without(bundle: InstalledBundle, role: str) -> InstalledBundle:
    """Give a bundle whose manifest does not name one of its graphs."""
    graphs = {name: path for name, path in bundle.manifest.graphs.items() if name != role}
    digest = Digest(f"{bundle.digest}-without-{role}")
    return replace(bundle, digest=digest, manifest=bundle.manifest.model_copy(update={"graphs": graphs}))


def test_sdxl_paints_what_diffusers_paints(engine: Inference, tiny: Make) -> None:
    found = pictures(finish(engine, tiny(XL), {**ASKED, "steps": 5, "count": 2}))
    assert_same(found, golden(XL)["text"])


@pytest.mark.parametrize("negative", [None, "", " "])
def test_sdxl_takes_zeros_for_a_negative_prompt_without_words(
    engine: Inference, tiny: Make, negative: str | None
) -> None:
    asked = {**ASKED, "negative_prompt": negative, "steps": 4}
    assert_same(pictures(finish(engine, tiny(XL), asked)), golden(XL)["unsaid"])


def test_sdxl_is_told_the_size_of_the_picture(engine: Inference, tiny: Make) -> None:
    asked = {**ASKED, "steps": 3, "width": 48, "height": 32}
    assert_same(pictures(finish(engine, tiny(XL), asked)), golden(XL)["wide"])


def test_sdxl_paints_over_an_image_as_diffusers_does(engine: Inference, tiny: Make) -> None:
    asked = {**ASKED, "steps": 10, "image": photograph(), "strength": 0.6}
    assert_same(pictures(finish(engine, tiny(XL), asked)), golden(XL)["image"])


def test_sdxl_paints_in_as_diffusers_does(engine: Inference, tiny: Make) -> None:
    assert_same(pictures(finish(engine, tiny(XL), {**INPAINT, "steps": 10, "strength": 0.8})), golden(XL)["inpaint"])


@pytest.mark.parametrize("variants", [("inpaint",), (XL, "xl_inpaint")])
@pytest.mark.parametrize(("name", "steps", "strength"), [("whole", 5, 1.0), ("part", 10, 0.6)])
def test_a_unet_made_for_inpainting_paints_in_as_diffusers_does(
    engine: Inference, tiny: Make, variants: tuple[str, ...], name: str, steps: int, strength: float
) -> None:
    found = pictures(finish(engine, tiny(*variants), {**INPAINT, "steps": steps, "strength": strength}))
    assert_same(found, golden(variants[-1])[name])


def test_a_unet_made_for_inpainting_asks_for_a_picture_and_a_mask(engine: Inference, tiny: Make) -> None:
    bundle = tiny("inpaint")
    error = fail(engine, bundle, {**ASKED, "image": photograph()})
    assert isinstance(error, Invalid)
    assert error.field == "inputs.mask"


@pytest.mark.parametrize("variants", [("controlnet",), (XL, "xl_controlnet")])
@pytest.mark.parametrize(
    ("name", "more"),
    [("follows", {"count": 2}), ("half", {"control_scale": 0.5}), ("plain", {"guidance": 1.0})],
)
def test_a_controlnet_leads_as_in_diffusers(
    engine: Inference, tiny: Make, variants: tuple[str, ...], name: str, more: dict[str, InputValue]
) -> None:
    asked = {**ASKED, "steps": 5, "control_image": photograph(), **more}
    assert_same(pictures(finish(engine, tiny(*variants), asked)), golden(variants[-1])[name])


def test_a_unet_that_waits_for_a_controlnet_which_is_not_there_is_the_models_fault(
    engine: Inference, tiny: Make
) -> None:
    bundle = without(tiny("controlnet"), "controlnet")
    error = fail(engine, bundle, ASKED)
    assert isinstance(error, ModelFault)
    assert "down_block_additional_residual_0" in error.message


def test_a_second_text_encoder_that_gives_no_hidden_states_is_the_models_fault(engine: Inference, tiny: Make) -> None:
    bundle = tiny(XL)
    shutil.copy(TINY / "text_encoder" / "model.onnx", bundle.folder / "text_encoder_2" / "model.onnx")
    error = fail(engine, replace(bundle, digest=bundle_digest(bundle.folder)), ASKED)
    assert isinstance(error, ModelFault)
    assert "text_embeds" in error.message


def test_sdxl_without_its_second_text_encoder_is_the_models_fault(engine: Inference, tiny: Make) -> None:
    error = fail(engine, without(tiny(XL), "text_encoder_2"), ASKED)
    assert isinstance(error, ModelFault)
    assert "'text_embeds'" in error.message


def test_runs_of_sdxl_give_together_what_they_give_alone(engine: Inference, tiny: Make) -> None:
    bundle = tiny(XL)
    asked = [{**ASKED, "prompt": prompt, "steps": steps} for prompt, steps in (("red", 3), ("blue clock", 6))]
    assert_same_together(engine, bundle, asked)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("text", {"steps": 1}),
        ("steps", {"steps": 4}),
        ("image", {"steps": 1, "image": photograph(), "strength": 0.5}),
        ("image_steps", {"steps": 4, "image": photograph(), "strength": 0.5}),
    ],
)
def test_a_consistency_model_takes_guidance_as_an_input(
    engine: Inference, tiny: Make, name: str, more: dict[str, InputValue]
) -> None:
    assert_same(pictures(finish(engine, tiny("lcm"), {**ASKED, "guidance": 8.0, **more})), golden("lcm")[name])


def test_a_strength_that_leaves_a_consistency_model_too_few_levels_is_refused(engine: Inference, tiny: Make) -> None:
    error = fail(engine, tiny("lcm"), {**ASKED, "image": photograph(), "steps": 4, "strength": 0.05})
    assert isinstance(error, Invalid)
    assert (error.code, error.field) == ("strength_too_low", "inputs.strength")


@pytest.mark.parametrize(
    ("name", "more"), [("one", {"steps": 1}), ("image", {"steps": 2, "image": photograph(), "strength": 0.5})]
)
def test_a_turbo_model_needs_one_step_and_no_guidance(
    engine: Inference, tiny: Make, name: str, more: dict[str, InputValue]
) -> None:
    assert_same(pictures(finish(engine, tiny("turbo"), {**ASKED, "guidance": 0.0, **more})), golden("turbo")[name])
