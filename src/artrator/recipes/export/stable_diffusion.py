"""Write a diffusers pipeline of the Stable Diffusion family as a folder of ONNX graphs in diffusers' own layout."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch

from artrator.bundle.onnx_attention import fuse_attention
from artrator.recipes.export.parts import Part, parts_of
from artrator.recipes.export.weights import Stored, store_weights

OPSET = 18
INLINE_BYTES = 1 << 30
"""Larger graphs keep their weights in a file beside them; a protobuf ends at two gibibytes."""


def export_pipeline(pipeline: Any, folder: Path, stored: Stored) -> None:
    """Write the graphs, and beside them the configs, the tokenizers and the index. folder: is made, or filled."""
    for part in parts_of(pipeline):
        write_part(part, folder / part.role, stored)
    for role in ("tokenizer", "tokenizer_2"):
        if getattr(pipeline, role, None) is not None:
            _write_tokenizer(getattr(pipeline, role), folder / role)
    pipeline.scheduler.save_pretrained(folder / "scheduler")
    for role, model in (("unet", pipeline.unet), ("vae_decoder", pipeline.vae), ("vae_encoder", pipeline.vae)):
        (folder / role / "config.json").write_text(model.to_json_string())
    index = {key: value for key, value in pipeline.config.items() if isinstance(value, bool | int | str)}
    (folder / "model_index.json").write_text(json.dumps({**index, "_class_name": type(pipeline).__name__}, indent=1))


def _write_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write CLIP's two files, which transformers no longer does: in its one file there may be expressions, which we do not read."""
    folder.mkdir()
    merges = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    lines = [pair if isinstance(pair, str) else " ".join(pair) for pair in merges]
    (folder / "vocab.json").write_text(json.dumps(tokenizer.get_vocab()), "utf-8")
    (folder / "merges.txt").write_text("\n".join(("#version: 0.2", *lines, "")), "utf-8")
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": tokenizer.pad_token}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": tokenizer.model_max_length}))


@torch.no_grad()
def write_part(part: Part, folder: Path, stored: Stored) -> None:
    """Write one graph. folder: is made, or filled."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, about shapes that are meant to be constant
        path = Path(scratch, "model.onnx")
        # this exporter names each node by its module, which is what makes the graph open to LoRAs
        torch.onnx.export(
            part.module,
            tuple(part.inputs.values()),
            str(path),
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            dynamic_axes={name: dict(axes) for name, axes in part.axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(path)
    fuse_attention(model)
    store_weights(model, stored)
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) > INLINE_BYTES:
        onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="model.data")
    else:
        onnx.save(model, folder / "model.onnx")
