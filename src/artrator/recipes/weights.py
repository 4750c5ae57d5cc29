"""Store a graph's weights in fewer bytes; a runtime turns them back into float32 once, when it loads the graph."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from artrator.recipes.whole_files import keep_file

SMALLEST = 1024  # numbers that a tensor must hold, or nothing is gained
Nodes = tuple[list[TensorProto], list[NodeProto]]


def store_int8(file: Path) -> None:
    """Keep each matrix and each kernel as int8 and a scale for every output channel; the rest stays float32."""
    model = onnx.load(file)
    axes = _output_axes(model.graph)
    _rewrite(model, file, lambda name, values: _int8(name, values, axes[name]) if name in axes else None)


def store_float16(file: Path) -> None:
    """Keep each large tensor as float16."""
    _rewrite(onnx.load(file), file, _float16)


def _rewrite(model: onnx.ModelProto, file: Path, small: Callable[[str, NDArray[np.float32]], Nodes | None]) -> None:
    stored: list[TensorProto] = []
    nodes: list[NodeProto] = []
    for tensor in model.graph.initializer:
        large = tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= SMALLEST
        made = small(tensor.name, numpy_helper.to_array(tensor)) if large else None
        stored += made[0] if made is not None else [tensor]
        nodes += made[1] if made is not None else []
    nodes += model.graph.node
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(stored)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model, full_check=True)
    keep_file(file, lambda path: onnx.save(model, path))


def _float16(name: str, values: NDArray[np.float32]) -> Nodes:
    half = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
    return [half], [helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)]


def _int8(name: str, values: NDArray[np.float32], axis: int) -> Nodes:
    others = tuple(i for i in range(values.ndim) if i != axis % values.ndim)
    scale = np.maximum(np.abs(values).max(others, keepdims=True), 1e-12).astype(np.float32) / 127
    whole = numpy_helper.from_array(np.rint(values / scale).astype(np.int8), f"{name}.int8")
    scales = numpy_helper.from_array(scale, f"{name}.scale")
    # a Cast and a Mul and no DequantizeLinear, which ONNX Runtime would not fold but compute again in every call
    return [whole, scales], [
        helper.make_node("Cast", [whole.name], [f"{name}.cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.cast", scales.name], [name]),
    ]


def _output_axes(graph: onnx.GraphProto) -> dict[str, int]:
    """Tell along which axis of each weight the output channels lie."""
    axes: dict[str, int] = {}
    for node in graph.node:
        attributes = {each.name: each.i for each in node.attribute}
        match node.op_type:
            case "Conv":
                axes[node.input[1]] = 0
            case "Gemm":
                axes[node.input[1]] = 0 if attributes.get("transB") else 1
            case "MatMul":
                axes |= dict.fromkeys(node.input, -1)
            case "Gather":
                axes[node.input[0]] = 0
            case _:
                pass
    return axes
