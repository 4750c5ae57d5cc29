"""Builders of hostile bundles, made with plain onnx and raw bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto
from onnx import helper as make
from tests.bundle import graphs

MANIFEST = """\
name: trojan-horse
pipeline: tensor
license: MIT
graphs: {model: model.onnx}
inputs:
  left: {type: tensor, shape: [N, 4]}
  right: {type: tensor, shape: [N, 4]}
outputs:
  total: {type: tensor}
"""


def bundle(folder: Path, built: ModelProto | bytes | None, manifest: str = MANIFEST) -> None:
    """Write a bundle around a graph."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "artrator.yaml").write_text(manifest)
    if isinstance(built, bytes):
        (folder / "model.onnx").write_bytes(built)
    elif built is not None:
        onnx.save_model(built, folder / "model.onnx")


def of(built: Callable[[], ModelProto | bytes]) -> Callable[[Path], None]:
    """A builder from a graph's builder."""
    return lambda folder: bundle(folder, built())


def with_nodes(*nodes: NodeProto, weights: Sequence[TensorProto] = ()) -> ModelProto:
    """The honest sum of two tensors, and further nodes."""
    built = graphs.tensors()
    built.graph.node.extend(nodes)
    built.graph.initializer.extend(weights)
    return built


def bomb(op: str, inputs: Sequence[str], *weights: TensorProto, **attributes: object) -> Callable[[Path], None]:
    """One more node that makes too much."""
    return of(lambda: with_nodes(make.make_node(op, list(inputs), ["boom"], **attributes), weights=weights))


# External data


def external(location: str, **fields: str) -> Callable[[Path], None]:
    """A weight that claims to lie elsewhere; sixteen bytes of it are needed."""

    def build(folder: Path) -> None:
        tensor = TensorProto(name="stolen", data_type=TensorProto.FLOAT, dims=[4])
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location, **fields}.items():
            tensor.external_data.add(key=key.removesuffix("_"), value=value)
        bundle(folder, with_nodes(make.make_node("Add", ["left", "stolen"], ["more"]), weights=[tensor]))
        (folder.parent / "secret.bin").write_bytes(b"s" * 64)
        (folder / "weights.bin").write_bytes(b"\0" * 64)

    return build


def linked(link: Callable[[Path, Path], None]) -> Callable[[Path], None]:
    """A weight in a file that is a link to one outside."""

    def build(folder: Path) -> None:
        external("link.bin")(folder)
        link(folder.parent / "secret.bin", folder / "link.bin")

    return build


def linked_folder(folder: Path) -> None:
    """A weight in a folder that is a link to one outside."""
    external("inner/secret.bin")(folder)
    (folder / "inner").symlink_to(folder.parent)


def repeated_location(folder: Path) -> None:
    """Two locations, so that two readers may choose differently."""
    external("weights.bin")(folder)
    built = onnx.load_model(folder / "model.onnx", load_external_data=False)
    built.graph.initializer[-1].external_data.add(key="location", value="../secret.bin")
    bundle(folder, built)


def inline_and_external(folder: Path) -> None:
    """A weight that holds its values and names a file as well."""
    built = with_nodes(make.make_node("Add", ["left", "w"], ["more"]), weights=[graphs.weight("w", np.ones(4))])
    built.graph.initializer[-1].external_data.add(key="location", value="../secret.bin")
    bundle(folder, built)


# The file itself


def varint(value: int) -> bytes:
    """Protobuf's variable-length integer."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def nested_message(depth: int) -> bytes:
    """graph > node > attribute > graph > ... by raw bytes."""
    whole = b""
    for level in range(depth):
        number = (6, 5, 1)[level % 3]
        whole = varint(number << 3 | 2) + varint(len(whole)) + whole
    return varint(7 << 3 | 2) + varint(len(whole)) + whole


def nested_types(depth: int) -> bytes:
    """A value of type sequence of sequence of ..., by raw bytes."""
    whole = b""
    for level in range(depth):
        whole = varint((4 if level % 2 else 1) << 3 | 2) + varint(len(whole)) + whole
    for number in (2, 11, 7):
        whole = varint(number << 3 | 2) + varint(len(whole)) + whole
    return whole


def nested_ifs(depth: int) -> ModelProto:
    """If in If in If."""
    body = make.make_graph(
        [make.make_node("Identity", ["total"], ["inner"])], "g", [], [graphs.value("inner", ["N", 4])]
    )
    for _ in range(depth):
        node = make.make_node("If", ["yes"], ["inner"], then_branch=body, else_branch=body)
        body = make.make_graph([node], "g", [], [graphs.value("inner", ["N", 4])])
    return with_nodes(
        make.make_node("If", ["yes"], ["deep"], then_branch=body, else_branch=body),
        weights=[graphs.weight("yes", True, "bool")],
    )


# Shapes and numbers


def raw_weight(dims: Sequence[int], data: bytes, data_type: int = TensorProto.FLOAT) -> Callable[[Path], None]:
    """A weight whose stored bytes are not what its shape says, or not finite."""

    def built() -> ModelProto:
        tensor = TensorProto(name="w", data_type=data_type, dims=list(dims), raw_data=data)
        return with_nodes(weights=[tensor])

    return of(built)


def typed_weight(dims: Sequence[int], values: Sequence[float]) -> Callable[[Path], None]:
    """The same in the typed field."""
    return of(lambda: with_nodes(weights=[TensorProto(name="w", data_type=1, dims=list(dims), float_data=values)]))


def giant_signature() -> ModelProto:
    """An input whose sizes overflow."""
    built = graphs.tensors()
    built.graph.input[0].CopyFrom(graphs.value("left", [2**31, 2**31, 2**31]))
    return built


def raw_blocksize(value: int) -> Callable[[Path], None]:
    """DepthToSpace with any blocksize."""
    return bomb("DepthToSpace", ["left"], blocksize=value)


# Names, subgraphs, functions


def loop(body_inputs: Sequence[str], *, initializer: str | None, op: str = "Loop") -> ModelProto:
    """A Loop or Scan whose body declares an initializer of an input's name."""
    body = make.make_graph(
        [make.make_node("Identity", ["go"], ["going"]), make.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            graphs.value("i", [], TensorProto.INT64),
            graphs.value("go", [], TensorProto.BOOL),
            graphs.value("x", ["N", 4]),
        ],
        [graphs.value("going", [], TensorProto.BOOL), graphs.value("y", ["N", 4])],
        [] if initializer is None else [graphs.weight(initializer, np.ones((1, 4)))],
    )
    attributes = {"body": body} if op == "Loop" else {"body": body, "num_scan_inputs": 1}
    return with_nodes(
        make.make_node(op, list(body_inputs), ["looped"], **attributes),
        weights=[graphs.weight("times", 3, "int64"), graphs.weight("yes", True, "bool")],
    )


def twice_named() -> ModelProto:
    """Two nodes that make the same name."""
    return with_nodes(make.make_node("Neg", ["left"], ["total"]))


def cycle() -> ModelProto:
    """Two nodes that wait for each other."""
    return with_nodes(make.make_node("Neg", ["b"], ["a"]), make.make_node("Neg", ["a"], ["b"]))


def functions(*bodies: tuple[str, str, Sequence[NodeProto]]) -> ModelProto:
    """Model-local functions of one input and one output, the first of them called."""
    built = graphs.tensors()
    opsets = [make.make_opsetid("", 18), make.make_opsetid("own", 1)]
    for domain, name, nodes in bodies:
        built.functions.append(make.make_function(domain, name, ["x"], ["y"], list(nodes), opsets))
    built.graph.node.append(make.make_node(bodies[0][1], ["total"], ["more"], domain=bodies[0][0]))
    return built


def multiplying_functions() -> ModelProto:
    """Ten calls of the next function in each of thirty: more nodes than atoms."""
    levels: list[tuple[str, str, Sequence[NodeProto]]] = []
    for level in range(30):
        following = ("own", f"f{level + 1}") if level < 29 else ("", "Neg")
        outputs = ["y", *(f"y{index}" for index in range(9))]
        levels.append(
            ("own", f"f{level}", [make.make_node(following[1], ["x"], [out], domain=following[0]) for out in outputs])
        )
    return functions(*levels)


def doubled_attribute() -> ModelProto:
    """The same attribute twice, so that two readers may choose differently."""
    node = make.make_node("Softmax", ["left"], ["s"], axis=1)
    node.attribute.append(make.make_attribute("axis", 2**31))
    return with_nodes(node)


def old_opset() -> ModelProto:
    """An opset that would need the version converter."""
    built = graphs.tensors()
    built.opset_import[0].version = 1
    return built


def stray(name: str, content: bytes) -> Callable[[Path], None]:
    """An honest bundle with one file too many."""

    def build(folder: Path) -> None:
        bundle(folder, graphs.tensors())
        (folder / name).write_bytes(content)

    return build


def with_manifest(manifest: str) -> Callable[[Path], None]:
    """An honest graph with a hostile manifest."""
    return lambda folder: bundle(folder, graphs.tensors(), manifest)


def yaml_bomb() -> str:
    """A billion laughs."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    return "\n".join(lines)


def not_finite() -> ModelProto:
    """A weight that is not a number."""
    return with_nodes(weights=[graphs.weight("w", [float("nan")])])
