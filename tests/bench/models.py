"""The two models that are measured with: a convolutional generator of milliseconds and a perceptron of microseconds."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from artrator.bundle.manifest import MANIFEST_NAME
from artrator.engine.execution.session import Session, StopSwitch, open_session
from artrator.engine.fleet import InputValue
from artrator.engine.settings import cores
from tests.engine.graphs import constant, model, tensor_info

LATENT, FEATURES, LABELS = 64, 64, 10
WIDTHS = (144, 112, 72, 36, 18)
"""Channels at 4, 8, 16, 32 and 64 px."""
GRAPH = "graph.onnx"
AS_PICTURE = """
pipeline: latent-to-image
graphs: {decoder: graph.onnx}
inputs:
  seed: {type: seed}
outputs:
  image: {type: image}
config: {image_range: [-1, 1]}
"""
AS_TENSORS = f"""
pipeline: tensor
graphs: {{model: graph.onnx}}
inputs:
  latent: {{type: tensor, shape: [N, {LATENT}]}}
outputs:
  image: {{type: tensor, shape: [N, 3, 64, 64]}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchModel:
    """A bundle to measure with, what a run of it is asked for, and what its graph is given."""

    name: str
    folder: Path
    inputs: Mapping[str, int | list[list[float]]]
    tensors: Mapping[str, np.ndarray]

    def engine_inputs(self) -> dict[str, InputValue]:
        """Give the inputs as the engine takes them: nested lists as the bytes of their JSON text."""
        return {
            name: json.dumps(value).encode() if isinstance(value, list) else value
            for name, value in self.inputs.items()
        }


def make_models(folder: Path) -> tuple[BenchModel, BenchModel]:
    """Write the bundles below a folder."""
    return _generator(folder / "bench-generator"), _perceptron(folder / "bench-mlp")


def make_tensor_generator(folder: Path) -> BenchModel:
    """Write the generator once more, as a model that takes its latent as a tensor and gives its picture as one."""
    return _generator(folder / "bench-tensors", manifest=AS_TENSORS)


def bare_rate(measured: BenchModel, seconds: float) -> float:
    """Evaluate the graph in a loop in one thread for each core, each with a session of one thread; give runs a second."""
    sessions = [open_session(measured.folder, GRAPH, threads=1, stop=StopSwitch()) for _ in range(cores())]
    counts = [0] * len(sessions)
    end_s = time.perf_counter() + seconds

    def loop(index: int, session: Session) -> None:
        stop = StopSwitch()
        while time.perf_counter() < end_s:
            session.run(measured.tensors, stop)
            counts[index] += 1

    threads = [threading.Thread(target=loop, args=each) for each in enumerate(sessions)]
    began_s = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began_s)


def _generator(folder: Path, manifest: str = AS_PICTURE) -> BenchModel:
    """Latent (1, 64) to a picture of 64 x 64, by four transposed convolutions with a plain one after each."""
    random = np.random.default_rng(1)
    weights: list[TensorProto] = []
    nodes: list[NodeProto] = []

    def weight(name: str, *dims: int) -> str:
        scale = np.float32(1.4 / np.sqrt(np.prod(dims[1:])))
        weights.append(numpy_helper.from_array(random.standard_normal(dims, dtype=np.float32) * scale, name))
        return name

    nodes.append(helper.make_node("MatMul", ["latent", weight("w0", LATENT, WIDTHS[0] * 16)], ["flat"]))
    weights.append(constant("shape", [-1, WIDTHS[0], 4, 4], np.int64))
    nodes.append(helper.make_node("Reshape", ["flat", "shape"], ["x0"]))
    for level, (wide, narrow) in enumerate(pairwise(WIDTHS), start=1):
        up, bent, mixed = f"up{level}", f"bent{level}", f"mixed{level}"
        nodes += [
            helper.make_node(
                "ConvTranspose",
                [f"x{level - 1}", weight(f"t{level}", wide, narrow, 4, 4)],
                [up],
                strides=[2, 2],
                pads=[1, 1, 1, 1],
            ),
            helper.make_node("Relu", [up], [bent]),
            helper.make_node("Conv", [bent, weight(f"c{level}", narrow, narrow, 3, 3)], [mixed], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", [mixed], [f"x{level}"]),
        ]
    nodes += [
        helper.make_node("Conv", ["x4", weight("last", 3, WIDTHS[-1], 3, 3)], ["colours"], pads=[1, 1, 1, 1]),
        helper.make_node("Tanh", ["colours"], ["image"]),
    ]
    graph = model(nodes, [tensor_info("latent", ["N", LATENT])], [tensor_info("image", ["N", 3, 64, 64])], weights)
    _write(folder, graph, manifest)
    latent = random.standard_normal((1, LATENT), dtype=np.float32)
    return BenchModel(name=folder.name, folder=folder, inputs={"seed": 7}, tensors={"latent": latent})


def _perceptron(folder: Path) -> BenchModel:
    """Features (1, 64) to (1, 10) through two hidden layers."""
    random = np.random.default_rng(2)
    widths: Sequence[int] = (FEATURES, 640, 640, LABELS)
    weights: list[TensorProto] = []
    nodes: list[NodeProto] = []
    last = "features"
    for level, (wide, narrow) in enumerate(pairwise(widths)):
        values = random.standard_normal((wide, narrow), dtype=np.float32) / np.float32(np.sqrt(wide))
        weights.append(numpy_helper.from_array(values, f"w{level}"))
        bent = "scores" if narrow == LABELS else f"bent{level}"
        nodes += [
            helper.make_node("MatMul", [last, f"w{level}"], [f"sum{level}"]),
            helper.make_node("Tanh", [f"sum{level}"], [bent]),
        ]
        last = bent
    inputs, outputs = [tensor_info("features", ["N", FEATURES])], [tensor_info("scores", ["N", LABELS])]
    manifest = f"""
pipeline: tensor
graphs: {{model: graph.onnx}}
inputs:
  features: {{type: tensor, shape: [N, {FEATURES}]}}
outputs:
  scores: {{type: tensor, shape: [N, {LABELS}]}}
"""
    _write(folder, model(nodes, inputs, outputs, weights), manifest)
    values = np.round(random.standard_normal((1, FEATURES)), 3)
    return BenchModel(
        name=folder.name,
        folder=folder,
        inputs={"features": values.tolist()},
        tensors={"features": values.astype(np.float32)},
    )


def _write(folder: Path, graph: onnx.ModelProto, manifest: str) -> None:
    folder.mkdir(parents=True)
    onnx.save(graph, folder / GRAPH)
    about = f"name: {folder.name}\nlicense: CC0-1.0\nsummary: A graph with random weights, to measure with.\n"
    (folder / MANIFEST_NAME).write_text(about + manifest.lstrip())
