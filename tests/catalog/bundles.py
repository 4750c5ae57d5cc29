"""Small real bundles: a decoder from four numbers to a picture, with a manifest or without."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MANIFEST = """
name: {name}
pipeline: latent-to-image
license: {license}
summary: "{summary}"
description: "{description}"
tags: [{tags}]
graphs: {{decoder: decoder.onnx}}
inputs:
  seed: {{type: seed}}
  truncation: {{type: number, minimum: 0, maximum: 2, default: 1}}
outputs:
  image: {{type: image}}
examples: [{{seed: 7}}]
"""


def decoder(*, tint: float = 0.5) -> bytes:
    """Make an ONNX graph: latent (N, 4) to a picture (N, 3, 8, 8); `tint` makes its bytes differ."""
    weight = np.full((4, 192), tint, np.float32)
    nodes = [
        helper.make_node("MatMul", ["latent", "weight"], ["flat"]),
        helper.make_node("Tanh", ["flat"], ["bounded"]),
        helper.make_node("Reshape", ["bounded", "shape"], ["image"]),
    ]
    graph = helper.make_graph(
        nodes,
        "decoder",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(np.array([-1, 3, 8, 8], np.int64), "shape"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def manifest(
    name: str = "fields", *, license_id: str = "CC-BY-4.0", summary: str = "", description: str = "", tags: str = ""
) -> str:
    """Write the manifest that goes with the decoder."""
    return MANIFEST.format(name=name, license=license_id, summary=summary, description=description, tags=tags)


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a .zip archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def bundle(path: Path, *, tint: float = 0.5, summary: str = "", description: str = "", tags: str = "") -> Path:
    """Write a whole bundle as a .zip."""
    text = manifest(summary=summary, description=description, tags=tags)
    return zipped(path, {"artrator.yaml": text.encode(), "decoder.onnx": decoder(tint=tint)})
