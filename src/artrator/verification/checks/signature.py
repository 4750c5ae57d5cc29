"""Signature: the graph takes and gives what its pipeline and the manifest say, so that no buyer finds out otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from artrator.bundle.config import ImageToLabelConfig, Pipeline
from artrator.bundle.detect import is_latent, is_picture, is_scores
from artrator.bundle.facts import GraphFacts, TensorSpec
from artrator.bundle.fields import (
    AudioInput,
    BooleanInput,
    ChoiceInput,
    FileInput,
    ImageInput,
    ImageOutput,
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
from artrator.verification.case import Case
from artrator.verification.finding import Finding, failed, passed, warned

NAME = "signature"
_FLOATS = frozenset(("float16", "float32", "float64"))
_WHOLE = frozenset(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"))
_LATENT_INPUTS = frozenset(("seed", "truncation", "to_seed", "blend"))
_SHOWN = 3


async def check(case: Case) -> Finding:
    """Compare the graph with the manifest."""
    facts = await case.facts()
    return judge_signature(case.manifest, facts[case.manifest.graph])


def judge_signature(manifest: Manifest, graph: GraphFacts) -> Finding:
    """Judge one graph; a wrong shape fails, what merely does nothing or runs alone is warned of."""
    faults = list(_faults(manifest, graph))
    if faults:
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        return failed(
            NAME,
            f"For the pipeline {manifest.pipeline.value}: {'; '.join(faults[:_SHOWN])}{more}.",
            "Correct artrator.yaml or export the graph again; `artrator init` shows what a graph's signature says.",
            faults=len(faults),
        )
    notes = list(_notes(manifest, graph))
    if notes:
        return warned(NAME, f"{'; '.join(notes[:_SHOWN])}.", "The version works; consider putting this right.")
    return passed(NAME, "The graph takes and gives what the manifest says.")


def _faults(manifest: Manifest, graph: GraphFacts) -> Iterator[str]:
    for spec in (*graph.inputs, *graph.outputs):
        if not spec.dims or (isinstance(spec.dims[0], int) and spec.dims[0] > 1):
            yield f"{_shown(spec)} must begin with a batch dimension, symbolic or 1"
    conditions = [spec for spec in graph.inputs if _is_condition(manifest, spec)]
    for spec in conditions:
        if not _fits(manifest.inputs[spec.name], spec):
            yield f"{_shown(spec)} cannot take the input of type {manifest.inputs[spec.name].type}"
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


def _one_main_fault(main: list[TensorSpec], wanted: str) -> str | None:
    if len(main) == 1:
        return None
    found = ", ".join(_shown(spec) for spec in main[:4]) or "none"
    return f"the graph must take one {wanted} besides what the manifest's inputs name; it takes {found}"


def _latent_faults(manifest: Manifest, main: list[TensorSpec]) -> Iterator[str]:
    fault = _one_main_fault(main, "latent")
    if fault is not None:
        yield fault
    elif not is_latent(main[0]) and not _has_fixed_sides(main[0]):
        yield f"{_shown(main[0])} is no latent: float32, (N, d) or (N, c, h, w) with fixed sizes"
    seed = manifest.inputs.get("seed")
    if not isinstance(seed, SeedInput) and not any(isinstance(each, LatentInput) for each in manifest.inputs.values()):
        yield "the inputs must have `seed` of type seed, or one of type latent"
    if "to_seed" in manifest.inputs and not isinstance(manifest.inputs["to_seed"], SeedInput):
        yield "the input `to_seed` must be of type seed"
    for name in ("truncation", "blend"):
        if not isinstance(manifest.inputs.get(name, NumberInput(type="number")), NumberInput):
            yield f"the input `{name}` must be of type number"


def _has_fixed_sides(spec: TensorSpec) -> bool:
    return spec.dtype == "float32" and len(spec.dims) in (2, 4) and all(isinstance(dim, int) for dim in spec.dims[1:])


def _image_faults(manifest: Manifest, main: list[TensorSpec], *, fixed: bool) -> Iterator[str]:
    if sum(isinstance(field, ImageInput) for field in manifest.inputs.values()) != 1:
        yield "the inputs must have exactly one of type image"
    fault = _one_main_fault(main, "picture")
    if fault is not None:
        yield fault
        return
    spec = main[0]
    if not is_picture(spec, channels=(3,)):
        yield f"{_shown(spec)} is no picture: float32, (N, 3, H, W)"
        return
    sides = {isinstance(side, int) for side in spec.dims[2:]}
    if len(sides) == 2 or (fixed and sides == {False}):
        yield f"{_shown(spec)} must have {'a fixed' if fixed else 'either a fixed or a symbolic'} height and width"


def _picture_output_faults(manifest: Manifest, graph: GraphFacts) -> Iterator[str]:
    if len(graph.outputs) != 1 or not is_picture(graph.outputs[0], channels=(1, 3, 4)):
        found = ", ".join(_shown(spec) for spec in graph.outputs[:4])
        yield f"the graph must give one picture, float32 (N, 1|3|4, H, W); it gives {found}"
    if len(manifest.outputs) != 1 or not isinstance(next(iter(manifest.outputs.values())), ImageOutput):
        yield "the outputs must be one of type image"


def _score_faults(manifest: Manifest, graph: GraphFacts) -> Iterator[str]:
    specs = {spec.name: spec for spec in graph.outputs}
    settings = manifest.settings()
    labels = settings.labels if isinstance(settings, ImageToLabelConfig) else {}
    for name, field in manifest.outputs.items():
        spec = specs.get(name)
        if spec is None and len(specs) == 1 == len(manifest.outputs):
            spec = graph.outputs[0]
        if not isinstance(field, LabelOutput):
            yield f"the output `{name}` must be of type label"
        elif spec is None:
            yield f"the graph has no output {name!r}"
        elif not is_scores(spec):
            yield f"{_shown(spec)} are no scores: float32, (N, K) with K of 2 or more"
        elif name in labels and len(labels[name]) != spec.dims[1]:
            yield f"{_shown(spec)} gives {spec.dims[1]} scores, but config.labels names {len(labels[name])}"


def _tensor_faults(manifest: Manifest, main: list[TensorSpec], graph: GraphFacts) -> Iterator[str]:
    for spec in main:
        field = manifest.inputs.get(spec.name)
        if field is None:
            yield f"the manifest has no input {spec.name!r}"
        elif not isinstance(field, TensorInput | LatentInput):
            yield f"{_shown(spec)} cannot take the input of type {field.type}"
        elif not _same(field, spec):
            yield f"{_shown(spec)} does not fit the manifest's {list(field.shape)}"
    specs = {spec.name: spec for spec in graph.outputs}
    for name, field in manifest.outputs.items():
        if not isinstance(field, TensorOutput | JsonOutput):
            yield f"the output `{name}` must be of type tensor or json"
        elif name not in specs and not len(specs) == 1 == len(manifest.outputs):
            yield f"the graph has no output {name!r}"


def _same(field: TensorInput | LatentInput, spec: TensorSpec) -> bool:
    dtype = field.dtype if isinstance(field, TensorInput) else "float32"
    pairs = zip(field.shape, spec.dims, strict=False)
    fits = all(not isinstance(have, int) or not isinstance(want, int) or have == want for want, have in pairs)
    return dtype == spec.dtype and len(field.shape) == len(spec.dims) and fits


def _notes(manifest: Manifest, graph: GraphFacts) -> Iterator[str]:
    fixed = [spec for spec in (*graph.inputs, *graph.outputs) if spec.dims[:1] == (1,)]
    if fixed:
        yield f"{_shown(fixed[0])} has a fixed batch of 1, so requests cannot run together"
    known = {spec.name for spec in graph.inputs}
    if manifest.pipeline is Pipeline.LATENT_TO_IMAGE:
        known |= _LATENT_INPUTS
    for name, field in manifest.inputs.items():
        if name not in known and not isinstance(field, ImageInput | LatentInput):
            yield f"the input `{name}` does nothing: the graph has no input of that name"


def _shown(spec: TensorSpec) -> str:
    dims = ", ".join("?" if dim is None else str(dim)[:20] for dim in spec.dims)
    return f"{spec.name[:40]!r} {spec.dtype or 'of no plain type'} ({dims})"
