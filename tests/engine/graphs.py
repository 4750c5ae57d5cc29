"""Tiny graphs and bundles made with plain onnx, honest and hostile ones, for whoever needs a model in a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from artrator.bundle.digest import bundle_digest
from artrator.bundle.manifest import read_manifest
from artrator.engine.fleet import InstalledBundle

Node = onnx.NodeProto
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def tensor_info(name: str, dims: Sequence[int | str], dtype: int = FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, list(dims))


def constant(name: str, value: object, dtype: type = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, dtype=dtype), name)


def model(
    nodes: Sequence[Node],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "graph", list(inputs), list(outputs), list(constants))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def latent_decoder(latent: int = 8, side_px: int = 16, channels: int = 3, conditional: bool = False) -> onnx.ModelProto:
    """Latent (N, d) to picture (N, C, H, W) in -1..1; with `conditional`, `warmth` (N,) and `style` (N,) int64 shift it."""
    values = np.random.default_rng(7).standard_normal((latent, channels * side_px * side_px), dtype=np.float32) * 0.4
    nodes = [helper.make_node("MatMul", ["latent", "weight"], ["flat"])]
    inputs = [tensor_info("latent", ["N", latent])]
    last = "flat"
    if conditional:
        nodes += [
            helper.make_node("Cast", ["style"], ["style_f"], to=FLOAT),
            helper.make_node("Add", ["warmth", "style_f"], ["shift"]),
            helper.make_node("Unsqueeze", ["shift", "one"], ["column"]),
            helper.make_node("Add", ["flat", "column"], ["shifted"]),
        ]
        inputs += [tensor_info("warmth", ["N"]), tensor_info("style", ["N"], INT64)]
        last = "shifted"
    nodes += [helper.make_node("Tanh", [last], ["bent"]), helper.make_node("Reshape", ["bent", "shape"], ["image"])]
    constants = [
        numpy_helper.from_array(values, "weight"),
        constant("shape", [-1, channels, side_px, side_px], np.int64),
        constant("one", [1], np.int64),
    ]
    return model(nodes, inputs, [tensor_info("image", ["N", channels, side_px, side_px])], constants)


def invert(side_px: int | None = None) -> onnx.ModelProto:
    """Picture to its negative in 0..1, of any size or of a fixed one."""
    dims: list[int | str] = ["N", 3, *((side_px, side_px) if side_px else ("H", "W"))]
    nodes = [helper.make_node("Sub", ["one", "image"], ["inverted"])]
    return model(nodes, [tensor_info("image", dims)], [tensor_info("inverted", dims)], [constant("one", 1.0)])


def upscale(factor: int = 2) -> onnx.ModelProto:
    """Picture to one `factor` times as large, by repeating pixels."""
    nodes = [helper.make_node("Resize", ["image", "", "scales"], ["large"], mode="nearest")]
    scales = constant("scales", [1, 1, factor, factor])
    return model(
        nodes, [tensor_info("image", ["N", 3, "H", "W"])], [tensor_info("large", ["N", 3, "H2", "W2"])], [scales]
    )


def classifier(side_px: int = 8, groups: Sequence[tuple[str, int]] = (("style", 3),)) -> onnx.ModelProto:
    """Picture to scores: each score of a group is a fixed mix of the mean red, green and blue."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["colour"], axis=1),
    ]
    constants, outputs = [], []
    for name, count in groups:
        mix = np.zeros((3, count), np.float32)
        mix[np.arange(count) % 3, np.arange(count)] = 4 + np.arange(count)
        nodes.append(helper.make_node("MatMul", ["colour", f"mix_{name}"], [name]))
        constants.append(numpy_helper.from_array(mix, f"mix_{name}"))
        outputs.append(tensor_info(name, ["N", count]))
    return model(nodes, [tensor_info("image", ["N", 3, side_px, side_px])], outputs, constants)


def add() -> onnx.ModelProto:
    """Two tensors (N, 4) to their sum."""
    dims = ["N", 4]
    return model(
        [helper.make_node("Add", ["a", "b"], ["sum"])],
        [tensor_info("a", dims), tensor_info("b", dims)],
        [tensor_info("sum", dims)],
    )


def picky() -> onnx.ModelProto:
    """Tensor (N, 4) to the entry of a table that its largest value names; a value above 7 makes the graph fail."""
    nodes = [
        helper.make_node("ReduceMax", ["a"], ["largest"], axes=[1], keepdims=0),
        helper.make_node("Cast", ["largest"], ["index"], to=INT64),
        helper.make_node("Gather", ["table", "index"], ["sum"]),
    ]
    table = constant("table", [[float(row)] for row in range(8)])
    return model(nodes, [tensor_info("a", ["N", 4])], [tensor_info("sum", ["N", 1])], [table])


def rows() -> onnx.ModelProto:
    """Tensor (N, 4) to (N, 1): how many rows were evaluated together."""
    nodes = [
        helper.make_node("Shape", ["a"], ["count"], start=0, end=1),
        helper.make_node("Cast", ["count"], ["count_f"], to=FLOAT),
        helper.make_node("ReduceMean", ["a"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "count_f"], ["sum"]),
    ]
    return model(nodes, [tensor_info("a", ["N", 4])], [tensor_info("sum", ["N", 1])], [constant("zero", 0.0)])


def _loop(trips: int, condition: bool, size: int) -> onnx.ModelProto:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("MatMul", ["state", "turn"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("trip", INT64, []),
            helper.make_tensor_value_info("go", BOOL, []),
            tensor_info("state", ["N", size]),
        ],
        [helper.make_tensor_value_info("go_on", BOOL, []), tensor_info("next", ["N", size])],
    )
    nodes = [helper.make_node("Loop", ["trips" if trips else "", "condition", "a"], ["sum"], body=body)]
    constants = [
        constant("condition", condition, np.bool_),
        numpy_helper.from_array(np.roll(np.eye(size, dtype=np.float32), 1, axis=0), "turn"),
    ]
    if trips:
        constants.append(constant("trips", trips, np.int64))
    dims = ["N", size]
    return model(nodes, [tensor_info("a", dims)], [tensor_info("sum", dims)], constants)


def endless() -> onnx.ModelProto:
    """A loop that never ends by itself."""
    return _loop(0, True, 4)


def slow(trips: int = 20_000) -> onnx.ModelProto:
    """A loop that takes a while: it rotates (N, 4) as often as asked."""
    return _loop(trips, True, 4)


def not_a_number() -> onnx.ModelProto:
    """Latent (N, 8) to a picture of NaN."""
    side = 4
    nodes = [
        helper.make_node("MatMul", ["latent", "weight"], ["flat"]),
        helper.make_node("Abs", ["flat"], ["positive"]),
        helper.make_node("Sub", ["minus_one", "positive"], ["negative"]),
        helper.make_node("Log", ["negative"], ["nan"]),
        helper.make_node("Reshape", ["nan", "shape"], ["image"]),
    ]
    constants = [
        constant("weight", np.ones((8, 3 * side * side))),
        constant("minus_one", -1.0),
        constant("shape", [-1, 3, side, side], np.int64),
    ]
    return model(nodes, [tensor_info("latent", ["N", 8])], [tensor_info("image", ["N", 3, side, side])], constants)


def wrong_shape() -> onnx.ModelProto:
    """Latent (N, 8) to a picture whose real size, 5 x 5, shows only when it runs; it declares 4 x 4."""
    nodes = [
        helper.make_node("ReduceMean", ["latent"], ["zeroish"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["zeroish", "zero"], ["nothing"]),
        helper.make_node("Cast", ["nothing"], ["whole"], to=INT64),
        helper.make_node("Slice", ["whole", "start", "end"], ["first"]),
        helper.make_node("Add", ["first", "sides"], ["shape"]),
        helper.make_node("Expand", ["grey", "shape"], ["image"]),
    ]
    constants = [
        constant("zero", 0.0),
        constant("start", [0], np.int64),
        constant("end", [1], np.int64),
        constant("sides", [1, 3, 5, 5], np.int64),
        constant("grey", np.zeros((1, 1, 1, 1))),
    ]
    return model(nodes, [tensor_info("latent", ["N", 8])], [tensor_info("image", ["N", 3, 4, 4])], constants)


def hungry(gigabytes: int = 64) -> onnx.ModelProto:
    """Tensor (N, 4) to one that asks for more memory than there is, which shows only when it runs."""
    nodes = [
        helper.make_node("ReduceMean", ["a"], ["zeroish"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["zeroish", "zero"], ["nothing"]),
        helper.make_node("Cast", ["nothing"], ["whole"], to=INT64),
        helper.make_node("Slice", ["whole", "start", "end"], ["first"]),
        helper.make_node("Add", ["first", "size"], ["shape"]),
        helper.make_node("Expand", ["grey", "shape"], ["large"]),
        helper.make_node("ReduceMax", ["large"], ["sum"], axes=[1], keepdims=1),
    ]
    constants = [
        constant("zero", 0.0),
        constant("start", [0], np.int64),
        constant("end", [1], np.int64),
        constant("size", [1, gigabytes << 28], np.int64),
        constant("grey", [[0.0]]),
    ]
    return model(nodes, [tensor_info("a", ["N", 4])], [tensor_info("sum", ["N", 1])], constants)


LATENT_INPUTS = """\
inputs:
  seed: {type: seed}
  truncation: {type: number, minimum: 0, maximum: 2, default: 1}
  to_seed: {type: seed, required: false}
  blend: {type: number, minimum: 0, maximum: 1, default: 0}
"""
IMAGE_INPUTS = "inputs:\n  image: {type: image}\n"
ONE_TENSOR = "inputs:\n  a: {type: tensor, shape: [N, 4]}\noutputs:\n  sum: {type: tensor}\n"

_LATENT = "pipeline: latent-to-image\ngraphs: {decoder: model.onnx}\n"
_IMAGE = "pipeline: image-to-image\ngraphs: {model: model.onnx}\n"
_TENSOR = "pipeline: tensor\ngraphs: {model: model.onnx}\n"
_IMAGE_OUTPUT = "outputs:\n  image: {type: image}\n"

KINDS: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "latent": (latent_decoder, _LATENT + LATENT_INPUTS + _IMAGE_OUTPUT),
    "conditional": (
        lambda: latent_decoder(conditional=True),
        _LATENT
        + LATENT_INPUTS
        + "  warmth: {type: number, default: 0}\n  style: {type: choice, choices: [calm, bold], default: calm}\n"
        + _IMAGE_OUTPUT,
    ),
    "invert": (invert, _IMAGE + IMAGE_INPUTS + _IMAGE_OUTPUT),
    "fixed_invert": (lambda: invert(16), _IMAGE + IMAGE_INPUTS + _IMAGE_OUTPUT),
    "upscale": (upscale, _IMAGE + IMAGE_INPUTS + _IMAGE_OUTPUT + "config: {multiple_of: 8}\n"),
    "classifier": (
        lambda: classifier(groups=(("style", 3), ("palette", 2))),
        "pipeline: image-to-label\ngraphs: {model: model.onnx}\n"
        + IMAGE_INPUTS
        + "outputs:\n  style: {type: label}\n  palette: {type: label}\n"
        + "config: {labels: {style: [fields, grid, waves], palette: [warm, cool]}}\n",
    ),
    "add": (
        add,
        _TENSOR
        + "inputs:\n  a: {type: tensor, shape: [N, 4]}\n  b: {type: tensor, shape: [N, 4]}\n"
        + "outputs:\n  sum: {type: tensor}\n",
    ),
    "picky": (picky, _TENSOR + ONE_TENSOR),
    "rows": (rows, _TENSOR + ONE_TENSOR),
    "endless": (endless, _TENSOR + ONE_TENSOR),
    "slow": (slow, _TENSOR + ONE_TENSOR),
    "hungry": (hungry, _TENSOR + ONE_TENSOR),
    "nan": (not_a_number, _LATENT + LATENT_INPUTS + _IMAGE_OUTPUT),
    "wrong_shape": (wrong_shape, _LATENT + LATENT_INPUTS + _IMAGE_OUTPUT),
}
"""Every kind of bundle that `make_bundle` makes: its graph and its manifest."""


def make_bundle(
    folder: Path, kind: str, *, graph: onnx.ModelProto | None = None, name: str = "tiny", batchable: bool = True
) -> InstalledBundle:
    """Write a bundle of a kind of KINDS into a new folder; `graph` replaces the kind's own."""
    build, manifest = KINDS[kind]
    folder.mkdir(parents=True)
    text = f"name: {name}\nlicense: CC0-1.0\nsummary: A tiny model.\n{manifest}"
    (folder / "artrator.yaml").write_text(text)
    onnx.save(build() if graph is None else graph, folder / "model.onnx")
    return InstalledBundle(
        digest=bundle_digest(folder), folder=folder, manifest=read_manifest(text), batchable=batchable
    )
