"""Read a stranger's ONNX file into plain facts. To be called in a sandboxed child only: a crash here is a verdict.

The onnx_* files of this part are the only ones that import onnx. A capped scan of the wire format comes before onnx's
parser; nothing is checked, shape-inferred, converted or loaded from outside the bundle.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from google.protobuf.message import DecodeError
from onnx import ModelProto, TypeProto, ValueInfoProto

from artrator.bundle.facts import Dims, GraphCaps, GraphFacts, TensorSpec
from artrator.bundle.onnx_graph import GraphWalk, domain_of
from artrator.bundle.onnx_weights import dtype_name
from artrator.bundle.paths import file_fault
from artrator.bundle.wire_scan import MessageSchema, scan
from artrator.kernel.errors import Invalid, TooLarge

_MAX_DIM = 2**31 - 1
_MAX_OPSETS = 64
_MAX_OPERATORS = 1000


def read_graph_facts(path: Path, caps: GraphCaps | None = None, *, folder: Path | None = None) -> GraphFacts:
    """Read one graph's facts; what is dangerous is noted as hazards, not raised.

    folder: the bundle's, in which the file lies at any depth; the file's own unless given. External data is looked for
    beside the file, as the runtime does.
    Raises: Invalid or TooLarge where there is no graph that could be looked at.
    """
    caps = caps or GraphCaps()
    model, file_bytes = _parse(path, folder or path.parent, caps)
    walk = GraphWalk(model, path.parent, caps)
    nodes = walk.inlined_nodes()
    if nodes <= caps.node_count:
        walk.walk()
    graph = model.graph
    initializers = {tensor.name for tensor in graph.initializer}
    inputs = _signature([value for value in graph.input if value.name not in initializers], walk, caps)
    outputs = _signature(graph.output, walk, caps)
    if len(walk.operators) > _MAX_OPERATORS or len(model.opset_import) > _MAX_OPSETS:
        walk.note("graph_too_large", "the graph uses more kinds of operators than there are")
    return GraphFacts(
        ir_version=model.ir_version,
        opsets={domain_of(each.domain)[:80]: each.version for each in model.opset_import[:_MAX_OPSETS]},
        inputs=inputs,
        outputs=outputs,
        operators=dict(walk.operators.most_common(_MAX_OPERATORS)),
        functions=walk.functions[:_MAX_OPERATORS],
        initializer_count=walk.initializer_count,
        initializer_bytes=walk.initializer_bytes,
        external=tuple(walk.external[:_MAX_OPERATORS]),
        node_count=nodes,
        subgraph_depth=walk.subgraph_depth,
        file_bytes=file_bytes,
        non_finite_weights=tuple(walk.non_finite),
        hazards=walk.hazards,
    )


def _parse(path: Path, folder: Path, caps: GraphCaps) -> tuple[ModelProto, int]:
    inside = path.is_relative_to(folder)
    fault = file_fault(folder, path.relative_to(folder).as_posix()) if inside else "is not in the bundle"
    if fault is not None:
        raise Invalid("graph_unreadable", f"The graph {path.name[:80]!r} {fault}.", field="graphs")
    size = path.stat().st_size
    if size > caps.file_bytes:
        raise TooLarge("graph_too_large", f"A graph's file has at most {caps.file_bytes:,} bytes.", field="graphs")
    if size == 0:
        raise Invalid("graph_malformed", "This is not an ONNX file: it is empty.", field="graphs")
    model = parse_model(path.read_bytes(), caps)
    if not model.HasField("graph") or not model.graph.node:
        raise Invalid("graph_malformed", "This is not an ONNX file, or its graph has no nodes.", field="graphs")
    return model, size


def read_model(path: Path, caps: GraphCaps) -> ModelProto:
    """Parse a graph's file. Raises: Invalid, TooLarge."""
    if path.stat().st_size > caps.file_bytes:
        raise TooLarge("graph_too_large", f"A graph's file has at most {caps.file_bytes:,} bytes.", field="graphs")
    return parse_model(path.read_bytes(), caps)


def parse_model(data: bytes, caps: GraphCaps) -> ModelProto:
    """Parse a graph's bytes, after a capped scan of them. Raises: Invalid, TooLarge."""
    scan(data, ModelProto.DESCRIPTOR.full_name, _SCHEMA, caps)
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, UnicodeDecodeError, ValueError):
        raise Invalid(
            "graph_malformed", "This is not an ONNX file: its fields are malformed.", field="graphs"
        ) from None
    return model


def _message_schema() -> MessageSchema:
    schema: dict[str, dict[int, str]] = {}
    waiting = [ModelProto.DESCRIPTOR]
    while waiting:
        message = waiting.pop()
        if message.full_name not in schema:
            below = {each.number: each.message_type for each in message.fields if each.message_type is not None}
            schema[message.full_name] = {number: each.full_name for number, each in below.items()}
            waiting.extend(below.values())
    return schema


_SCHEMA = _message_schema()


def _signature(values: Iterable[ValueInfoProto], walk: GraphWalk, caps: GraphCaps) -> tuple[TensorSpec, ...]:
    specs: list[TensorSpec] = []
    for value in values:
        if len(specs) == caps.signature_count:
            walk.note("graph_too_large", f"the graph has more than {caps.signature_count} inputs or outputs")
            break
        specs.append(_spec(value, walk))
    return tuple(specs)


def _spec(value: ValueInfoProto, walk: GraphWalk) -> TensorSpec:
    name = value.name[:200]
    if value.type.WhichOneof("value") != "tensor_type":
        walk.note("value_not_tensor", f"{name[:80]!r} is not a tensor")
        return TensorSpec(name=name, dtype="", dims=())
    tensor = value.type.tensor_type
    dtype = dtype_name(tensor.elem_type)
    if not dtype:
        walk.note("value_not_tensor", f"{name[:80]!r} has the data type {tensor.elem_type}, which is not supported")
    if not tensor.HasField("shape"):
        walk.note("shape_missing", f"{name[:80]!r} has no shape")
    return TensorSpec(name=name, dtype=dtype, dims=_dims(tensor, name, walk))


def _dims(tensor: TypeProto.Tensor, name: str, walk: GraphWalk) -> Dims:
    dims: list[int | str | None] = []
    product = 1
    for dim in tensor.shape.dim[:16]:
        kind = dim.WhichOneof("value")
        if kind == "dim_value":
            product *= max(1, dim.dim_value)
            dims.append(dim.dim_value)
            if not 0 <= dim.dim_value <= _MAX_DIM or product > _MAX_DIM:
                walk.note("shape_impossible", f"the shape of {name[:80]!r} overflows or is negative")
        else:
            dims.append(dim.dim_param[:80] if kind == "dim_param" and dim.dim_param else None)
    return tuple(dims)
