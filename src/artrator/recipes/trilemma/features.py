"""What pictures look like to a network that was trained to look: the maps within the style-reader."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from artrator.recipes.trilemma.measures import Points

Pixels = NDArray[np.uint8]

SIDE_PX = 96
MAP_SIDE = 3  # places that a map is averaged to: where things are counts, a pixel to the left does not
_AT_ONCE = 32


class Eye:
    """Turns pictures into points that lie as far apart as the pictures look.

    The maps of each block, their channels of unit length at every place and all blocks of equal weight, as LPIPS
    compares them (Zhang et al. 2018), but averaged to MAP_SIDE places a side.
    """

    def __init__(self, reader: Path, threads: int = 1) -> None:
        """Open the graph of the style-reader."""
        model = onnx.load(reader)
        maps = _block_outputs(model.graph)
        del model.graph.output[:]
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in maps)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._maps = maps

    def look(self, pictures: Iterable[Pixels]) -> Points:
        """Give a point for each picture, (H, W, 3) of any size."""
        small = [_reduced(picture) for picture in pictures]
        return np.concatenate([self._seen(small[i : i + _AT_ONCE]) for i in range(0, len(small), _AT_ONCE)])

    def _seen(self, pictures: Sequence[Pixels]) -> Points:
        image = np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 255
        maps = self._session.run(self._maps, {"image": image})
        return np.concatenate([_flat(each) for each in maps], 1)


def _block_outputs(graph: onnx.GraphProto) -> list[str]:
    """Find the sums of two rectified maps, with which each block of the reader ends."""
    made_by = {output: node for node in graph.node for output in node.output}
    return [
        node.output[0]
        for node in graph.node
        if node.op_type == "Add" and all(made_by.get(name, node).op_type == "Relu" for name in node.input)
    ]


def _reduced(picture: Pixels) -> Pixels:
    image = Image.fromarray(picture)
    way = Image.Resampling.BOX if min(image.size) >= SIDE_PX else Image.Resampling.BICUBIC
    return np.asarray(image.resize((SIDE_PX, SIDE_PX), way))


def _flat(maps: NDArray[np.float32]) -> Points:
    """Average maps (N, C, H, W) to MAP_SIDE places a side and give rows, (N, C * MAP_SIDE**2), of length 1."""
    n, channels, height, width = maps.shape
    unit = maps / (np.sqrt((maps * maps).sum(1, keepdims=True)) + 1e-6)
    blocks = unit.reshape(n, channels, MAP_SIDE, height // MAP_SIDE, MAP_SIDE, width // MAP_SIDE).mean((3, 5))
    return blocks.reshape(n, -1) / np.float32(MAP_SIDE)
