"""A plain graph's signature says which pipeline it is for, or the refusal says what was found."""

from __future__ import annotations

from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto
from onnx import helper as make
from tests.bundle import graphs

from artrator.bundle.config import Pipeline
from artrator.bundle.detect import detect
from artrator.bundle.fields import BooleanInput, NumberInput, SeedInput, TensorInput
from artrator.bundle.manifest import Manifest, read_manifest, write_manifest
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.kernel.errors import Invalid


def detected(built: ModelProto, folder: Path, measured: tuple[float, float] | None = None) -> Manifest:
    facts = read_graph_facts(graphs.save(built, folder))
    return detect({"model.onnx": facts}, name="found", license="MIT", measured_range=measured)


@pytest.mark.parametrize(
    ("built", "pipeline"),
    [
        (graphs.latent_to_image(), Pipeline.LATENT_TO_IMAGE),
        (graphs.image_to_image(), Pipeline.IMAGE_TO_IMAGE),
        (graphs.image_to_scores(), Pipeline.IMAGE_TO_LABEL),
        (graphs.tensors(), Pipeline.TENSOR),
    ],
)
def test_each_signature_gives_its_pipeline_and_a_manifest_that_reads_back(
    tmp_path: Path, built: ModelProto, pipeline: Pipeline
) -> None:
    manifest = detected(built, tmp_path)
    assert manifest.pipeline is pipeline
    assert read_manifest(write_manifest(manifest)) == manifest


def test_a_latent_model_asks_for_seeds_truncation_and_blend(tmp_path: Path) -> None:
    manifest = detected(graphs.latent_to_image(), tmp_path)
    assert list(manifest.inputs) == ["seed", "truncation", "to_seed", "blend"]
    assert isinstance(manifest.inputs["to_seed"], SeedInput)
    assert manifest.inputs["to_seed"].required is False


def test_a_measured_range_decides_over_the_operators(tmp_path: Path) -> None:
    assert detected(graphs.latent_to_image(), tmp_path).config["image_range"] == [-1.0, 1.0]
    assert detected(graphs.latent_to_image(), tmp_path, (0.0, 1.0)).config["image_range"] == [0.0, 1.0]


def test_a_latent_of_feature_maps_is_no_picture(tmp_path: Path) -> None:
    upscale = make.make_node("DepthToSpace", ["z"], ["image"], blocksize=4)
    built = graphs.simple([upscale], [graphs.value("z", ["N", 48, 8, 8])], [graphs.value("image", ["N", 3, 32, 32])])
    assert detected(built, tmp_path).pipeline is Pipeline.LATENT_TO_IMAGE


def test_further_inputs_become_fields_of_the_manifest(tmp_path: Path) -> None:
    built = graphs.image_to_image()
    built.graph.input.append(graphs.value("warmth", ["N"]))
    built.graph.input.append(graphs.value("mirrored", ["N"], TensorProto.BOOL))
    inputs = detected(built, tmp_path).inputs
    assert isinstance(inputs["warmth"], NumberInput)
    assert isinstance(inputs["mirrored"], BooleanInput)


def test_scores_get_a_label_for_each(tmp_path: Path) -> None:
    labels = detected(graphs.image_to_scores(classes=3), tmp_path).config["labels"]
    assert labels == {"style": ["class 0", "class 1", "class 2"]}


def test_tensors_keep_their_shapes_with_the_batch(tmp_path: Path) -> None:
    left = detected(graphs.tensors(), tmp_path).inputs["left"]
    assert isinstance(left, TensorInput)
    assert left.shape == ("N", 4)


def test_an_unknown_signature_says_what_was_found_and_what_would_do(tmp_path: Path) -> None:
    built = graphs.simple(
        [make.make_node("Identity", ["words"], ["same"])],
        [graphs.value("words", ["N"], TensorProto.STRING)],
        [graphs.value("same", ["N"], TensorProto.STRING)],
    )
    with pytest.raises(Invalid) as caught:
        detected(built, tmp_path)
    assert caught.value.code == "signature_not_recognised"
    assert "words" in caught.value.message
    assert "(N, 3, H, W)" in caught.value.message


def test_two_graphs_need_a_manifest(tmp_path: Path) -> None:
    facts = read_graph_facts(graphs.save(graphs.tensors(), tmp_path))
    with pytest.raises(Invalid) as caught:
        detect({"a.onnx": facts, "b.onnx": facts}, name="two", license="MIT")
    assert caught.value.code == "manifest_needed"
