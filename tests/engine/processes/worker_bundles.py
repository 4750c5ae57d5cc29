"""Bundles that the tests of the worker processes make: a quick one, and ones that loop, hog, or never yield."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper, save_model

from artrator.bundle.manifest import Manifest
from artrator.engine.fleet import InstalledBundle, RunRequest
from artrator.kernel.ids import Digest, new_id

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
WIDTH = 2048
"""Of the state that a stuck bundle carries through its sequence."""
MANIFEST = {
    "name": "test",
    "pipeline": "tensor",
    "license": "CC0-1.0",
    "graphs": {"model": "model.onnx"},
    "inputs": {"x": {"type": "tensor", "dtype": "float32", "shape": [4]}},
    "outputs": {"y": {"type": "json"}},
}


def request(bundle: InstalledBundle, *, deadline_s: float = 30.0, x: str = "[[1, 2, 3, 4]]") -> RunRequest:
    """Ask for one run."""
    return RunRequest(id=new_id(), bundle=bundle, inputs={"x": x}, account="tester", deadline_s=deadline_s)


def quick(folder: Path, name: str = "quick", *, add: float = 1.0, output: str = "json") -> InstalledBundle:
    """y = x + add."""
    nodes = [helper.make_node("Add", ["x", "one"], ["y"])]
    return install(folder, name, nodes, {"one": np.float32([add])}, output=output)


def endless(folder: Path, name: str = "endless") -> InstalledBundle:
    """Loop for ever over a cheap body."""
    return install(folder, name, *_loop(np.iinfo(np.int64).max))


def slow(folder: Path, name: str = "slow", *, turns: int = 2_000_000) -> InstalledBundle:
    """Loop for a second or some."""
    return install(folder, name, *_loop(turns))


def stuck(folder: Path, name: str = "stuck", *, steps: int = 20_000) -> InstalledBundle:
    """Evaluate one node, which cannot be interrupted, for many seconds: a recurrent one over a long sequence."""
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["top"], keepdims=0),
        helper.make_node("Expand", ["top", "long"], ["sequence"]),
        helper.make_node("RNN", ["sequence", "w", "r"], ["", "last"], hidden_size=WIDTH),
        helper.make_node("ReduceMax", ["last"], ["end"], keepdims=0),
        helper.make_node("Add", ["x", "end"], ["y"]),
    ]
    constants = {
        "long": np.int64([steps, 1, 1]),
        "w": np.ones((1, WIDTH, 1), np.float32),
        "r": np.eye(WIDTH, dtype=np.float32)[None],
    }
    return install(folder, name, nodes, constants)


def crashing(folder: Path, name: str = "crashing") -> InstalledBundle:
    """Divide the smallest whole number by -1, which the processor refuses and the runtime does not look for."""
    nodes = [
        helper.make_node("Cast", ["x"], ["whole"], to=INT64),
        helper.make_node("Mul", ["whole", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "smallest"], ["dividend"]),
        helper.make_node("Div", ["dividend", "minus_one"], ["quotient"]),
        helper.make_node("Cast", ["quotient"], ["y"], to=FLOAT),
    ]
    constants = {"zero": np.int64([0]), "smallest": np.int64([np.iinfo(np.int64).min]), "minus_one": np.int64([-1])}
    return install(folder, name, nodes, constants)


def bomb(folder: Path, name: str = "bomb", *, elements: int = 1 << 34) -> InstalledBundle:
    """Fill far more memory than there may be."""
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Cast", ["nothing"], ["nothing_whole"], to=INT64),
        helper.make_node("Add", ["shape", "nothing_whole"], ["run_shape"]),
        helper.make_node("ConstantOfShape", ["run_shape"], ["giant"]),
        helper.make_node("ReduceMax", ["giant"], ["top"], keepdims=0),
        helper.make_node("Add", ["x", "top"], ["y"]),
    ]
    return install(folder, name, nodes, {"zero": np.float32(0), "shape": np.int64([elements])})


def _loop(turns: int) -> tuple[list[NodeProto], dict[str, npt.ArrayLike]]:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go_on"], ["still"]), helper.make_node("Sin", ["state"], ["next"])],
        "body",
        [
            helper.make_tensor_value_info("turn", INT64, []),
            helper.make_tensor_value_info("go_on", BOOL, []),
            helper.make_tensor_value_info("state", FLOAT, [None, 4]),
        ],
        [helper.make_tensor_value_info("still", BOOL, []), helper.make_tensor_value_info("next", FLOAT, [None, 4])],
    )
    node = helper.make_node("Loop", ["turns", "yes", "x"], ["y"], body=body)
    return [node], {"turns": np.int64(turns), "yes": np.bool_(True)}


def install(
    folder: Path,
    name: str,
    nodes: Sequence[NodeProto],
    constants: Mapping[str, npt.ArrayLike],
    *,
    output: str = "json",
) -> InstalledBundle:
    """Write a bundle into the cache folder as the catalog would."""
    digest = Digest(hashlib.sha256(name.encode()).hexdigest())
    home = folder / digest
    home.mkdir(parents=True)
    graph = _graph(nodes, constants)
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), home / "model.onnx")
    manifest = Manifest.model_validate(MANIFEST | {"outputs": {"y": {"type": output}}})
    return InstalledBundle(digest=digest, folder=home, manifest=manifest, batchable=False)


def _graph(nodes: Sequence[NodeProto], constants: Mapping[str, npt.ArrayLike]) -> GraphProto:
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    return helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("x", FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", FLOAT, [None, 4])],
        initializers,
    )
