"""What LoRAs cost on a base: bytes of memory beside their own, and a step's time beside the base's, given or merged.

`PYTHONPATH=src:. python -m tests.bench.bench_lora`; the graph is a stack of convolutions and attention in the sizes of a
small UNet, with random weights. Times are of the processor, the median of steps in turns; memory is what the process grew by.
"""

from __future__ import annotations

import ctypes
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
import onnxruntime as ort
from onnx import NodeProto, TensorProto, helper, numpy_helper

from artrator.bundle.adaptable import AdaptableWeight, Reach, WeightKind, down_input, strength_input, up_input
from artrator.bundle.onnx_adapt import open_to_adaptation, read_adaptable
from artrator.engine.execution.call import Array
from artrator.engine.processes.resident import resident_bytes

WIDTH, SIDE, LAYERS, RANK = 384, 16, 12, 16
STEPS = 11
GIVEN, MERGED = 16, 2
Feeds = Mapping[str, Array]
Made = TypeVar("Made")


def main() -> None:
    """Print two tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "unet.onnx")
        onnx.save(small_unet(), path)
        weights = read_adaptable(path)
        lora_bytes = memory_table(path, weights)
        print(f"\na LoRA of rank {RANK} on every weight of one pixel: {lora_bytes / 2**20:.1f} MiB of factors")
        time_table(path, weights)


def memory_table(path: Path, weights: Mapping[str, AdaptableWeight]) -> int:
    """Print what a base, and a first, second and third LoRA on it, add; give the bytes of one LoRA's factors."""
    picture = inputs()
    print(f"{'resident':34}{'MiB':>8}{'by its own bytes':>18}")
    base, grown = grows_by(lambda: opened(path.read_bytes()))
    run(base, picture)
    print(f"{'the base as it is':34}{grown / 2**20:>8.1f}{grown / path.stat().st_size:>18.2f}")
    graph, grown = grows_by(lambda: opened(open_to_adaptation(path, Reach.POINTWISE)))
    print(f"{'the base opened':34}{grown / 2**20:>8.1f}{grown / path.stat().st_size:>18.2f}")
    own_bytes = sum(each.nbytes for each in lora(weights, seed=0).values())
    for _ in range(3):
        used(graph, picture, lora(weights, seed=0))  # what a step needs for itself
    for said, count, make in (
        ("a further LoRA, given", GIVEN, lambda seed: used(graph, picture, lora(weights, seed=seed))),
        ("a further LoRA, merged", MERGED, lambda seed: merged_session(path, weights, lora(weights, seed=seed))),
    ):
        kept, grown = grows_by(lambda make=make, count=count: [make(seed) for seed in range(1, count + 1)])
        each = grown / len(kept)
        print(f"{said:34}{each / 2**20:>8.1f}{each / own_bytes:>18.2f}")
    return own_bytes


def time_table(path: Path, weights: Mapping[str, AdaptableWeight]) -> None:
    """Print the processor's time of a step, in turns."""
    picture, factors = inputs(), lora(weights, seed=1)
    cases: dict[str, Callable[[], object]] = {}
    plain = opened(path.read_bytes())
    cases["the base as it is"] = lambda: run(plain, picture)
    for reach in Reach:
        session = opened(open_to_adaptation(path, reach))
        given = {**factors_in(weights, factors, reach), **strength()}
        cases[f"opened at {reach}, no LoRA"] = lambda session=session: run(session, picture)
        cases[f"opened at {reach}, one LoRA"] = lambda session=session, given=given: run(session, {**picture, **given})
    merged = merged_session(path, weights, factors)
    cases["one LoRA, merged in a session"] = lambda: run(merged, picture)
    took: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(STEPS):
        for name, step in cases.items():
            began_s = time.process_time()
            step()
            took[name].append(time.process_time() - began_s)
    first = statistics.median(took["the base as it is"])
    print(f"\n{'a step':34}{'ms':>8}{'ratio':>8}")
    for name, times_s in took.items():
        median_s = statistics.median(times_s)
        print(f"{name:34}{median_s * 1e3:>8.1f}{median_s / first:>8.3f}")


def small_unet() -> onnx.ModelProto:
    """Make layers of a convolution of three pixels, one of one, and four linear layers, as a UNet's blocks have them."""
    rng = np.random.default_rng(0)
    nodes: list[NodeProto] = []
    stored: list[TensorProto] = []

    def weight(name: str, shape: tuple[int, ...]) -> str:
        values = rng.standard_normal(shape, dtype=np.float32) / np.sqrt(np.prod(shape[1:]))
        stored.append(numpy_helper.from_array(values.astype(np.float32), f"{name}.weight"))
        return f"{name}.weight"

    stored += [
        numpy_helper.from_array(np.array(each, np.int64), name)
        for name, each in (("flat", [0, WIDTH, -1]), ("square", [0, WIDTH, SIDE, SIDE]))
    ]
    at = "picture"
    for layer in range(LAYERS):
        block = f"blocks.{layer}"
        wide, point = weight(f"{block}.conv", (WIDTH, WIDTH, 3, 3)), weight(f"{block}.proj_in", (WIDTH, WIDTH, 1, 1))
        nodes += [
            helper.make_node("Conv", [at, wide], [f"{block}/c"], pads=[1, 1, 1, 1]),
            helper.make_node("Tanh", [f"{block}/c"], [f"{block}/t"]),
            helper.make_node("Conv", [f"{block}/t", point], [f"{block}/p"]),
            helper.make_node("Reshape", [f"{block}/p", "flat"], [f"{block}/f"]),
            helper.make_node("Transpose", [f"{block}/f"], [f"{block}/l0"], perm=[0, 2, 1]),
        ]
        for index, name in enumerate(("to_q", "to_k", "to_v", "to_out")):
            matrix = weight(f"{block}.{name}", (WIDTH, WIDTH))
            nodes += [
                helper.make_node("Transpose", [matrix], [f"{block}/w{index}"], perm=[1, 0]),
                helper.make_node("MatMul", [f"{block}/l{index}", f"{block}/w{index}"], [f"{block}/l{index + 1}"]),
            ]
        nodes += [
            helper.make_node("Transpose", [f"{block}/l4"], [f"{block}/b"], perm=[0, 2, 1]),
            helper.make_node("Reshape", [f"{block}/b", "square"], [f"{block}/s"]),
            helper.make_node("Add", [at, f"{block}/s"], [f"{block}/out"]),
        ]
        at = f"{block}/out"
    shape = ["N", WIDTH, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "small_unet",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(at, TensorProto.FLOAT, shape)],
        stored,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def lora(weights: Mapping[str, AdaptableWeight], *, seed: int) -> Feeds:
    """Make factors for every linear layer and convolution of one pixel, which is what most LoRAs adapt."""
    rng = np.random.default_rng(seed)
    made: dict[str, Array] = {}
    for each in weights.values():
        if Reach.POINTWISE.covers(each):
            made[down_input(each.module)] = rng.standard_normal(each.down_shape(RANK), dtype=np.float32)
            made[up_input(each.module)] = rng.standard_normal(each.up_shape(RANK), dtype=np.float32)
            for name in (down_input(each.module), up_input(each.module)):
                made[name] *= 0.05
    return made


def factors_in(weights: Mapping[str, AdaptableWeight], factors: Feeds, reach: Reach) -> Feeds:
    """Keep the factors that a graph takes which is opened so far."""
    modules = [each.module for each in weights.values() if reach.covers(each)]
    names = {name for module in modules for name in (down_input(module), up_input(module))}
    return {name: each for name, each in factors.items() if name in names}


def merged_session(path: Path, weights: Mapping[str, AdaptableWeight], factors: Feeds) -> ort.InferenceSession:
    """Open the base with the LoRA added to its weights; what it does not adapt is read from the same file."""
    model = onnx.load(path)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    options = session_options()
    for each in weights.values():
        if down_input(each.module) in factors:
            name = f"{each.module}.weight"
            options.add_initializer(name, merged_weight(stored[name], each, factors))
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def merged_weight(stored: TensorProto, weight: AdaptableWeight, factors: Feeds) -> ort.OrtValue:
    """Add a LoRA's product to a weight."""
    down, up = factors[down_input(weight.module)], factors[up_input(weight.module)]
    own = numpy_helper.to_array(stored)
    is_conv = weight.kind is WeightKind.CONV
    added = up.reshape(len(up), -1) @ down.reshape(len(down), -1) if is_conv else (down @ up).T
    return ort.OrtValue.ortvalue_from_numpy((own + added.reshape(own.shape)).astype(np.float32))


def session_options() -> ort.SessionOptions:
    """One thread, as the engine's default."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def opened(graph: bytes) -> ort.InferenceSession:
    """Open a graph."""
    return ort.InferenceSession(graph, session_options(), providers=["CPUExecutionProvider"])


def strength() -> Feeds:
    """Have the LoRA count in full."""
    return {strength_input("float32"): np.ones(1, np.float32)}


def used(session: ort.InferenceSession, picture: Feeds, factors: Feeds) -> Feeds:
    """Run once with factors, and keep them."""
    run(session, {**picture, **factors, **strength()})
    return factors


def inputs() -> Feeds:
    """Make a batch of two, as guidance has it."""
    return {"picture": np.random.default_rng(9).standard_normal((2, WIDTH, SIDE, SIDE), dtype=np.float32)}


def run(session: ort.InferenceSession, feeds: Feeds) -> object:
    """Make one step."""
    return session.run(None, dict(feeds))


def grows_by(make: Callable[[], Made]) -> tuple[Made, int]:
    """Tell by how much this process grows for what is made."""
    before_bytes = settled_bytes()
    made = make()
    return made, settled_bytes() - before_bytes


def settled_bytes() -> int:
    """Tell what this process holds, without what was freed and not given back yet."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident_bytes(os.getpid())


if __name__ == "__main__":
    main()
