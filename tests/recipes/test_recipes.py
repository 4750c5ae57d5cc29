"""Each training recipe from its command to a checked ONNX file, in a run too short to learn anything."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from artrator.bundle.manifest import read_manifest
from artrator.engine.codecs.text import read_tokenizer
from artrator.recipes.museum.vocabulary import tokenizer_config

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


def make(recipe: str, out: Path, *more: str) -> str:
    command = [sys.executable, "-m", f"artrator.recipes.{recipe}", "--out", str(out), "--quick", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def run(file: Path, **tensors: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, tensors)


def test_the_gan_recipe_writes_a_decoder(tmp_path: Path) -> None:
    make("shape_gan", tmp_path, "--threads", "1")
    latent = np.random.default_rng(0).standard_normal((3, 65)).astype(np.float32)
    assert run(tmp_path / "decoder.onnx", latent=latent)[0].shape == (3, 3, 256, 256)


def test_the_vae_recipe_writes_a_decoder(tmp_path: Path) -> None:
    make("palette_vae", tmp_path, "--threads", "1")
    latent = np.zeros((3, 48), np.float32)
    (images,) = run(tmp_path / "decoder.onnx", latent=latent, style=np.array([0, 1, 2]), palette=np.array([3, 4, 5]))
    assert images.shape == (3, 3, 256, 256)


def test_the_flow_recipe_writes_a_decoder_and_says_what_a_drawing_costs(tmp_path: Path) -> None:
    told = make("digits_flow", tmp_path, "--threads", "1")
    latent = np.random.default_rng(0).standard_normal((3, 1024)).astype(np.float32)
    (images,) = run(tmp_path / "decoder.onnx", latent=latent, digit=np.array([0, 5, 9]))
    assert images.shape == (3, 3, 256, 256)
    assert np.isfinite(images).all()
    bits, by_histograms = (
        float(each) for each in re.findall(r"(\d+\.\d+) bits a pixel.*histograms (\d+\.\d+)", told)[0]
    )
    assert 0 < bits < 6
    assert 0 < by_histograms < 4


def test_the_reader_recipe_writes_a_reader_and_says_how_well_it_reads(tmp_path: Path) -> None:
    told = make("style_reader", tmp_path, "--threads", "1")
    style, palette = run(tmp_path / "reader.onnx", image=np.zeros((2, 3, 96, 96), np.float32))
    assert (style.shape, palette.shape) == ((2, 13), (2, 11))
    assert "fresh pictures: style" in told


@pytest.mark.timeout(900)  # each exports four graphs
@pytest.mark.parametrize(("recipe", "scheduler"), [("small_museum", "DDIM"), ("small_museum_fast", "LCM")])
def test_a_museum_recipe_writes_a_folder_in_the_layout_of_diffusers(
    tmp_path: Path, recipe: str, scheduler: str
) -> None:
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")
    make(recipe, tmp_path, "--threads", "2")
    assert read_manifest((tmp_path / "artrator.yaml").read_text()).name == recipe.replace("_", "-")
    assert f"{scheduler}Scheduler" in (tmp_path / "scheduler" / "scheduler_config.json").read_text()
    tokenizer = read_tokenizer(tmp_path, tokenizer_config())
    ids = np.array([tokenizer.encode("ocean waves"), tokenizer.encode("그림")])
    (texts,) = run(tmp_path / "text_encoder" / "model.onnx", input_ids=ids)
    noise = np.random.default_rng(0).standard_normal((2, 12, 8, 8)).astype(np.float32)
    asked = {"sample": noise, "timestep": np.array([999, 1], np.float32), "encoder_hidden_states": texts}
    (velocity,) = run(tmp_path / "unet" / "model.onnx", **asked)
    (pictures,) = run(tmp_path / "vae_decoder" / "model.onnx", latent_sample=velocity)
    (latents,) = run(tmp_path / "vae_encoder" / "model.onnx", sample=pictures)
    assert (velocity.shape, pictures.shape, latents.shape) == ((2, 12, 8, 8), (2, 3, 128, 128), (2, 24, 8, 8))
    assert np.isfinite(latents).all()


def test_a_stopped_training_goes_on_where_it_was(tmp_path: Path) -> None:
    make("style_reader", tmp_path, "--threads", "1", "--steps", "2")
    told = make("style_reader", tmp_path, "--threads", "1", "--steps", "3")
    assert "going on from step 2" in told
    assert "painting" not in told
    assert "style-reader 3/3" in told


@pytest.mark.parametrize(
    ("recipe", "starter", "file"),
    [
        ("pencil_sketch", "pencil-sketch", "sketch.onnx"),
        ("warm_cool", "warm-cool", "warmth.onnx"),
    ],
)
def test_a_tensor_function_is_made_again_as_it_ships(tmp_path: Path, recipe: str, starter: str, file: str) -> None:
    from artrator.starters import starter_folders

    make(recipe, tmp_path)
    shipped = next(folder for folder in starter_folders() if folder.name == starter) / file
    image = np.random.default_rng(0).random((1, 3, 40, 50), np.float32)
    session = onnxruntime.InferenceSession(shipped, providers=["CPUExecutionProvider"])
    tensors = {each.name: np.full(1, 0.4, np.float32) for each in session.get_inputs()[1:]} | {"image": image}
    assert np.array_equal(session.run(None, tensors)[0], run(tmp_path / file, **tensors)[0])
