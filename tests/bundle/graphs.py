"""Small honest graphs, made with plain onnx, one for each pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, numpy_helper
from onnx import helper as make

FLOAT = TensorProto.FLOAT


def weight(name: str, values: object, dtype: str = "float32") -> TensorProto:
    """A named initializer."""
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def value(name: str, dims: Sequence[int | str], elem_type: int = FLOAT) -> ValueInfoProto:
    """An input or output."""
    return make.make_tensor_value_info(name, elem_type, list(dims))


def model(graph: GraphProto, *, opset: int = 18, ir_version: int = 10, **more: object) -> ModelProto:
    """A model around a graph."""
    return make.make_model(graph, opset_imports=[make.make_opsetid("", opset)], ir_version=ir_version, **more)


def simple(
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    weights: Sequence[TensorProto] = (),
) -> ModelProto:
    """A model of nodes."""
    return model(make.make_graph(list(nodes), "graph", list(inputs), list(outputs), list(weights)))


def latent_to_image(*, width: int = 8, side_px: int = 16, scale: float = 0.3) -> ModelProto:
    """Latent (N, width) -> image (N, 3, side, side) in -1..1."""
    numbers = np.random.default_rng(7).standard_normal((width, 3 * side_px * side_px)) * scale
    return simple(
        [
            make.make_node("MatMul", ["latent", "weight"], ["flat"]),
            make.make_node("Tanh", ["flat"], ["bounded"]),
            make.make_node("Reshape", ["bounded", "shape"], ["image"]),
        ],
        [value("latent", ["N", width])],
        [value("image", ["N", 3, side_px, side_px])],
        [weight("weight", numbers), weight("shape", [-1, 3, side_px, side_px], "int64")],
    )


def image_to_image() -> ModelProto:
    """Image (N, 3, H, W) -> its negative."""
    return simple(
        [make.make_node("Sub", ["one", "image"], ["negative"])],
        [value("image", ["N", 3, "H", "W"])],
        [value("negative", ["N", 3, "H", "W"])],
        [weight("one", 1.0)],
    )


def image_to_scores(*, classes: int = 5) -> ModelProto:
    """Image (N, 3, 16, 16) -> scores (N, classes)."""
    numbers = np.random.default_rng(3).standard_normal((3, classes))
    return simple(
        [
            make.make_node("GlobalAveragePool", ["image"], ["pooled"]),
            make.make_node("Flatten", ["pooled"], ["flat"]),
            make.make_node("MatMul", ["flat", "weight"], ["style"]),
        ],
        [value("image", ["N", 3, 16, 16])],
        [value("style", ["N", classes])],
        [weight("weight", numbers)],
    )


def tensors() -> ModelProto:
    """Two tensors (N, 4) -> their sum."""
    return simple(
        [make.make_node("Add", ["left", "right"], ["total"])],
        [value("left", ["N", 4]), value("right", ["N", 4])],
        [value("total", ["N", 4])],
    )


def save(built: ModelProto, folder: Path, name: str = "model.onnx") -> Path:
    """Write a model's file."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save_model(built, folder / name)
    return folder / name
