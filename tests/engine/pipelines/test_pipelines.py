"""Each pipeline on a tiny graph, through the whole engine."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from tests.engine.conftest import Listener, request
from tests.engine.graphs import classifier, latent_decoder

from artrator.bundle.config import Pipeline
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import Finished, InputValue, InstalledBundle, OutputFile, OutputJson
from artrator.engine.pipelines.latents import draw_latent, slerp
from artrator.engine.pipelines.registry import PIPELINES
from artrator.kernel.errors import ArtratorError

Bundles = Callable[..., InstalledBundle]


def finish(engine: Inference, bundle: InstalledBundle, inputs: dict[str, InputValue], **options: str) -> Finished:
    listener = Listener()
    engine.submit(request(bundle, inputs, **options), listener)  # type: ignore[arg-type]
    return listener.finished()


def fail(engine: Inference, bundle: InstalledBundle, inputs: dict[str, InputValue]) -> ArtratorError:
    listener = Listener()
    engine.submit(request(bundle, inputs), listener)
    return listener.error()


def picture(engine: Inference, bundle: InstalledBundle, inputs: dict[str, InputValue]) -> np.ndarray:
    file = finish(engine, bundle, inputs).outputs["image"]
    assert isinstance(file, OutputFile)
    return np.asarray(Image.open(io.BytesIO(file.data)).convert("RGB")).astype(int)


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def photograph(height_px: int, width_px: int) -> np.ndarray:
    """A smooth picture, so that scaling changes little."""
    down, right = np.mgrid[0 : 1 : height_px * 1j, 0 : 1 : width_px * 1j]
    return (np.stack([down, right, (down + right) / 2], axis=2) * 255).astype(np.uint8)


def test_every_pipeline_of_the_manifest_has_its_generator() -> None:
    assert set(PIPELINES) == set(Pipeline)


# latent-to-image


def test_a_seed_names_its_latent_for_ever() -> None:
    expected = np.array([1.5219693, -1.1441058, 1.1501616, -1.7846532], np.float32)
    assert draw_latent(7, (4,)) == pytest.approx(expected)


def test_a_decoder_paints_what_the_graph_says(engine: Inference, bundles: Bundles) -> None:
    weight = np.random.default_rng(7).standard_normal((8, 3 * 16 * 16), dtype=np.float32) * 0.4
    expected = (np.tanh(draw_latent(5, (1, 8)) @ weight).reshape(3, 16, 16).transpose(1, 2, 0) + 1) * 127.5
    assert np.abs(picture(engine, bundles("latent"), {"seed": 5}) - expected).max() <= 1


def test_truncation_at_zero_gives_every_seed_the_same_picture(engine: Inference, bundles: Bundles) -> None:
    bundle = bundles("latent")
    calm = [picture(engine, bundle, {"seed": seed, "truncation": 0}) for seed in (1, 2)]
    assert np.array_equal(calm[0], calm[1])
    assert not np.array_equal(calm[0], picture(engine, bundle, {"seed": 1}))


def test_a_blend_walks_from_one_seed_to_the_other(engine: Inference, bundles: Bundles) -> None:
    bundle = bundles("latent")
    start, end = (picture(engine, bundle, {"seed": seed}) for seed in (1, 2))
    blends = {part: picture(engine, bundle, {"seed": 1, "to_seed": 2, "blend": part}) for part in (0, 0.5, 1)}
    assert np.array_equal(blends[0], start)
    assert np.array_equal(blends[1], end)
    assert np.abs(blends[0.5] - start).mean() < np.abs(end - start).mean()


def test_slerp_keeps_to_the_great_circle() -> None:
    start, end = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    assert slerp(start, end, 0.5) == pytest.approx(np.array([0.5**0.5, 0.5**0.5]))
    assert slerp(start, start, 0.3) == pytest.approx(start)
    assert np.linalg.norm(slerp(3 * start, end, 0.5)) == pytest.approx(2)
    assert np.isfinite(slerp(start, -start, 0.5)).all()
    assert np.isfinite(slerp(0 * start, end, 0.5)).all()


def test_conditions_reach_the_decoder_as_numbers_and_choices_by_their_index(
    engine: Inference, bundles: Bundles
) -> None:
    bundle = bundles("conditional")
    calm = picture(engine, bundle, {"seed": 1})
    bold = picture(engine, bundle, {"seed": 1, "style": "bold"})
    warm = picture(engine, bundle, {"seed": 1, "warmth": 1.0})
    assert np.array_equal(bold, warm)
    assert bold.mean() > calm.mean()


def test_a_grey_decoder_gives_a_grey_picture(engine: Inference, bundles: Bundles) -> None:
    grey = bundles("latent", graph=latent_decoder(channels=1))
    file = finish(engine, grey, {"seed": 1}).outputs["image"]
    assert isinstance(file, OutputFile)
    assert Image.open(io.BytesIO(file.data)).mode == "L"


@pytest.mark.parametrize("output_format", ["png", "webp", "jpeg"])
def test_pictures_leave_in_the_format_that_was_asked(engine: Inference, bundles: Bundles, output_format: str) -> None:
    file = finish(engine, bundles("latent"), {"seed": 1}, output_format=output_format).outputs["image"]
    assert isinstance(file, OutputFile)
    assert file.media_type == f"image/{output_format}"


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": "7"}, "seed"),
        ({"seed": 1, "truncation": float("nan")}, "truncation"),
    ],
)
def test_a_bad_input_is_named(engine: Inference, bundles: Bundles, inputs: dict[str, InputValue], field: str) -> None:
    assert fail(engine, bundles("latent"), inputs).field == f"inputs.{field}"


# image-to-image


@pytest.mark.parametrize(("height_px", "width_px"), [(5, 9), (33, 17), (1, 1)])
def test_a_filter_of_any_size_keeps_every_pixel(
    engine: Inference, bundles: Bundles, height_px: int, width_px: int
) -> None:
    original = photograph(height_px, width_px)
    inverted = picture(engine, bundles("invert"), {"image": png(original)})
    assert np.array_equal(inverted, 255 - original.astype(int))


def test_a_filter_of_fixed_size_gives_the_originals_aspect_back(engine: Inference, bundles: Bundles) -> None:
    original = photograph(40, 80)
    inverted = picture(engine, bundles("fixed_invert"), {"image": png(original)})
    assert inverted.shape == (8, 16, 3)
    assert np.abs(inverted[4, 8] - (255 - original[20, 40].astype(int))).max() < 16


def test_padding_is_cropped_off_an_answer_that_is_larger(engine: Inference, bundles: Bundles) -> None:
    original = photograph(13, 21)
    large = picture(engine, bundles("upscale"), {"image": png(original)})
    assert np.array_equal(large, np.repeat(np.repeat(original, 2, axis=0), 2, axis=1))


def test_a_picture_larger_than_the_side_limit_is_scaled_down(engine: Inference, bundles: Bundles) -> None:
    assert picture(engine, bundles("invert"), {"image": png(photograph(20, 2048))}).shape == (10, 1024, 3)


@pytest.mark.parametrize(
    ("value", "code"), [(None, "input_missing"), (b"text", "image_malformed"), (7, "input_wrong_type")]
)
def test_a_bad_picture_is_named(engine: Inference, bundles: Bundles, value: InputValue, code: str) -> None:
    error = fail(engine, bundles("invert"), {"image": value})
    assert (error.code, error.field) == (code, "inputs.image")


# image-to-label


def test_labels_are_ranked_in_every_group_and_add_up_to_one(engine: Inference, bundles: Bundles) -> None:
    red = np.zeros((20, 30, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    outputs = finish(engine, bundles("classifier"), {"image": png(red)}).outputs
    style, palette = outputs["style"], outputs["palette"]
    assert isinstance(style, OutputJson)
    assert isinstance(palette, OutputJson)
    assert style.value[0]["label"] == "fields"  # type: ignore[index,call-overload]
    scores = [entry["score"] for entry in style.value]  # type: ignore[index,union-attr]
    powers = np.exp([4.0, 0.0, 0.0])
    assert scores == pytest.approx(powers / powers.sum(), abs=1e-5)
    assert palette.value[0]["label"] == "warm"  # type: ignore[index,call-overload]


def test_a_wide_picture_is_cropped_to_its_middle(engine: Inference, bundles: Bundles) -> None:
    wide = np.zeros((10, 50, 3), np.uint8)
    wide[:, 20:30, 1] = 255
    style = finish(engine, bundles("classifier"), {"image": png(wide)}).outputs["style"]
    assert isinstance(style, OutputJson)
    assert style.value[0] == {"label": "grid", "score": pytest.approx(np.exp(5) / (np.exp(5) + 2), abs=1e-5)}  # type: ignore[index,call-overload]


def test_another_number_of_scores_than_labels_is_refused(engine: Inference, bundles: Bundles) -> None:
    bundle = bundles("classifier", graph=classifier(groups=(("style", 4), ("palette", 2))))
    error = fail(engine, bundle, {"image": png(photograph(8, 8))})
    assert error.code == "output_invalid"
    assert "(1, 3)" in error.message


# tensor


def test_tensors_go_in_as_lists_or_files_and_come_out_as_lists(engine: Inference, bundles: Bundles) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.ones((2, 4)))
    outputs = finish(engine, bundles("add"), {"a": json.dumps([[1, 2, 3, 4]] * 2), "b": buffer.getvalue()}).outputs
    assert outputs["sum"] == OutputJson(value=[[2.0, 3.0, 4.0, 5.0]] * 2)


def test_tensors_come_out_as_files_where_that_is_asked(engine: Inference, bundles: Bundles) -> None:
    row = json.dumps([[1, 2, 3, 4]])
    file = finish(engine, bundles("add"), {"a": row, "b": row}, output_format="npy").outputs["sum"]
    assert isinstance(file, OutputFile)
    assert np.array_equal(np.load(io.BytesIO(file.data)), np.array([[2, 4, 6, 8]], np.float32))


@pytest.mark.parametrize("value", [None, "[[1, 2]]", b"nothing", 3.5, "[[1, 2, 3, NaN]]"])
def test_a_bad_tensor_is_named(engine: Inference, bundles: Bundles, value: InputValue) -> None:
    assert fail(engine, bundles("add"), {"a": "[[1, 2, 3, 4]]", "b": value}).field == "inputs.b"


def test_a_manifest_that_does_not_fit_its_graph_is_the_models_fault(engine: Inference, bundles: Bundles) -> None:
    bundle = bundles("latent", graph=classifier(side_px=8))
    assert fail(engine, bundle, {"seed": 1}).code in {"model_failed", "output_invalid"}


def test_bundles_are_what_their_digest_says(bundles: Bundles) -> None:
    assert bundles("latent").digest == bundles("latent").digest != bundles("conditional").digest
