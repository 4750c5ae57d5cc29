"""Attention in the graphs of a bundle that is loaded: rewritten, or as it is where the runtime has no such operator."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from artrator.bundle.digest import bundle_digest
from artrator.engine.execution.session import StopSwitch
from artrator.engine.fleet import InstalledBundle
from artrator.engine.models.opening import open_graph, rewritten_bytes
from tests.bundle.test_onnx_attention import HEADS, WIDTH, example, run, spelled_out
from tests.engine.pipelines.test_text_to_image import TINY, manifest


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_attention_of_any_type_is_loaded_and_gives_what_the_file_says(tmp_path: Path, dtype: str) -> None:
    folder, model, inputs = tmp_path / "bundle", spelled_out(dtype=dtype), example(dtype)
    shutil.copytree(TINY, folder)
    onnx.save(model, folder / "unet" / "model.onnx")
    bundle = InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest(), batchable=True)
    session = open_graph(bundle, "unet", threads=1, stop=StopSwitch())
    (found,) = session.run(inputs, StopSwitch()).values()
    assert found.shape == (2, 5, HEADS * WIDTH)
    np.testing.assert_allclose(found, run(model, inputs)[0], rtol=1e-2, atol=1e-3)
    assert rewritten_bytes(bundle) == max(path.stat().st_size for path in folder.rglob("*.onnx"))
