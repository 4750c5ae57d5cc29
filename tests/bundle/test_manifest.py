"""A manifest is read whole or refused with its line and field, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bundle.properties import outcome, patient

from artrator.bundle.config import LatentToImageConfig, Pipeline
from artrator.bundle.fields import ChoiceInput, SeedInput
from artrator.bundle.manifest import Manifest, read_manifest, write_manifest
from artrator.kernel.errors import Invalid

GOOD = """\
name: colour-fields
pipeline: latent-to-image
license: CC-BY-4.0
summary: 색면 추상
tags: [abstract, 추상 회화]
graphs: {decoder: decoder.onnx}
inputs:
  seed: {type: seed}
  truncation: {type: number, minimum: 0, maximum: 2, default: 1}
  mood: {type: choice, choices: [calm, "no", 2026-01-01], default: calm}
  to_seed: {type: seed, required: false}
outputs:
  image: {type: image}
examples: [{seed: 7, mood: "no"}]
config: {image_range: [-1, 1]}
"""
KOREAN = (
    "translations: {ko: {summary: 색면, fields: {seed: {title: 시드}, image: {title: 그림}}, words: {calm: 차분한}}}"
)


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read_manifest(text)
    return caught.value


def test_a_manifest_is_read_in_order_with_its_types() -> None:
    manifest = read_manifest(GOOD)
    assert manifest.pipeline is Pipeline.LATENT_TO_IMAGE
    assert list(manifest.inputs) == ["seed", "truncation", "mood", "to_seed"]
    assert isinstance(manifest.inputs["seed"], SeedInput)
    assert isinstance(manifest.settings(), LatentToImageConfig)


def test_words_that_other_readers_take_for_booleans_and_dates_stay_words() -> None:
    mood = read_manifest(GOOD.replace('"no", ', "no, on, ").replace('mood: "no"', "mood: no")).inputs["mood"]
    assert isinstance(mood, ChoiceInput)
    assert mood.choices == ("calm", "no", "on", "2026-01-01")


def test_a_manifest_is_written_and_read_back_as_itself() -> None:
    manifest = read_manifest(GOOD)
    assert read_manifest(write_manifest(manifest)) == manifest


def test_the_texts_of_another_language_are_read_and_written_back() -> None:
    manifest = read_manifest(GOOD + KOREAN)
    korean = manifest.translations["ko"]
    assert (korean.summary, korean.fields["seed"].title, korean.words) == ("색면", "시드", {"calm": "차분한"})
    assert read_manifest(write_manifest(manifest)) == manifest


@pytest.mark.parametrize(
    ("old", "new", "field", "line"),
    [
        ("ko:", "Korean!:", "translations", 16),
        ("summary: 색면", 'summary: "two\\nlines"', "translations.ko.summary", 16),
        ("summary: 색면", "sumary: 색면", "translations.ko.sumary", 16),
        ("words: {calm: 차분한}", "words: {calm: []}", "translations.ko.words.calm", 16),
        ("image: {title", "sound: {title", "manifest", 1),
    ],
)
def test_a_fault_in_a_translation_names_its_field_and_line(old: str, new: str, field: str, line: int) -> None:
    error = refused(GOOD + KOREAN.replace(old, new))
    assert (error.field, f"line {line}" in error.message) == (field, True)


@pytest.mark.parametrize(
    ("old", "new", "field", "line"),
    [
        ("name: colour-fields", "name: Colour Fields", "name", 1),
        ("pipeline: latent-to-image", "pipeline: python", "pipeline", 2),
        ("license: CC-BY-4.0\n", "", "license", 1),
        ("summary: 색면 추상", "summary: 5", "summary", 4),
        ("tags: [abstract, 추상 회화]", "tags: [Abstract]", "tags", 5),
        ("decoder: decoder.onnx", "decoder: ../../etc/passwd.onnx", "graphs", 6),
        ("decoder: decoder.onnx", "decoder: /etc/x.onnx", "graphs", 6),
        ("decoder: decoder.onnx", "decoder: decoder.pkl", "graphs", 6),
        ("decoder: decoder.onnx", "model: decoder.onnx", "manifest", 1),
        ("seed: {type: seed}", "seed: {type: lambda}", "inputs.seed", 8),
        ("minimum: 0, maximum", "minimun: 0, maximum", "inputs.truncation.minimun", 9),
        ("maximum: 2, default: 1", "maximum: 2, default: 3", "inputs.truncation.default", 9),
        ("maximum: 2, default: 1", "maximum: -2, default: 1", "inputs.truncation", 9),
        ("default: calm", "default: wild", "inputs.mood.default", 10),
        ("image: {type: image}", "image: {type: seed}", "outputs.image", 13),
        ("{seed: 7,", "{seed: -7,", "examples.0.seed", 14),
        ("{seed: 7,", "{sed: 7,", "examples.0.sed", 14),
        ("image_range: [-1, 1]", "image_rage: [-1, 1]", "config.image_rage", 15),
        ("image_range: [-1, 1]", "image_range: [1, -1]", "config", 15),
        ("image_range: [-1, 1]", "image_range: [1, x]", "config.image_range.1", 15),
        ("config:", "colour: red\nconfig:", "colour", 15),
    ],
)
def test_a_fault_names_its_field_and_line(old: str, new: str, field: str, line: int) -> None:
    assert old in GOOD
    error = refused(GOOD.replace(old, new, 1))
    assert error.field == field
    assert error.facts["line"] == line
    assert f"line {line}" in error.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a list",
        "just words",
        "a: 1\na: 2",
        "a: &x [1]\nb: *x",
        "a: !!python/object/apply:os.system [ls]",
        "a: 1\n---\nb: 2",
        "? [a]\n: b",
        "a: " + "[" * 500,
        "a: " + "{a: " * 500,
        "a: \x00",
        "a: '\ud800'",
        "x" * 300_000,
        "[" + "1," * 30_000 + "]",
        "a: [1, 2",
        "%YAML 9.9\n---\na: 1",
    ],
)
def test_what_is_no_plain_mapping_is_refused_at_once(text: str) -> None:
    assert refused(text).code in ("manifest_malformed", "manifest_invalid")


def test_a_file_in_an_example_stays_in_the_bundle() -> None:
    text = (
        "name: a\npipeline: image-to-image\nlicense: MIT\ngraphs: {model: m.onnx}\n"
        "inputs: {photo: {type: image}}\noutputs: {image: {type: image}}\nexamples: [{photo: ../secret.png}]\n"
    )
    assert refused(text).field == "examples.0.photo"
    assert read_manifest(text.replace("../secret", "examples/cat")).examples == ({"photo": "examples/cat.png"},)


@patient
@given(st.text(max_size=400))
def test_no_text_gives_anything_but_a_manifest_or_a_refusal(text: str) -> None:
    result = outcome(lambda: read_manifest(text))
    assert isinstance(result, Manifest) or (isinstance(result, Invalid) and result.field)


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["seed", "image", "a.onnx"]),
)
_KEYS = st.sampled_from([*Manifest.model_fields, "type", "default", "minimum", "choices", "x", "model", "shape"])
_VALUES = st.recursive(
    _SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=4), max_leaves=12
)


@patient
@given(st.dictionaries(_KEYS, _VALUES, max_size=6), st.integers(0, 14))
def test_no_values_in_any_field_give_anything_but_a_manifest_or_a_refusal(
    changes: dict[str, object], dropped: int
) -> None:
    import yaml

    document = {**yaml.safe_load(GOOD), **changes}
    document.pop([*Manifest.model_fields, ""][dropped % 13], None)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    result = outcome(lambda: read_manifest(text))
    if isinstance(result, Manifest):
        assert read_manifest(write_manifest(result)) == result
    else:
        assert isinstance(result, Invalid)
        assert result.field


_TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)


@patient
@given(st.lists(_TEXTS, min_size=1, max_size=5, unique=True), _TEXTS)
def test_any_words_survive_writing_and_reading(choices: list[str], description: str) -> None:
    manifest = read_manifest(GOOD)
    field = ChoiceInput(type="choice", choices=tuple(choices), default=choices[0], description=description)
    changed = manifest.model_copy(update={"inputs": {"mood": field}, "examples": ()})
    assert read_manifest(write_manifest(changed)) == changed
