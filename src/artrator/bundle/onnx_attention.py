"""Attention that a graph spells out becomes one node of the runtime, which never holds all the scores at once.

An export of PyTorch multiplies queries by keys, takes the softmax and multiplies by the values: for a picture of n places that is a tensor
of n² numbers a head. ONNX Runtime's `MultiHeadAttention` goes through them in blocks.

Source: Dao et al. 2022, "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

FUSED_BYTES = 64 << 20
"""Of a graph's own file; while it is rewritten it is in memory three times. Weights in a file beside it do not count."""
DOMAIN, HEADS = "com.microsoft", "num_heads"
_HEADS_OUTSIDE = [0, 2, 1, 3]
"""(batch, places, heads, width) to (batch, heads, places, width), and back."""
_KEYS = [0, 2, 3, 1]
_LEAST_OPSET = 13
"""Before it, a softmax without an axis went over all axes but the first."""
_SCALAR_OPERATORS = frozenset({"Sqrt", "Cast", "Div", "Reciprocal", "Mul", "Pow"})
_MAX_STEPS = 8
_FLAT, _ROWS = "attention/flat", "attention/rows"


@dataclass(frozen=True, slots=True)
class _Operand:
    """What a matrix product takes: a tensor (batch, places, heads, width), and the numbers that it is multiplied by.

    batch: as the shape is written; None where it is computed.
    """

    split: str
    batch: int | None
    heads: int
    scales: tuple[str, ...]

    def goes_with(self, other: _Operand) -> bool:
        """Tell whether both have as many heads and of the same batch; a product may take one of a batch for all, the operator not."""
        return (self.heads, self.batch) == (other.heads, other.batch)


@dataclass(slots=True)
class _Graph:
    """Who makes and who takes each value of a graph."""

    model: ModelProto
    made_by: dict[str, NodeProto] = field(init=False)
    takers: dict[str, list[NodeProto]] = field(init=False)
    stored: Mapping[str, TensorProto] = field(init=False)

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.made_by = {output: node for node in graph.node for output in node.output}
        self.takers = {}
        for node in graph.node:
            for name in node.input:
                self.takers.setdefault(name, []).append(node)
        given = {value.name for value in graph.input}
        self.stored = {tensor.name: tensor for tensor in graph.initializer if tensor.name not in given}

    def maker(self, name: str, operator: str) -> NodeProto | None:
        """Give the node of ONNX's own that makes a value, if it is of that kind."""
        node = self.made_by.get(name)
        return node if node is not None and node.op_type == operator and not node.domain else None

    def constant(self, name: str) -> np.ndarray | None:
        """Give a value that is known without evaluating the graph."""
        node = self.maker(name, "Constant")
        if node is not None:
            return next((numpy_helper.to_array(each.t) for each in node.attribute if each.name == "value"), None)
        tensor = self.stored.get(name)
        small = tensor is not None and int(np.prod(tensor.dims)) <= _MAX_STEPS and not tensor.external_data
        return numpy_helper.to_array(tensor) if small and tensor is not None else None


def is_fused(path: Path) -> bool:
    """Tell whether a graph's file is small enough to be rewritten whenever it is loaded: it always is, or never."""
    return path.stat().st_size <= FUSED_BYTES


def with_fused_attention(path: Path) -> bytes | None:
    """Give a graph rewritten; None where it is left as it is. In a sandboxed child only, of a bundle that was examined before."""
    if not is_fused(path):
        return None
    model = ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except DecodeError:
        return None  # the runtime says what is wrong with it
    return model.SerializeToString() if fuse_attention(model) else None


def fuse_attention(model: ModelProto) -> int:
    """Rewrite a graph in place; tell how many attentions were found. What is masked, or spelled otherwise, stays as it is."""
    if not _is_recent(model):
        return 0
    try:
        replaced = _found(_Graph(model))
    except (ValueError, TypeError, IndexError):
        return 0  # no graph at all; the runtime says what is wrong with it
    if replaced:
        _put(model, replaced)
    return len(replaced)


def _found(graph: _Graph) -> Mapping[str, list[NodeProto]]:
    """Write each attention anew; the key is the value that it gives."""
    outputs = {value.name for value in graph.model.graph.output}
    replaced: dict[str, list[NodeProto]] = {}
    if _FLAT in graph.stored:  # it was rewritten before
        return replaced
    for node in graph.model.graph.node:
        if node.op_type == "Softmax" and not node.domain:
            found = _attention(graph, node, outputs, number=len(replaced))
            if found is not None:
                last, nodes = found
                replaced[last.output[0]] = nodes
    return replaced


def _attention(
    graph: _Graph, softmax: NodeProto, outputs: set[str], *, number: int
) -> tuple[NodeProto, list[NodeProto]] | None:
    """Give the last node of an attention and what takes its place."""
    scores, weighed = graph.maker(softmax.input[0], "MatMul"), _only(graph, softmax.output[0], "MatMul")
    if scores is None or weighed is None or weighed.input[0] != softmax.output[0] or _axis(softmax) not in (-1, 3):
        return None
    last = _only(graph, weighed.output[0], "Transpose")
    inside = {softmax.output[0], weighed.output[0], scores.output[0]}
    if last is None or _perm(last) != _HEADS_OUTSIDE or not outputs.isdisjoint(inside):
        return None
    query = _operand(graph, scores.input[0], _HEADS_OUTSIDE)
    key = _operand(graph, scores.input[1], _KEYS)
    value = _operand(graph, weighed.input[1], _HEADS_OUTSIDE)
    if query is None or key is None or value is None or not query.goes_with(key) or not query.goes_with(value):
        return None
    return last, list(_nodes(number, query, key, value, last))


def _operand(graph: _Graph, name: str, perm: list[int]) -> _Operand | None:
    """Follow a value through multiplications by numbers to where its heads were told apart."""
    scales: list[str] = []
    for _ in range(_MAX_STEPS):
        node = graph.maker(name, "Mul")
        if node is None:
            break
        one, other = node.input
        if _is_number(graph, other, _MAX_STEPS):
            name, scale = one, other
        elif _is_number(graph, one, _MAX_STEPS):
            name, scale = other, one
        else:
            return None
        scales.append(scale)
    turned = graph.maker(name, "Transpose")
    split = None if turned is None or _perm(turned) != perm else graph.maker(turned.input[0], "Reshape")
    sizes = None if split is None else _sizes(graph, split.input[1])
    if split is None or sizes is None or (sizes[2] or 0) < 1:
        return None
    return _Operand(split.output[0], sizes[0], sizes[2] or 0, tuple(scales))


def _sizes(graph: _Graph, shape: str) -> list[int | None] | None:
    """Read the four sizes of a shape, each None where it is computed."""
    known = graph.constant(shape)
    if known is not None:
        return [int(size) for size in known] if known.shape == (4,) else None
    joined = graph.maker(shape, "Concat")
    if joined is None or len(joined.input) != 4:
        return None
    parts = [graph.constant(name) for name in joined.input]
    return [int(part.item()) if part is not None and part.size == 1 else None for part in parts]


def _is_number(graph: _Graph, name: str, steps: int) -> bool:
    """Tell whether a value is a single number: a constant, or one computed from the length of an axis."""
    known = graph.constant(name)
    if known is not None:
        return known.size == 1 and known.ndim <= 1  # more axes would be given to what it is multiplied with
    node = graph.made_by.get(name)
    if node is None or node.domain or steps == 0:
        return False
    if node.op_type == "Slice":
        begin = graph.constant(node.input[1]) if graph.maker(node.input[0], "Shape") is not None else None
        return begin is not None and begin.tolist() == [-1]
    return node.op_type in _SCALAR_OPERATORS and all(_is_number(graph, each, steps - 1) for each in node.input)


def _nodes(number: int, query: _Operand, key: _Operand, value: _Operand, last: NodeProto) -> Iterator[NodeProto]:
    """Write one attention. What its scores were multiplied by, query and key still are, so the node itself scales nothing."""
    names: list[str] = []
    for role, operand in (("query", query), ("key", key), ("value", value)):
        name = f"attention/{number}/{role}"
        yield helper.make_node("Reshape", [operand.split, _FLAT], [name])
        for place, scale in enumerate(operand.scales):
            scaled = f"{name}/{place}"
            yield helper.make_node("Mul", [name, scale], [scaled])
            name = scaled
        names.append(name)
    joined = f"attention/{number}/joined"
    attributes: dict[str, Any] = {HEADS: query.heads, "scale": 1.0}
    yield helper.make_node("MultiHeadAttention", names, [joined], domain=DOMAIN, name=joined, **attributes)
    yield helper.make_node("Reshape", [joined, f"{_ROWS}/{query.heads}"], [last.output[0]])


def _put(model: ModelProto, replaced: Mapping[str, list[NodeProto]]) -> None:
    graph = model.graph
    heads = {each.i for nodes in replaced.values() for node in nodes for each in node.attribute if each.name == HEADS}
    graph.initializer.append(numpy_helper.from_array(np.array([0, 0, -1], np.int64), _FLAT))
    graph.initializer.extend(
        numpy_helper.from_array(np.array([0, 0, each, -1], np.int64), f"{_ROWS}/{each}") for each in sorted(heads)
    )
    nodes: list[NodeProto] = []
    for node in graph.node:
        nodes += replaced.get(node.output[0] if node.output else "", [node])
    kept = _needed(nodes, {value.name for value in graph.output})
    del graph.node[:]
    graph.node.extend(kept)
    if all(each.domain != DOMAIN for each in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, 1))


def _needed(nodes: list[NodeProto], outputs: set[str]) -> list[NodeProto]:
    """Leave out what nobody takes any more."""
    made_by = {output: index for index, node in enumerate(nodes) for output in node.output}
    wanted, needed = list(outputs), set[int]()
    while wanted:
        index = made_by.get(wanted.pop())
        if index is not None and index not in needed:
            needed.add(index)
            wanted += _taken(nodes[index])
    return [node for index, node in enumerate(nodes) if index in needed]


def _taken(node: NodeProto) -> Iterator[str]:
    yield from node.input
    for attribute in node.attribute:  # a subgraph takes values from around it
        for graph in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
            yield from (value.name for value in graph.output)
            for each in graph.node:
                yield from _taken(each)


def _only(graph: _Graph, name: str, operator: str) -> NodeProto | None:
    """Give the one node that takes a value, if it is of that kind."""
    takers = graph.takers.get(name, [])
    return takers[0] if len(takers) == 1 and takers[0].op_type == operator and not takers[0].domain else None


def _is_recent(model: ModelProto) -> bool:
    return all(each.version >= _LEAST_OPSET for each in model.opset_import if not each.domain)


def _perm(node: NodeProto) -> list[int]:
    return next((list(each.ints) for each in node.attribute if each.name == "perm"), list[int]())


def _axis(node: NodeProto) -> int:
    return next((each.i for each in node.attribute if each.name == "axis"), -1)
