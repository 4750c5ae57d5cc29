"""Store a graph's weights in fewer bytes, under the names that they have: half precision, or whole numbers by channel."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

LEAST_VALUES = 1024
"""Smaller weights are not worth a node of their own."""


class Stored(StrEnum):
    """How weights lie in the file; they are multiplied in float32."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


def store_weights(model: ModelProto, stored: Stored) -> None:
    """Replace matrices and filters by their smaller forms, each with the node that makes it float32 again."""
    if stored is Stored.FP32:
        return
    channels = _channel_axes(model)
    added: list[NodeProto] = []
    small: list[TensorProto] = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor) if tensor.data_type == TensorProto.FLOAT else None
        if values is None or values.ndim < 2 or values.size < LEAST_VALUES:
            continue
        wide = f"{tensor.name}/float32"
        if stored is Stored.FP16 or tensor.name not in channels:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))
            added.append(helper.make_node("Cast", [tensor.name], [wide], to=TensorProto.FLOAT))
        else:
            axis = channels[tensor.name]
            numbers, scale = _quantised(values, axis)
            tensor.CopyFrom(numpy_helper.from_array(numbers, tensor.name))
            small.append(numpy_helper.from_array(scale, f"{tensor.name}/scale"))
            added.append(helper.make_node("DequantizeLinear", [tensor.name, f"{tensor.name}/scale"], [wide], axis=axis))
    _use_instead(model, {node.input[0]: node.output[0] for node in added})
    model.graph.initializer.extend(small)
    nodes = [*added, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _quantised(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Round each channel to 255 steps around zero."""
    others = tuple(each for each in range(values.ndim) if each != axis)
    scale = np.maximum(np.abs(values).max(axis=others), 1e-12).astype(np.float32) / np.float32(127)
    shape = [-1 if each == axis else 1 for each in range(values.ndim)]
    return np.clip(np.rint(values / scale.reshape(shape)), -127, 127).astype(np.int8), scale


def _channel_axes(model: ModelProto) -> dict[str, int]:
    """Name the axis of what comes out, of every weight that one kind of node multiplies by."""
    axes: dict[str, int] = {}
    for node in model.graph.node:
        if len(node.input) < 2:
            continue
        if node.op_type == "Conv":
            axes[node.input[1]] = 0
        elif node.op_type == "MatMul":
            axes[node.input[1]] = 1
        elif node.op_type == "Gemm":
            axes[node.input[1]] = 0 if any(each.name == "transB" and each.i for each in node.attribute) else 1
    return axes


def _use_instead(model: ModelProto, names: dict[str, str]) -> None:
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name in names:
                node.input[index] = names[name]
