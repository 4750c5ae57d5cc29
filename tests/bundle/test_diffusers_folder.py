"""A folder in diffusers' ONNX layout says its own manifest, or the refusal says what is not supported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.pipelines.tiny_models import XL, facts_of, lay_out

from artrator.bundle.config import Pipeline, TextToImageConfig
from artrator.bundle.diffusers_folder import detect_folder
from artrator.bundle.facts import GraphFacts, TensorSpec
from artrator.bundle.fields import default_of, is_required
from artrator.bundle.manifest import Manifest, read_manifest, write_manifest
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.kernel.errors import Invalid

TINY = Path(__file__).parents[1] / "engine" / "pipelines" / "tiny_diffusion"


@pytest.fixture(scope="module")
def facts() -> Mapping[str, GraphFacts]:
    return {str(path.relative_to(TINY)): read_graph_facts(path) for path in TINY.rglob("*.onnx")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def detected(folder: Path, facts: Mapping[str, GraphFacts]) -> Manifest:
    return detect_folder(folder, facts, name="tiny", license="MIT")


def refusal(folder: Path, facts: Mapping[str, GraphFacts]) -> str:
    with pytest.raises(Invalid) as caught:
        detected(folder, facts)
    assert caught.value.code in ("folder_not_recognised", "sampler_unsupported")
    return caught.value.message


def change(path: Path, **more: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def test_a_folder_gives_a_manifest_that_reads_back(folder: Path, facts: Mapping[str, GraphFacts]) -> None:
    manifest = detected(folder, facts)
    assert manifest.pipeline is Pipeline.TEXT_TO_IMAGE
    assert set(manifest.graphs) == {"text_encoder", "unet", "vae_decoder", "vae_encoder"}
    assert read_manifest(write_manifest(manifest)) == manifest


def test_sizes_scale_and_tokens_come_from_the_configs_of_the_parts(
    folder: Path, facts: Mapping[str, GraphFacts]
) -> None:
    settings = detected(folder, facts).settings()
    assert isinstance(settings, TextToImageConfig)
    assert (settings.px_per_latent, settings.width_px, settings.tokenizer.length) == (2, 32, 16)
    assert settings.latent_scale == pytest.approx(0.18215)
    assert settings.sampler.class_name == "DDIMScheduler"
    assert settings.sampler.steps_offset == 1


def test_without_an_encoder_it_begins_from_no_image(folder: Path, facts: Mapping[str, GraphFacts]) -> None:
    manifest = detected(folder, {path: each for path, each in facts.items() if "vae_encoder" not in path})
    assert not {"image", "mask", "strength"} & manifest.inputs.keys()


def test_a_pad_token_written_as_an_object_is_read(folder: Path, facts: Mapping[str, GraphFacts]) -> None:
    (folder / "tokenizer" / "special_tokens_map.json").write_text('{"pad_token": {"content": "!", "lstrip": false}}')
    settings = detected(folder, facts).settings()
    assert isinstance(settings, TextToImageConfig)
    assert settings.tokenizer.pad == "!"


@pytest.mark.parametrize(
    ("file", "more", "said"),
    [
        ("model_index.json", {"_class_name": "StableDiffusion3Pipeline"}, "'StableDiffusion3Pipeline'"),
        ("model_index.json", {"requires_aesthetics_score": True}, "requires_aesthetics_score"),
        ("model_index.json", {"_class_name": 3}, "_class_name"),
        ("scheduler/scheduler_config.json", {"_class_name": "FlowMatchEulerDiscreteScheduler"}, "FlowMatchEuler"),
        ("vae_decoder/config.json", {"scaling_factor": -1}, "scaling_factor"),
        ("vae_decoder/config.json", {"latents_mean": [0.0] * 4}, "latents_mean"),
        ("vae_decoder/config.json", {"block_out_channels": [8] * 100}, "block_out_channels"),
        ("unet/config.json", {"sample_size": 10**9}, "sample_size"),
        ("unet/config.json", {"time_cond_proj_dim": 256}, "time_cond_proj_dim"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(
    folder: Path, facts: Mapping[str, GraphFacts], file: str, more: dict[str, object], said: str
) -> None:
    change(folder / file, **more)
    assert said in refusal(folder, facts)


@pytest.mark.parametrize("file", ["scheduler/scheduler_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt"])
def test_a_file_that_is_not_there_is_named(folder: Path, facts: Mapping[str, GraphFacts], file: str) -> None:
    (folder / file).unlink()
    assert file in refusal(folder, facts)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, facts: Mapping[str, GraphFacts]) -> None:
    (folder / "model_index.json").unlink()
    (folder / "model_index.json").symlink_to(TINY / "model_index.json")
    assert "link" in refusal(folder, facts)


def test_a_unet_with_other_inputs_is_refused_with_those_that_are_supported(
    folder: Path, facts: Mapping[str, GraphFacts]
) -> None:
    unet = facts["unet/model.onnx"]
    extra = TensorSpec(name="time_ids", dtype="float32", dims=("batch", 6))
    wider = replace(unet, inputs=(*unet.inputs, extra))
    message = refusal(folder, {**facts, "unet/model.onnx": wider})
    assert "time_ids" in message
    assert "encoder_hidden_states, sample, timestep" in message


@pytest.mark.parametrize("channels", [3, 5, 8, 10])
def test_a_unet_of_channels_that_nothing_explains_is_refused(
    folder: Path, facts: Mapping[str, GraphFacts], channels: int
) -> None:
    unet = facts["unet/model.onnx"]
    wider = replace(unet, inputs=tuple(_of_channels(spec, channels) for spec in unet.inputs))
    assert f"takes {channels} channels" in refusal(folder, {**facts, "unet/model.onnx": wider})


def _of_channels(spec: TensorSpec, channels: int) -> TensorSpec:
    return replace(spec, dims=(spec.dims[0], channels, *spec.dims[2:])) if spec.name == "sample" else spec


def test_sdxl_needs_its_second_text_encoder_and_tokenizer(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "xl", XL)
    facts = facts_of(folder)
    settings = detected(folder, facts).settings()
    assert isinstance(settings, TextToImageConfig)
    assert settings.tokenizer_2 is not None
    assert (settings.tokenizer_2.pad, settings.zero_empty_negative) == ("!", True)
    message = refusal(folder, {path: each for path, each in facts.items() if "text_encoder_2" not in path})
    assert "text_embeds" in message
    shutil.rmtree(folder / "tokenizer_2")
    assert "tokenizer_2/vocab.json" in refusal(folder, facts)


def test_an_inpainting_model_asks_for_a_picture_and_a_mask(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "inpaint", "inpaint")
    manifest = detected(folder, facts_of(folder))
    assert all(is_required(manifest.inputs[name]) for name in ("image", "mask"))
    assert read_manifest(write_manifest(manifest)) == manifest


def test_a_controlnet_asks_for_the_picture_that_it_follows(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "controlnet", "controlnet")
    facts = facts_of(folder)
    manifest = detected(folder, facts)
    assert "controlnet" in manifest.graphs
    assert is_required(manifest.inputs["control_image"])
    assert "residual" in refusal(folder, {path: each for path, each in facts.items() if "controlnet" not in path})


def test_a_consistency_model_takes_few_steps_and_its_own_guidance(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "lcm", "lcm")
    manifest = detected(folder, facts_of(folder))
    assert (default_of(manifest.inputs["steps"]), default_of(manifest.inputs["guidance"])) == (4, 8.5)


def test_a_graph_that_lacks_is_named(folder: Path, facts: Mapping[str, GraphFacts]) -> None:
    assert "vae_decoder" in refusal(folder, {path: each for path, each in facts.items() if "vae_decoder" not in path})
