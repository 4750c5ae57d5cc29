"""Make the feature extractor by which walks tell how far two frames look apart; nothing is learned anew.

    python -m artrator.recipes.perception --out FOLDER

What the style-reader sees at four scales, the features of each place brought to length one, and the colours of a small
picture beside them (after Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric"). All
of it is one vector, so weighed that the distance of two vectors is the root of what LPIPS sums up.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from artrator.recipes.weights import store_float16
from artrator.starters import starter_folders

LEVELS = {"relu": (24, 48), "add_50": (40, 24), "add_81": (72, 12), "add_112": (112, 6)}
"""The reader's maps, after its first convolution and after three of its four stages: channels, and places a side."""
COLOURS, COLOUR_PX = "sub_1", 96
SIDE = 12
"""Places a side at most: between neighbours of a film nothing moves by a twelfth of its side."""
COLOUR_WEIGHT = 0.5
"""Of squared colours, -1 to 1: between two paintings they then say as much as the features."""
FAINT = 0.5
"""Added to a feature's length before it is brought to one, so that of nothing nothing is made."""
SCALE = 0.73
"""Of all distances, so that two paintings of different styles and palettes are about one apart."""


@dataclass(slots=True)
class _Graph:
    """What is added to the reader."""

    nodes: list[NodeProto] = field(default_factory=list[NodeProto])
    constants: list[TensorProto] = field(default_factory=list[TensorProto])

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """Add a node of one output; give its name."""
        name = f"perceived_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, values: float | Sequence[int]) -> str:
        """Add a number as float32, or whole numbers as int64; give its name."""
        name = f"given_{len(self.constants)}"
        array = np.float32(values) if isinstance(values, float) else np.array(values, np.int64)
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def of_length_one(self, level: str) -> str:
        """Bring the features of each place to length one."""
        length = self.add("ReduceL2", level, self.constant([1]), keepdims=1)
        return self.add("Div", level, self.add("Add", length, self.constant(FAINT)))

    def part(self, level: str, side: int, weight: float) -> str:
        """Make a level's part of the vector: pooled, weighed for its places, flat."""
        if side > SIDE:
            pool = side // SIDE
            level = self.add("AveragePool", level, kernel_shape=[pool, pool], strides=[pool, pool])
        scale = SCALE * np.sqrt(weight) / min(side, SIDE)
        return self.add("Reshape", self.add("Mul", level, self.constant(float(scale))), self.constant([0, -1]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write `features.onnx`."""
    parser = argparse.ArgumentParser(prog="python -m artrator.recipes.perception", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder that receives features.onnx")
    parser.add_argument("--quick", action="store_true", help="accepted, as by the other recipes")
    out: Path = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    (reader,) = (folder for folder in starter_folders() if folder.name == "style-reader")
    onnx.save(extractor_of(onnx.load(reader / "reader.onnx")), out / "features.onnx")
    store_float16(out / "features.onnx")
    print(f"wrote {out / 'features.onnx'}")


def extractor_of(reader: onnx.ModelProto) -> onnx.ModelProto:
    """Cut the reader off where its maps are, and make one vector of them."""
    added = _Graph()
    parts = [added.part(added.of_length_one(name), side, 1 / len(LEVELS)) for name, (_, side) in LEVELS.items()]
    parts.append(added.part(COLOURS, COLOUR_PX, COLOUR_WEIGHT))
    added.nodes.append(helper.make_node("Concat", parts, ["features"], axis=1))
    kept = _needed(reader.graph.node, [*LEVELS, COLOURS])
    used = {name for node in kept for name in node.input}
    length = sum(channels * min(side, SIDE) ** 2 for channels, side in LEVELS.values()) + 3 * SIDE**2
    graph = helper.make_graph(
        [*kept, *added.nodes],
        "perception",
        list(reader.graph.input),
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", length])],
        [*(each for each in reader.graph.initializer if each.name in used), *added.constants],
    )
    model = helper.make_model(graph, opset_imports=reader.opset_import, ir_version=reader.ir_version)
    onnx.checker.check_model(model, full_check=True)
    return model


def _needed(nodes: Sequence[NodeProto], outputs: Sequence[str]) -> list[NodeProto]:
    """Keep the nodes on which some values depend, in their order."""
    wanted, kept = set(outputs), list[NodeProto]()
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]


if __name__ == "__main__":
    main()
