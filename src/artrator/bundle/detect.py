"""Write the manifest that a plain graph's signature already says, so that an .onnx file publishes by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from pydantic import JsonValue

from artrator.bundle.config import GRAPH_ROLE, Pipeline
from artrator.bundle.facts import GraphFacts, TensorSpec
from artrator.bundle.fields import (
    BooleanInput,
    ImageInput,
    ImageOutput,
    InputField,
    LabelOutput,
    NumberInput,
    OutputField,
    SeedInput,
    TensorInput,
    TensorOutput,
)
from artrator.bundle.manifest import Manifest, check_manifest
from artrator.kernel.errors import Invalid

LATENT_NAMES = frozenset({"latent", "latents", "latent_sample", "z", "noise"})
MIN_SIDE_PX = 8
OneGraph: TypeAlias = Literal[
    Pipeline.TENSOR, Pipeline.LATENT_TO_IMAGE, Pipeline.IMAGE_TO_IMAGE, Pipeline.IMAGE_TO_LABEL
]
"""The pipelines that one graph's signature can tell."""
_CONDITIONS = {"float32": NumberInput(type="number", default=0.0), "bool": BooleanInput(type="boolean", default=False)}
_TENSOR_DTYPES = ("float32", "float16", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")


def detect(
    facts: Mapping[str, GraphFacts],
    *,
    name: str,
    license: str,  # noqa: A002 - the manifest's word
    measured_range: tuple[float, float] | None = None,
) -> Manifest:
    """Write a manifest for the one graph of a bundle.

    facts: by path. measured_range: the least and greatest value that the graph put out when it was run.
    Raises: Invalid saying what was found and what would be recognised.
    """
    if len(facts) != 1:
        raise Invalid(
            "manifest_needed",
            f"There are {len(facts)} graphs; a bundle without artrator.yaml holds exactly one .onnx file.",
            field="manifest",
        )
    ((path, graph),) = facts.items()
    pipeline = recognise(graph)
    return check_manifest(
        Manifest(
            name=name,
            pipeline=pipeline,
            license=license,
            graphs={GRAPH_ROLE[pipeline]: path},
            inputs=_inputs(pipeline, graph),
            outputs=_outputs(pipeline, graph),
            config=_config(pipeline, graph, measured_range),
        )
    )


def recognise(graph: GraphFacts) -> OneGraph:
    """Tell which pipeline a graph's signature fits. Raises: Invalid."""
    main = [spec for spec in graph.inputs if not is_condition(spec)]
    conditional = all(spec.dtype in _CONDITIONS for spec in graph.inputs if is_condition(spec))
    if len(main) == 1 and conditional:
        (source,) = main
        one_picture = len(graph.outputs) == 1 and is_picture(graph.outputs[0], channels=(1, 3, 4))
        if one_picture and is_latent(source):
            return Pipeline.LATENT_TO_IMAGE
        if one_picture and is_picture(source, channels=(3,)):
            return Pipeline.IMAGE_TO_IMAGE
        fixed = is_picture(source, channels=(3,)) and all(isinstance(dim, int) for dim in source.dims[2:])
        if fixed and len(graph.inputs) == 1 and graph.outputs and all(map(is_scores, graph.outputs)):
            return Pipeline.IMAGE_TO_LABEL
    everything = (*graph.inputs, *graph.outputs)
    if graph.inputs and graph.outputs and all(spec.dtype in _TENSOR_DTYPES and spec.dims for spec in everything):
        return Pipeline.TENSOR
    raise Invalid(
        "signature_not_recognised",
        f"The graph takes {_describe(graph.inputs)} and gives {_describe(graph.outputs)}. Recognised are: latent (N, d) "
        "or (N, c, h, w) to picture (N, 1|3|4, H, W), picture (N, 3, H, W) to picture, picture of a fixed size to scores "
        "(N, K), and plain number tensors with a batch dimension. Write an artrator.yaml, or export the graph again.",
        field="manifest",
    )


def is_condition(spec: TensorSpec) -> bool:
    """Tell whether an input is one value a request, (N,)."""
    return len(spec.dims) == 1


def is_picture(spec: TensorSpec, *, channels: Sequence[int]) -> bool:
    """Tell whether a tensor is a batch of pictures, (N, C, H, W) float32."""
    if spec.dtype != "float32" or len(spec.dims) != 4 or spec.dims[1] not in channels:
        return False
    return all(not isinstance(side, int) or side >= MIN_SIDE_PX for side in spec.dims[2:])


def is_latent(spec: TensorSpec) -> bool:
    """Tell whether a tensor is a batch of latents: (N, d), or (N, c, h, w) that is no picture or is called a latent."""
    if spec.dtype != "float32" or not all(isinstance(dim, int) and dim > 0 for dim in spec.dims[1:]):
        return False
    if len(spec.dims) == 2:
        return True
    named = spec.name.lower() in LATENT_NAMES
    return len(spec.dims) == 4 and (named or not is_picture(spec, channels=(3,)))


def is_scores(spec: TensorSpec) -> bool:
    """Tell whether a tensor is a batch of scores, (N, K) float32 with K of 2 or more."""
    if spec.dtype != "float32" or len(spec.dims) != 2:
        return False
    count = spec.dims[1]
    return isinstance(count, int) and count >= 2


def _inputs(pipeline: OneGraph, graph: GraphFacts) -> dict[str, InputField]:
    inputs: dict[str, InputField] = {}
    match pipeline:
        case Pipeline.LATENT_TO_IMAGE:
            inputs = _latent_inputs()
        case Pipeline.IMAGE_TO_IMAGE | Pipeline.IMAGE_TO_LABEL:
            inputs["image"] = ImageInput(type="image", description="The picture to work on")
        case Pipeline.TENSOR:
            return {spec.name: _tensor_input(spec) for spec in graph.inputs}
    for spec in graph.inputs:
        if is_condition(spec):
            inputs[spec.name] = _CONDITIONS[spec.dtype]
    return inputs


def _latent_inputs() -> dict[str, InputField]:
    return {
        "seed": SeedInput(type="seed", description="The same seed gives the same picture"),
        "truncation": NumberInput(
            type="number", minimum=0.0, maximum=2.0, default=1.0, description="Lower is calmer, higher is bolder"
        ),
        "to_seed": SeedInput(type="seed", required=False, description="A second picture to blend towards"),
        "blend": NumberInput(
            type="number", minimum=0.0, maximum=1.0, default=0.0, description="How far to go towards the second picture"
        ),
    }


def _outputs(pipeline: OneGraph, graph: GraphFacts) -> dict[str, OutputField]:
    match pipeline:
        case Pipeline.LATENT_TO_IMAGE | Pipeline.IMAGE_TO_IMAGE:
            return {"image": ImageOutput(type="image")}
        case Pipeline.IMAGE_TO_LABEL:
            return {spec.name: LabelOutput(type="label") for spec in graph.outputs}
        case Pipeline.TENSOR:
            return {
                spec.name: TensorOutput.model_validate({"type": "tensor", "dtype": spec.dtype, "shape": shape_of(spec)})
                for spec in graph.outputs
            }


def _tensor_input(spec: TensorSpec) -> TensorInput:
    return TensorInput.model_validate({"type": "tensor", "dtype": spec.dtype, "shape": shape_of(spec)})


def shape_of(spec: TensorSpec) -> tuple[int | str, ...]:
    """Give a tensor's shape, batch dimension included; unknown sizes get a name."""
    return tuple(dim if dim is not None else f"dim{index}" for index, dim in enumerate(spec.dims))


def _config(pipeline: OneGraph, graph: GraphFacts, measured_range: tuple[float, float] | None) -> dict[str, JsonValue]:
    if pipeline is Pipeline.TENSOR:
        return {}
    if pipeline is Pipeline.IMAGE_TO_LABEL:
        labels: dict[str, JsonValue] = {
            spec.name: [f"class {index}" for index in range(_count(spec))] for spec in graph.outputs
        }
        return {"image_range": [0.0, 1.0], "labels": labels}
    return {"image_range": _image_range(graph, measured_range)}


def _count(spec: TensorSpec) -> int:
    count = spec.dims[1]
    return count if isinstance(count, int) else 0


def _image_range(graph: GraphFacts, measured_range: tuple[float, float] | None) -> list[JsonValue]:
    signed = "ai.onnx:Tanh" in graph.operators and "ai.onnx:Sigmoid" not in graph.operators
    if measured_range is not None:
        signed = measured_range[0] < -0.05
    return [-1.0, 1.0] if signed else [0.0, 1.0]


def _describe(specs: Sequence[TensorSpec]) -> str:
    shown = [f"{spec.name[:40]} {spec.dtype or 'no tensor'} ({', '.join(map(_dim, spec.dims))})" for spec in specs[:6]]
    return "; ".join(shown) + (" ..." if len(specs) > 6 else "") if shown else "nothing"


def _dim(dim: int | str | None) -> str:
    return "?" if dim is None else str(dim)[:20]
