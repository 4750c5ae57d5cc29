"""Signature: the graph takes and gives what its pipeline and the manifest say, so that no buyer finds out otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from artrator.bundle.config import ImageToLabelConfig, Pipeline
from artrator.bundle.detect import is_latent, is_picture, is_scores
from artrator.bundle.diffusers_graphs import CORE, GUIDANCE, XL
from artrator.bundle.facts import GraphFacts, LoraFacts, TensorSpec
from artrator.bundle.fields import (
    AudioInput,
    BooleanInput,
    ChoiceInput,
    FileInput,
    ImageInput,
    ImageOutput,
    ImagesOutput,
    InputField,
    IntegerInput,
    JsonOutput,
    LabelOutput,
    LatentInput,
    NumberInput,
    SeedInput,
    TensorInput,
    TensorOutput,
    TextInput,
)
from artrator.bundle.manifest import Manifest
from artrator.kernel.errors import ArtratorError
from artrator.verification.case import Case
from artrator.verification.checks.structure import ABOUT_FIT
from artrator.verification.finding import Finding, failed, passed, skipped, warned
from artrator.verification.remark import Remark, in_one_line, remark, remark_of

NAME = "signature"
_FLOATS = frozenset(("float16", "float32", "float64"))
_WHOLE = frozenset(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"))
_LATENT_INPUTS = frozenset(("seed", "truncation", "to_seed", "blend"))
_DIFFUSION_INPUTS = frozenset(
    [
        "prompt",
        "negative_prompt",
        "steps",
        "guidance",
        "seed",
        "width",
        "height",
        "count",
        "image",
        "strength",
        "mask",
        "control_image",
        "control_scale",
    ]
)


async def check(case: Case) -> Finding:
    """Compare the graph with the manifest, or a LoRA with its base."""
    if case.manifest.lora is not None:
        return judge_lora_fit(await case.lora())
    facts = await case.facts()
    return judge_signature(case.manifest, facts[case.manifest.graph])


def judge_lora_fit(lora: LoraFacts | ArtratorError) -> Finding:
    """Judge whether a LoRA fits its base."""
    if isinstance(lora, LoraFacts):
        return passed(NAME, remark("lora_fits", "Every weight that the LoRA adapts is in its base, in the same shape."))
    if lora.code in ABOUT_FIT:
        said = remark("lora_does_not_fit", f"The LoRA does not fit its base: {lora.message}")
        return failed(NAME, said, "Name the version that it was trained on as `base`.", details=[remark_of(lora)])
    return skipped(NAME, remark("lora_not_compared", "The LoRA could not be compared with its base."))


def judge_signature(manifest: Manifest, graph: GraphFacts) -> Finding:
    """Judge one graph; a wrong shape fails, what merely does nothing or runs alone is warned of."""
    faults = list(_faults(manifest, graph))
    if faults:
        pipeline = manifest.pipeline.value
        return failed(
            NAME,
            remark("signature_mismatch", f"For the pipeline {pipeline}: {in_one_line(faults)}.", pipeline=pipeline),
            "Correct artrator.yaml or export the graph again; `artrator init` shows what a graph's signature says.",
            details=faults,
            faults=len(faults),
        )
    notes = list(_notes(manifest, graph))
    if notes:
        said = remark("signature_with_notes", f"{in_one_line(notes)}.")
        return warned(NAME, said, "The version works; consider putting this right.", details=notes)
    return passed(NAME, remark("signature_fits", "The graph takes and gives what the manifest says."))


def _faults(manifest: Manifest, graph: GraphFacts) -> Iterator[Remark]:
    for spec in (*graph.inputs, *graph.outputs):
        if not spec.dims or (isinstance(spec.dims[0], int) and spec.dims[0] > 1):
            text = f"{_shown(spec)} must begin with a batch dimension, symbolic or 1"
            yield remark("batch_dimension_missing", text, tensor=_shown(spec))
    conditions = [spec for spec in graph.inputs if _is_condition(manifest, spec)]
    for spec in conditions:
        if not _fits(manifest.inputs[spec.name], spec):
            text = f"{_shown(spec)} cannot take the input of type {manifest.inputs[spec.name].type}"
            yield remark("tensor_input_type", text, tensor=_shown(spec), type=manifest.inputs[spec.name].type)
    main = [spec for spec in graph.inputs if spec not in conditions]
    match manifest.pipeline:
        case Pipeline.TENSOR:
            yield from _tensor_faults(manifest, main, graph)
        case Pipeline.LATENT_TO_IMAGE:
            yield from _latent_faults(manifest, main)
            yield from _picture_output_faults(manifest, graph)
        case Pipeline.IMAGE_TO_IMAGE:
            yield from _image_faults(manifest, main, fixed=False)
            yield from _picture_output_faults(manifest, graph)
        case Pipeline.IMAGE_TO_LABEL:
            yield from _image_faults(manifest, main, fixed=True)
            yield from _score_faults(manifest, graph)
        case Pipeline.TEXT_TO_IMAGE:
            yield from _unet_faults(manifest, graph)
        case _:
            assert_never(manifest.pipeline)


def _is_condition(manifest: Manifest, spec: TensorSpec) -> bool:
    field = manifest.inputs.get(spec.name)
    return len(spec.dims) == 1 and field is not None and not isinstance(field, TensorInput | LatentInput)


def _fits(field: InputField, spec: TensorSpec) -> bool:
    match field:
        case NumberInput():
            return spec.dtype in _FLOATS
        case IntegerInput() | SeedInput():
            return spec.dtype in _FLOATS | _WHOLE
        case ChoiceInput():
            return spec.dtype in ("int64", "int32")
        case BooleanInput():
            return spec.dtype == "bool" or spec.dtype in _FLOATS
        case TextInput() | ImageInput() | AudioInput() | FileInput() | TensorInput() | LatentInput():
            return False
        case _:
            assert_never(field)


def _one_main_fault(main: list[TensorSpec], wanted: str) -> Remark | None:
    if len(main) == 1:
        return None
    found = ", ".join(_shown(spec) for spec in main[:4]) or "none"
    text = f"the graph must take one {wanted} besides what the manifest's inputs name; it takes {found}"
    return remark("main_input_count", text, found=found)


def _latent_faults(manifest: Manifest, main: list[TensorSpec]) -> Iterator[Remark]:
    fault = _one_main_fault(main, "latent")
    if fault is not None:
        yield fault
    elif not is_latent(main[0]) and not _has_fixed_sides(main[0]):
        text = f"{_shown(main[0])} is no latent: float32, (N, d) or (N, c, h, w) with fixed sizes"
        yield remark("not_a_latent", text, tensor=_shown(main[0]))
    seed = manifest.inputs.get("seed")
    if not isinstance(seed, SeedInput) and not any(isinstance(each, LatentInput) for each in manifest.inputs.values()):
        yield remark("seed_input_missing", "the inputs must have `seed` of type seed, or one of type latent")
    if "to_seed" in manifest.inputs and not isinstance(manifest.inputs["to_seed"], SeedInput):
        yield remark("input_type_wrong", "the input `to_seed` must be of type seed", name="to_seed", type="seed")
    for name in ("truncation", "blend"):
        if not isinstance(manifest.inputs.get(name, NumberInput(type="number")), NumberInput):
            yield remark("input_type_wrong", f"the input `{name}` must be of type number", name=name, type="number")


def _has_fixed_sides(spec: TensorSpec) -> bool:
    return spec.dtype == "float32" and len(spec.dims) in (2, 4) and all(isinstance(dim, int) for dim in spec.dims[1:])


def _image_faults(manifest: Manifest, main: list[TensorSpec], *, fixed: bool) -> Iterator[Remark]:
    if sum(isinstance(field, ImageInput) for field in manifest.inputs.values()) != 1:
        yield remark("image_input_count", "the inputs must have exactly one of type image")
    fault = _one_main_fault(main, "picture")
    if fault is not None:
        yield fault
        return
    yield from _tensor_of_picture_faults(main[0], fixed=fixed)


def _tensor_of_picture_faults(spec: TensorSpec, *, fixed: bool = False) -> Iterator[Remark]:
    if not is_picture(spec, channels=(3,)):
        yield remark("not_a_picture", f"{_shown(spec)} is no picture: float32, (N, 3, H, W)", tensor=_shown(spec))
        return
    sides = {isinstance(side, int) for side in spec.dims[2:]}
    if len(sides) == 2 or (fixed and sides == {False}):
        text = f"{_shown(spec)} must have {'a fixed' if fixed else 'either a fixed or a symbolic'} height and width"
        yield remark("picture_sides", text, tensor=_shown(spec))


def _picture_output_faults(manifest: Manifest, graph: GraphFacts) -> Iterator[Remark]:
    if len(graph.outputs) != 1 or not is_picture(graph.outputs[0], channels=(1, 3, 4)):
        found = ", ".join(_shown(spec) for spec in graph.outputs[:4])
        text = f"the graph must give one picture, float32 (N, 1|3|4, H, W); it gives {found}"
        yield remark("picture_output_count", text, found=found)
    if len(manifest.outputs) != 1 or not isinstance(next(iter(manifest.outputs.values())), ImageOutput):
        yield remark("image_output_count", "the outputs must be one of type image")


def _score_faults(manifest: Manifest, graph: GraphFacts) -> Iterator[Remark]:
    specs = {spec.name: spec for spec in graph.outputs}
    settings = manifest.settings()
    labels = settings.labels if isinstance(settings, ImageToLabelConfig) else {}
    for name, field in manifest.outputs.items():
        spec = specs.get(name)
        if spec is None and len(specs) == 1 == len(manifest.outputs):
            spec = graph.outputs[0]
        if not isinstance(field, LabelOutput):
            yield remark("output_type_wrong", f"the output `{name}` must be of type label", name=name, type="label")
        elif spec is None:
            yield remark("graph_output_missing", f"the graph has no output {name!r}", name=name)
        elif not is_scores(spec):
            text = f"{_shown(spec)} are no scores: float32, (N, K) with K of 2 or more"
            yield remark("not_scores", text, tensor=_shown(spec))
        elif name in labels and len(labels[name]) != spec.dims[1]:
            text = f"{_shown(spec)} gives {spec.dims[1]} scores, but config.labels names {len(labels[name])}"
            yield remark("label_count", text, tensor=_shown(spec), labels=len(labels[name]))


def _unet_faults(manifest: Manifest, graph: GraphFacts) -> Iterator[Remark]:
    found = {spec.name for spec in graph.inputs}
    known = CORE | {GUIDANCE} | (XL if "text_encoder_2" in manifest.graphs else set[str]())
    # a ControlNet's residuals have any names; the rehearsal finds whether both graphs mean the same
    if not found >= CORE or not (found <= known or "controlnet" in manifest.graphs):
        wanted, taken = ", ".join(sorted(known)), ", ".join(sorted(found)[:8])
        yield remark("unet_inputs", f"the unet must take {wanted}; it takes {taken}", wanted=wanted, found=taken)
    if len(graph.outputs) != 1:
        text = f"the unet must give one output; it gives {len(graph.outputs)}"
        yield remark("unet_outputs", text, found=len(graph.outputs))
    for name, kind, word in (("prompt", TextInput, "text"), ("seed", SeedInput, "seed")):
        if not isinstance(manifest.inputs.get(name), kind):
            text = f"the inputs must have `{name}` of type {word}"
            yield remark("input_needed", text, name=name, type=word)
    if len(manifest.outputs) != 1 or not isinstance(next(iter(manifest.outputs.values())), ImageOutput | ImagesOutput):
        yield remark("images_output_count", "the outputs must be one of type image or images")


def _tensor_faults(manifest: Manifest, main: list[TensorSpec], graph: GraphFacts) -> Iterator[Remark]:
    for spec in main:
        field = manifest.inputs.get(spec.name)
        if field is None:
            yield remark("manifest_input_missing", f"the manifest has no input {spec.name!r}", name=spec.name)
        elif isinstance(field, ImageInput):
            yield from _tensor_of_picture_faults(spec)
        elif not isinstance(field, TensorInput | LatentInput):
            text = f"{_shown(spec)} cannot take the input of type {field.type}"
            yield remark("tensor_input_type", text, tensor=_shown(spec), type=field.type)
        elif not _same(field, spec):
            text = f"{_shown(spec)} does not fit the manifest's {list(field.shape)}"
            yield remark("shape_mismatch", text, tensor=_shown(spec), shape=str(list(field.shape)))
    specs = {spec.name: spec for spec in graph.outputs}
    for name, field in manifest.outputs.items():
        if not isinstance(field, TensorOutput | JsonOutput):
            text = f"the output `{name}` must be of type tensor or json"
            yield remark("output_type_wrong", text, name=name, type="tensor, json")
        elif name not in specs and not len(specs) == 1 == len(manifest.outputs):
            yield remark("graph_output_missing", f"the graph has no output {name!r}", name=name)


def _same(field: TensorInput | LatentInput, spec: TensorSpec) -> bool:
    dtype = field.dtype if isinstance(field, TensorInput) else "float32"
    pairs = zip(field.shape, spec.dims, strict=False)
    fits = all(not isinstance(have, int) or not isinstance(want, int) or have == want for want, have in pairs)
    return dtype == spec.dtype and len(field.shape) == len(spec.dims) and fits


def _notes(manifest: Manifest, graph: GraphFacts) -> Iterator[Remark]:
    fixed = [spec for spec in (*graph.inputs, *graph.outputs) if spec.dims[:1] == (1,)]
    if fixed:
        text = f"{_shown(fixed[0])} has a fixed batch of 1, so requests cannot run together"
        yield remark("batch_fixed", text, tensor=_shown(fixed[0]))
    known = {spec.name for spec in graph.inputs}
    if manifest.pipeline is Pipeline.LATENT_TO_IMAGE:
        known |= _LATENT_INPUTS
    if manifest.pipeline is Pipeline.TEXT_TO_IMAGE:
        known |= _DIFFUSION_INPUTS
    for name, field in manifest.inputs.items():
        if name not in known and not isinstance(field, ImageInput | LatentInput):
            text = f"the input `{name}` does nothing: the graph has no input of that name"
            yield remark("input_does_nothing", text, name=name)


def _shown(spec: TensorSpec) -> str:
    dims = ", ".join("?" if dim is None else str(dim)[:20] for dim in spec.dims)
    return f"{spec.name[:40]!r} {spec.dtype or 'of no plain type'} ({dims})"
