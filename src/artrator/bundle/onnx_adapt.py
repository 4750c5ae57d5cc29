"""Open a graph to low-rank adaptation: beside each weight two factors that a call may give, so that one session serves all LoRAs.

To be called in a sandboxed child only, like `onnx_reader`: it parses a stranger's graph. A weight is found by its name,
which is that of a parameter in PyTorch: an export keeps it on the weight itself (`….to_q.weight`) or, where it
folded the weight into a constant, on the node (`/…/to_q/MatMul`).

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, helper

from artrator.bundle.adaptable import AdaptableWeight, Reach, WeightKind, down_input, strength_input, up_input
from artrator.bundle.facts import GraphCaps
from artrator.bundle.onnx_attention import fuse_attention, is_fused
from artrator.bundle.onnx_reader import read_model

_DTYPES: Mapping[int, str] = {TensorProto.FLOAT: "float32", TensorProto.FLOAT16: "float16"}
_ELEM_TYPES = {name: elem_type for elem_type, name in _DTYPES.items()}
_PASSES = frozenset({"Identity", "Cast", "DequantizeLinear", "Transpose"})
"""What may stand between a stored weight and the node that multiplies by it."""
_MAX_STEPS = 8
_CONV_ATTRIBUTES = frozenset({"auto_pad", "dilations", "pads", "strides"})


@dataclass(frozen=True, slots=True)
class _Place:
    """A node and the weight that it multiplies by."""

    node: NodeProto
    weight: AdaptableWeight


def read_adaptable(path: Path, caps: GraphCaps | None = None) -> Mapping[str, AdaptableWeight]:
    """Name the weights of a graph that a LoRA may adapt, by the module that each belongs to. Raises: Invalid, TooLarge."""
    return {place.weight.module: place.weight for place in _places(read_model(path, caps or GraphCaps()))}


def open_to_adaptation(path: Path, reach: Reach, caps: GraphCaps | None = None, *, fused: bool = False) -> bytes:
    """Give the graph with inputs for the factors of every weight in reach; left out, they change nothing.

    fused: with its attention rewritten, as that of the graph is where it is loaded without LoRAs.
    The inputs are `down_input` and `up_input` of each module, and once for each dtype `strength_input`.
    Raises: Invalid, TooLarge.
    """
    model = read_model(path, caps or GraphCaps())
    places = [place for place in _places(model) if reach.covers(place.weight)]
    _add_inputs(model, places)
    _add_nodes(model, places)
    if fused and is_fused(path):
        fuse_attention(model)
    return model.SerializeToString()


def _places(model: ModelProto) -> list[_Place]:
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    made_by = {output: node for node in model.graph.node for output in node.output}
    places: list[_Place] = []
    for node in model.graph.node:
        if node.op_type in ("MatMul", "Gemm", "Conv") and not node.domain and len(node.input) >= 2:
            weight = _weight(node, stored, made_by)
            if weight is not None:
                places.append(_Place(node, weight))
    return _of_one_shape(places)


def _of_one_shape(places: list[_Place]) -> list[_Place]:
    """Leave out modules of which two weights differ: their name does not say which of them a LoRA means."""
    first: dict[str, AdaptableWeight] = {}
    for place in places:
        first.setdefault(place.weight.module, place.weight)
    differ = {place.weight.module for place in places if place.weight != first[place.weight.module]}
    return [place for place in places if place.weight.module not in differ]


def _weight(
    node: NodeProto, stored: Mapping[str, TensorProto], made_by: Mapping[str, NodeProto]
) -> AdaptableWeight | None:
    source, is_transposed, elem_type = node.input[1], False, 0
    for _ in range(_MAX_STEPS):
        if source in stored:
            break
        maker = made_by.get(source)
        if maker is None or maker.op_type not in _PASSES or maker.domain or not maker.input:
            return None
        is_transposed ^= maker.op_type == "Transpose"
        elem_type = elem_type or _made_type(maker, stored)
        source = maker.input[0]
    tensor = stored.get(source)
    if tensor is None:
        return None
    module = _module(source, node)
    dtype = _DTYPES.get(elem_type or tensor.data_type)
    dims = tuple(tensor.dims)
    if module is None or dtype is None or min(dims, default=0) < 1:
        return None
    if node.op_type == "Conv":
        return _conv(node, module, dtype, dims) if not is_transposed else None
    return _linear(node, module, dtype, dims, is_transposed=is_transposed)


def _made_type(maker: NodeProto, stored: Mapping[str, TensorProto]) -> int:
    """Name the type that a node makes of a weight; 0 where it keeps what it was."""
    if maker.op_type == "Cast":
        return next((each.i for each in maker.attribute if each.name == "to"), 0)
    if maker.op_type == "DequantizeLinear" and len(maker.input) >= 2 and maker.input[1] in stored:
        return stored[maker.input[1]].data_type
    return 0


def _module(stored_as: str, node: NodeProto) -> str | None:
    """Name the module that a weight belongs to; None where neither the weight nor the node tells."""
    if stored_as.endswith(".weight"):
        return stored_as.removesuffix(".weight")
    scope, _, _ = node.name.rpartition("/")
    return scope.strip("/").replace("/", ".") or None


def _linear(
    node: NodeProto, module: str, dtype: str, dims: tuple[int, ...], *, is_transposed: bool
) -> AdaptableWeight | None:
    if len(dims) != 2:
        return None
    if node.op_type == "Gemm":
        attributes = _attributes(node)
        if _whole(attributes, "transA", 0) or _real(attributes, "alpha", 1.0) != 1.0:
            return None
        is_transposed ^= bool(_whole(attributes, "transB", 0))
    into, out = dims[::-1] if is_transposed else dims
    return AdaptableWeight(module=module, kind=WeightKind.LINEAR, dtype=dtype, inputs=into, outputs=out)


def _conv(node: NodeProto, module: str, dtype: str, dims: tuple[int, ...]) -> AdaptableWeight | None:
    if len(dims) != 4 or _whole(_attributes(node), "group", 1) != 1:
        return None
    out, into, height, width = dims
    return AdaptableWeight(
        module=module, kind=WeightKind.CONV, dtype=dtype, inputs=into, outputs=out, kernel=(height, width)
    )


def _attributes(node: NodeProto) -> Mapping[str, AttributeProto]:
    return {each.name: each for each in node.attribute}


def _whole(attributes: Mapping[str, AttributeProto], name: str, default: int) -> int:
    return attributes[name].i if name in attributes else default


def _real(attributes: Mapping[str, AttributeProto], name: str, default: float) -> float:
    return attributes[name].f if name in attributes else default


def _add_inputs(model: ModelProto, places: Collection[_Place]) -> None:
    graph = model.graph
    for weight in {place.weight.module: place.weight for place in places}.values():
        elem_type = _ELEM_TYPES[weight.dtype]
        for name, shape in ((down_input(weight.module), weight.down_shape), (up_input(weight.module), weight.up_shape)):
            graph.input.append(helper.make_tensor_value_info(name, elem_type, shape(f"rank of {weight.module}")))
            graph.initializer.append(_zeros(name, elem_type, shape(weight.least_rank)))
    for dtype in sorted({place.weight.dtype for place in places}):
        name, elem_type = strength_input(dtype), _ELEM_TYPES[dtype]
        graph.input.append(helper.make_tensor_value_info(name, elem_type, (1,)))
        graph.initializer.append(_zeros(name, elem_type, (1,)))


def _zeros(name: str, elem_type: int, shape: tuple[int | str, ...]) -> TensorProto:
    sizes = [each for each in shape if isinstance(each, int)]
    count = 1
    for each in sizes:
        count *= each
    width = 4 if elem_type == TensorProto.FLOAT else 2
    return helper.make_tensor(name, elem_type, sizes, bytes(count * width), raw=True)


def _add_nodes(model: ModelProto, places: Collection[_Place]) -> None:
    """Put after each node what its LoRA adds; the sum takes the name that the node's own output had."""
    after: dict[str, list[NodeProto]] = {}
    for number, place in enumerate(places):
        whole = place.node.output[0]
        own = f"lora/{number}/own"
        place.node.output[0] = own
        after[own] = _added(place, number, own, whole)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    for node in nodes:
        model.graph.node.append(node)
        model.graph.node.extend(after.get(node.output[0] if node.output else "", ()))


def _added(place: _Place, number: int, own: str, whole: str) -> list[NodeProto]:
    weight, taken = place.weight, place.node.input[0]
    low, scaled, added = (f"lora/{number}/{name}" for name in ("low", "scaled", "added"))
    down, up, strength = down_input(weight.module), up_input(weight.module), strength_input(weight.dtype)
    if weight.kind is WeightKind.CONV:
        narrow = helper.make_node("Conv", [taken, down], [low])
        narrow.attribute.extend(each for each in place.node.attribute if each.name in _CONV_ATTRIBUTES)
        widen = helper.make_node("Conv", [scaled, up], [added])
    else:
        narrow = helper.make_node("MatMul", [taken, down], [low])
        widen = helper.make_node("MatMul", [scaled, up], [added])
    scale = helper.make_node("Mul", [low, strength], [scaled])
    return [narrow, scale, widen, helper.make_node("Add", [own, added], [whole])]
