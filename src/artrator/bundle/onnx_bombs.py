"""Operators whose attributes or constants make far more than they are given, or index out of what there is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from onnx import AttributeProto, NodeProto, TensorProto

from artrator.bundle.facts import GraphCaps
from artrator.bundle.onnx_weights import small_integers

_MAX_BLOCK = 64
_MAX_ATTRIBUTE = 2**31 - 1
_MAX_PAD = 2**16
_MAX_REPEATS = 2**20
_HUGE_ATTRIBUTES_ALLOWED = frozenset({"Constant", "Cast", "Slice", "Shape"})

Fault = tuple[str, str]
Constants = Mapping[str, TensorProto]


def node_faults(node: NodeProto, constants: Constants, caps: GraphCaps) -> Iterator[Fault]:
    """Name what is dangerous about one node. constants: the tensors that are known by name where the node stands."""
    yield from _attribute_faults(node)
    if node.domain not in ("", "ai.onnx"):
        return
    made = _made_elements(node, constants)
    if made is not None and not 0 <= made <= caps.made_elements:
        detail = (
            f"{node.op_type} {node.name[:40]!r} makes {made:,} elements; at most {caps.made_elements:,} are allowed"
        )
        yield "memory_bomb", detail
    yield from _operand_faults(node, constants)


def _attribute_faults(node: NodeProto) -> Iterator[Fault]:
    seen: set[str] = set()
    for attribute in node.attribute:
        where = f"{node.op_type[:40]}.{attribute.name[:40]}"
        if attribute.name in seen:
            yield "attribute_repeated", f"{where} is there twice"
        seen.add(attribute.name)
        integers = [attribute.i, *attribute.ints] if len(attribute.ints) < 10_000 else []
        if len(attribute.ints) >= 10_000 and node.op_type != "Constant":
            yield "attribute_huge", f"{where} has {len(attribute.ints):,} numbers"
        if node.op_type not in _HUGE_ATTRIBUTES_ALLOWED and any(abs(value) > _MAX_ATTRIBUTE for value in integers):
            yield "attribute_huge", f"{where} is beyond 32 bits"
        if node.op_type in ("DepthToSpace", "SpaceToDepth") and attribute.name == "blocksize":
            if not 1 <= attribute.i <= _MAX_BLOCK:
                yield "blocksize_impossible", f"{where} is {attribute.i}; 1 to {_MAX_BLOCK} are allowed"
        elif attribute.type == AttributeProto.UNDEFINED and not attribute.ref_attr_name:
            yield "attribute_untyped", f"{where} has no type"
    if node.op_type in ("DepthToSpace", "SpaceToDepth") and "blocksize" not in seen:
        yield "blocksize_impossible", f"{node.op_type} has no blocksize"


def _made_elements(node: NodeProto, constants: Constants) -> int | None:
    shape: Sequence[int] | None = None
    match node.op_type:
        case "Expand" | "ConstantOfShape":
            shape = _operand(node, 1 if node.op_type == "Expand" else 0, constants)
        case "Reshape":
            shape = [size for size in _operand(node, 1, constants) or () if size > 0]
        case "Resize":
            shape = _operand(node, 3, constants)
        case "OneHot":
            shape = _operand(node, 1, constants)
        case "RandomNormal" | "RandomUniform":
            shape = next((attribute.ints for attribute in node.attribute if attribute.name == "shape"), None)
        case "Range":
            return _range_length(node, constants)
        case _:
            return None
    if shape is None:
        return None
    return -1 if any(size < 0 for size in shape) else math.prod(shape)


def _range_length(node: NodeProto, constants: Constants) -> int | None:
    ends = [_operand(node, index, constants) for index in range(3)]
    start, limit, delta = ends
    if start is None or limit is None or delta is None or not (start and limit and delta):
        return None
    return abs(limit[0] - start[0]) // max(1, abs(delta[0]))


def _operand_faults(node: NodeProto, constants: Constants) -> Iterator[Fault]:
    where = f"{node.op_type} {node.name[:40]!r}"
    if node.op_type == "Tile":
        repeats = _operand(node, 1, constants)
        if repeats is not None and (any(each < 0 for each in repeats) or math.prod(repeats) > _MAX_REPEATS):
            yield "memory_bomb", f"{where} repeats its input {math.prod(repeats):,} times"
    if node.op_type in ("Resize", "Upsample"):
        scales = _operand(node, 2 if node.op_type == "Resize" else 1, constants)
        if scales is not None and (any(each < 0 for each in scales) or math.prod(scales) > _MAX_REPEATS):
            yield "memory_bomb", f"{where} enlarges its input {math.prod(scales):,} times"
    if node.op_type == "Pad":
        pads = _operand(node, 1, constants)
        if pads is not None and any(abs(each) > _MAX_PAD for each in pads):
            yield "memory_bomb", f"{where} pads by more than {_MAX_PAD:,}"


def _operand(node: NodeProto, index: int, constants: Constants) -> tuple[int, ...] | None:
    if index >= len(node.input):
        return None
    tensor = constants.get(node.input[index])
    return None if tensor is None else small_integers(tensor)
