"""Write a tensor function, a graph that nothing was learned for, as the one ONNX file of a bundle."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnxscript import OnnxFunction

IR_VERSION = 10  # opset 18's contemporaries read it


def constant(values: np.ndarray | Sequence[float]) -> onnx.TensorProto:
    """Make a float32 constant for `op.Constant(value=…)`."""
    return numpy_helper.from_array(np.asarray(values, np.float32))


def integers(values: Sequence[int]) -> onnx.TensorProto:
    """Make an int64 constant, for shapes, axes and paddings."""
    return numpy_helper.from_array(np.asarray(values, np.int64))


def gaussian(sigma_px: float) -> np.ndarray:
    """Weigh the neighbours within three sigma; an odd number of weights that sum to 1."""
    reach = round(3 * sigma_px)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma_px**2))
    return (weights / weights.sum()).astype(np.float32)


def write_function(function: OnnxFunction, file_name: str, arguments: list[str] | None = None) -> None:
    """Read `--out FOLDER` (`--quick` changes nothing, these take no time) and write the function there, checked."""
    parser = argparse.ArgumentParser(prog=f"python -m artrator.recipes.{function.name}")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the bundle's .onnx")
    parser.add_argument("--quick", action="store_true", help="accepted, as by the other recipes")
    out: Path = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    model = function.to_model_proto(ir_version=IR_VERSION)
    _name_output(model, "result")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out / file_name)
    print(f"wrote {out / file_name}")


def _name_output(model: onnx.ModelProto, name: str) -> None:
    """Name the one output: the manifest and error messages speak of it, and `return_val` says nothing."""
    (output,) = model.graph.output
    for node in model.graph.node:
        node.output[:] = [name if value == output.name else value for value in node.output]
    output.name = name
