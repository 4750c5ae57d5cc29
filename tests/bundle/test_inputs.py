"""A request's inputs are checked and completed before anything is paid or run."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bundle.properties import outcome, patient

from artrator.bundle.fields import MAX_SEED
from artrator.bundle.inputs import FileReference, check_inputs, fill_seeds
from artrator.bundle.manifest import read_manifest
from artrator.bundle.schema import input_schema, output_schema
from artrator.kernel.errors import ArtratorError

MANIFEST = read_manifest("""\
name: everything
pipeline: tensor
license: MIT
graphs: {model: model.onnx}
inputs:
  prompt: {type: text, max_length: 10}
  steps: {type: integer, minimum: 1, maximum: 50, default: 8}
  strength: {type: number, minimum: 0, maximum: 1, default: 0.5}
  loud: {type: boolean, default: false}
  style: {type: choice, choices: [cubist, fauve], default: fauve}
  seed: {type: seed}
  to_seed: {type: seed, required: false}
  photo: {type: image, required: false}
  vector: {type: tensor, shape: [2, K], required: false}
outputs:
  total: {type: tensor}
  words: {type: label}
""")


def test_defaults_are_applied_and_only_the_seed_is_left_to_draw() -> None:
    assert check_inputs(MANIFEST, {"prompt": "sea"}) == {
        "prompt": "sea",
        "steps": 8,
        "strength": 0.5,
        "loud": False,
        "style": "fauve",
        "seed": None,
    }


def test_a_seed_that_was_left_out_is_drawn_and_a_given_one_stays() -> None:
    assert fill_seeds(check_inputs(MANIFEST, {"prompt": "a"}), lambda: 9)["seed"] == 9
    assert fill_seeds(check_inputs(MANIFEST, {"prompt": "a", "seed": 3}), lambda: 9)["seed"] == 3


def test_null_counts_as_left_out() -> None:
    assert check_inputs(MANIFEST, {"prompt": "a", "steps": None, "photo": None})["steps"] == 8


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("promt", "a", "input_unknown"),
        ("prompt", 5, "input_wrong_type"),
        ("prompt", "a" * 11, "input_out_of_range"),
        ("prompt", "a\0", "input_malformed"),
        ("steps", 0, "input_out_of_range"),
        ("steps", 2.5, "input_wrong_type"),
        ("steps", True, "input_wrong_type"),
        ("steps", "8", "input_wrong_type"),
        ("steps", 10**400, "input_out_of_range"),
        ("strength", math.nan, "input_out_of_range"),
        ("strength", 10**400, "input_out_of_range"),
        ("strength", 1.01, "input_out_of_range"),
        ("loud", 1, "input_wrong_type"),
        ("style", "rococo", "input_not_a_choice"),
        ("seed", MAX_SEED + 1, "input_out_of_range"),
        ("seed", -1, "input_out_of_range"),
        ("photo", 5, "input_wrong_type"),
        ("photo", "", "input_wrong_type"),
        ("photo", "https://" + "a" * 3000, "input_too_large"),
        ("vector", [[1, 2]], "input_shape_wrong"),
        ("vector", [[1], [2, 3]], "input_shape_wrong"),
        ("vector", [[1], ["x"]], "input_wrong_type"),
        ("vector", [[[]]], "input_shape_wrong"),
    ],
)
def test_a_wrong_input_is_refused_with_its_field(name: str, value: object, code: str) -> None:
    with pytest.raises(ArtratorError) as caught:
        check_inputs(MANIFEST, {"prompt": "a", name: value})
    assert caught.value.code == code
    assert caught.value.field == f"inputs.{name}"


def test_a_missing_required_input_is_named() -> None:
    with pytest.raises(ArtratorError) as caught:
        check_inputs(MANIFEST, {})
    assert (caught.value.code, caught.value.field) == ("input_missing", "inputs.prompt")


def test_a_file_stays_a_reference_and_a_tensor_becomes_json() -> None:
    checked = check_inputs(MANIFEST, {"prompt": "a", "photo": "data:,x", "vector": [[1, 2.5], [3, 4]]})
    assert checked["photo"] == FileReference(url="data:,x")
    assert checked["vector"] == "[[1,2.5],[3,4]]"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=10,
)


@patient
@given(st.dictionaries(st.sampled_from([*MANIFEST.inputs, "other"]), _JSON, max_size=9))
def test_no_json_does_anything_but_pass_or_name_its_field(raw: dict[str, object]) -> None:
    result = outcome(lambda: check_inputs(MANIFEST, raw))
    if isinstance(result, ArtratorError):
        assert (result.field or "").startswith("inputs.")
    else:
        assert set(result) <= set(MANIFEST.inputs)


def test_the_schema_is_what_a_form_needs() -> None:
    schema = input_schema(MANIFEST)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert schema["required"] == ["prompt"]
    assert properties["style"] == {
        "title": "Style",
        "description": "",
        "x-order": 4,
        "x-type": "choice",
        "type": "string",
        "enum": ["cubist", "fauve"],
        "default": "fauve",
    }
    photo, seed = properties["photo"], properties["seed"]
    assert isinstance(photo, dict)
    assert isinstance(seed, dict)
    assert photo["format"] == "uri"
    assert (seed["minimum"], seed["maximum"]) == (0, MAX_SEED)


def test_one_output_is_the_value_and_several_are_an_object() -> None:
    several = output_schema(MANIFEST)
    one = output_schema(MANIFEST.model_copy(update={"outputs": {"words": MANIFEST.outputs["words"]}}))
    assert several["required"] == ["total", "words"]
    assert one["type"] == "array"
