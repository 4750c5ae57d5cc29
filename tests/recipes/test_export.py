"""Exported pipelines: the pictures that diffusers paints, open to LoRAs, and smaller ones that hardly differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

import torch
from safetensors.torch import save_file
from tests.engine.pipelines.make_tiny_diffusion import PROMPT, SEED, SIDE_PX, TOKENS, noise, parts
from tests.engine.pipelines.make_tiny_variants import edges, random
from tests.engine.pipelines.test_text_to_image import photograph
from tests.recipes.single_file import write_single_file

from artrator.bundle.diffusers_folder import detect_folder
from artrator.bundle.digest import bundle_digest, bundle_files
from artrator.bundle.lora import open_lora
from artrator.bundle.manifest import Manifest
from artrator.bundle.onnx_adapt import read_adaptable
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import InputValue, InstalledBundle
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Invalid
from artrator.recipes.export import quality
from artrator.recipes.export.opening import is_xl, open_pipeline
from artrator.recipes.export.stable_diffusion import export_pipeline
from artrator.recipes.export.weights import Stored
from artrator.verification.checks.operators import operator_faults

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280), pytest.mark.filterwarnings("default")]
LORAS = Path(__file__).parents[1] / "engine" / "pipelines" / "tiny_loras"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tiny random Stable Diffusion, written by diffusers and read from its folder."""
    from diffusers import StableDiffusionPipeline

    folder = tmp_path_factory.mktemp("source") / "tiny"
    StableDiffusionPipeline(**parts(), requires_safety_checker=False).save_pretrained(folder)
    return open_pipeline(folder)


def exported(pipeline: Any, folder: Path, stored: Stored) -> Manifest:
    """Export, and read the manifest off the folder."""
    export_pipeline(pipeline, folder, stored)
    graphs = [each for each in bundle_files(folder) if each.endswith(".onnx")]
    facts = {graph: read_graph_facts(folder / graph, folder=folder) for graph in graphs}
    assert [fault.text for path, each in facts.items() for fault in operator_faults(each, path)] == []
    return detect_folder(folder, facts, name="tiny", license="CC0-1.0")


def xl_pipeline() -> Any:
    """A tiny random SDXL: two text encoders, size conditioning."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from tests.engine.pipelines.make_tiny_variants import XL
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    made = parts()
    tokenizer = made["tokenizer"]
    first, second = (
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            projection_dim=16,
            max_position_embeddings=TOKENS,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=tokenizer.bos_token_id,
        )
        for width in (12, 20)
    )
    return StableDiffusionXLPipeline(
        vae=made["vae"],
        text_encoder=CLIPTextModel(first).eval(),
        text_encoder_2=CLIPTextModelWithProjection(second).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=UNet2DConditionModel(**XL).eval(),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading"
        ),
        add_watermarker=False,
    )


def painted_by_us(pipeline: Any, folder: Path, **more: InputValue) -> np.ndarray:
    """Export, and paint by our own engine."""
    manifest = exported(pipeline, folder, Stored.FP32)
    bundle = InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest, batchable=True)
    engine = Inference(EngineSettings())
    asked = {"prompt": PROMPT, "guidance": 4.0, "seed": SEED, "steps": 4, "width": SIDE_PX, "height": SIDE_PX, **more}
    try:
        return quality.painted(engine, bundle, asked).astype(int)
    finally:
        engine.close()


@torch.no_grad()
def painted_by_diffusers(pipeline: Any, **more: object) -> np.ndarray:
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline(
        prompt=PROMPT,
        guidance_scale=4.0,
        output_type="np",
        num_inference_steps=4,
        latents=noise(1),
        height=SIDE_PX,
        width=SIDE_PX,
        **more,
    ).images[0]
    return (picture * 255).round().astype(int)


def test_an_exported_pipeline_paints_what_diffusers_paints(pipeline: Any, tmp_path: Path) -> None:
    assert np.abs(painted_by_us(pipeline, tmp_path / "out") - painted_by_diffusers(pipeline)).max() <= 1


def test_sdxl_is_exported_with_both_text_encoders(tmp_path: Path) -> None:
    xl = xl_pipeline()
    assert np.abs(painted_by_us(xl, tmp_path / "out") - painted_by_diffusers(xl)).max() <= 1


def controlnet_beside(pipeline: Any, folder: Path) -> Path:
    """Write a random ControlNet for a pipeline."""
    from diffusers import ControlNetModel

    made = random(ControlNetModel.from_unet(pipeline.unet, conditioning_embedding_out_channels=(8, 8)))
    made.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("make", [None, xl_pipeline], ids=["sd", "xl"])
def test_a_controlnet_is_laid_over_a_pipeline_and_leads_as_in_diffusers(
    pipeline: Any, tmp_path: Path, make: Callable[[], Any] | None
) -> None:
    source = pipeline if make is None else make()
    source.save_pretrained(tmp_path / "source")
    controlled = open_pipeline(tmp_path / "source", controlnet=controlnet_beside(source, tmp_path / "controlnet"))
    ours = painted_by_us(controlled, tmp_path / "out", control_image=photograph())
    theirs = painted_by_diffusers(controlled, image=edges())
    assert np.abs(ours - theirs).max() <= 1
    plain = painted_by_us(controlled, tmp_path / "again", control_image=photograph(), control_scale=0.0)
    assert np.abs(ours - plain).max() > 10


def test_a_controlnet_for_another_kind_of_model_is_refused(pipeline: Any, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path / "source")
    foreign = controlnet_beside(xl_pipeline(), tmp_path / "controlnet")
    with pytest.raises(Invalid) as refused:
        open_pipeline(tmp_path / "source", controlnet=foreign)
    assert (refused.value.code, refused.value.field) == ("controlnet_unfit", "controlnet")


@pytest.mark.parametrize("make", [None, xl_pipeline], ids=["sd", "xl"])
def test_a_checkpoint_of_one_file_is_opened_by_the_configs_of_a_folder(
    pipeline: Any, tmp_path: Path, make: Callable[[], Any] | None
) -> None:
    source = pipeline if make is None else make()
    folder, file = tmp_path / "like", tmp_path / "tiny.safetensors"
    source.save_pretrained(folder)
    write_single_file(source, file)
    for weights in folder.rglob("*.safetensors"):
        weights.unlink()
    opened = open_pipeline(file, like=folder)
    assert np.abs(painted_by_us(opened, tmp_path / "out") - painted_by_diffusers(source)).max() <= 1


def test_a_checkpoint_says_by_its_weights_whether_it_is_one_of_sdxl(pipeline: Any, tmp_path: Path) -> None:
    write_single_file(pipeline, tmp_path / "xl-in-name-only.safetensors")
    assert not is_xl(tmp_path / "xl-in-name-only.safetensors")
    save_file({"conditioner.embedders.0.x": torch.zeros(1)}, tmp_path / "plain.safetensors")
    torch.save({"state_dict": {"conditioner.embedders.0.x": torch.zeros(1)}}, tmp_path / "plain.ckpt")
    assert is_xl(tmp_path / "plain.safetensors")
    assert is_xl(tmp_path / "plain.ckpt")


def test_what_is_no_checkpoint_is_refused_by_name(pipeline: Any, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path / "like")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x07\0\0\0\0\0\0\0nothing")
    for like, code in ((None, "checkpoint_needs_configs"), (tmp_path / "like", "checkpoint_unreadable")):
        with pytest.raises(Invalid) as refused:
            open_pipeline(broken, like=like)
        assert refused.value.code == code


def test_attention_is_one_node_of_the_runtime(pipeline: Any, tmp_path: Path) -> None:
    exported(pipeline, tmp_path, Stored.FP32)
    for role, count in (("unet", 8), ("vae_decoder", 1), ("vae_encoder", 1)):
        operators = read_graph_facts(tmp_path / role / "model.onnx").operators
        assert (operators.get("com.microsoft:MultiHeadAttention"), operators.get("ai.onnx:Softmax")) == (count, None)


@pytest.mark.parametrize("stored", list(Stored))
def test_every_way_to_store_weights_keeps_the_names_that_loras_need(
    pipeline: Any, tmp_path: Path, stored: Stored
) -> None:
    exported(pipeline, tmp_path, stored)
    base = {role: read_adaptable(tmp_path / role / "model.onnx") for role in ("unet", "text_encoder")}
    assert len(open_lora(LORAS, "style.safetensors", base).modules) == 53
    assert {weight.dtype for each in base.values() for weight in each.values()} == {"float32"}


def test_fewer_bytes_change_the_pictures_little(pipeline: Any, tmp_path: Path) -> None:
    manifests = {stored: exported(pipeline, tmp_path / stored, stored) for stored in Stored}
    painted = {stored: quality.paint(tmp_path / stored, each, steps=4) for stored, each in manifests.items()}
    sizes = [sum(each.stat().st_size for each in (tmp_path / stored).rglob("*.onnx")) for stored in Stored]
    assert sizes == sorted(sizes, reverse=True)
    worst = {stored: min(quality.psnr_db(painted[stored], painted[Stored.FP32])) for stored in Stored}
    assert worst[Stored.FP32] == 99.0
    assert worst[Stored.FP16] > 40
    assert worst[Stored.INT8] > 25
