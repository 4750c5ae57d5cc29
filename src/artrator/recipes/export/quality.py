"""How much a bundle's pictures change when its weights are stored in fewer bytes."""

from __future__ import annotations

import io
import math
import queue
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from artrator.bundle.digest import bundle_digest
from artrator.bundle.fields import ImageInput, is_required
from artrator.bundle.manifest import Manifest
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import Finished, InputValue, InstalledBundle, OutputFile, RunEvent, RunRequest
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import new_id

PATIENCE_S = 3600.0
MEMORY_BYTES = 64 << 30
"""It is one's own machine and one's own model: what does not fit says so by itself."""
PROMPTS = ("a red circle", "a warm colour field", "hills under a blue sky", "a line drawing of a face")
SEEDS = range(2)
MASK, SIDE_PX = "mask", 256


def paint(folder: Path, manifest: Manifest, *, steps: int) -> np.ndarray:
    """Paint every prompt with every seed by the bundle in a folder: (n, H, W, 3) uint8. Raises: ArtratorError."""
    bundle = InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest, batchable=False)
    engine = Inference(EngineSettings(cache_bytes=MEMORY_BYTES, memory_bytes=MEMORY_BYTES))
    try:
        needed = needed_pictures(manifest)
        asked = [{"prompt": prompt, "seed": seed, "steps": steps, **needed} for prompt in PROMPTS for seed in SEEDS]
        return np.stack([painted(engine, bundle, each) for each in asked])
    finally:
        engine.close()


def needed_pictures(manifest: Manifest) -> Mapping[str, bytes]:
    """Give a model that cannot paint without pictures some: rings to follow or to paint over, a square to paint in."""
    names = [name for name, field in manifest.inputs.items() if isinstance(field, ImageInput) and is_required(field)]
    return {name: _png(_square() if name == MASK else _rings()) for name in names}


def _rings() -> np.ndarray:
    down, right = np.mgrid[-1 : 1 : SIDE_PX * 1j, -1 : 1 : SIDE_PX * 1j]
    return ((np.sin(20 * np.hypot(down, right)) > 0) * 255).astype(np.uint8)


def _square() -> np.ndarray:
    white = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    white[SIDE_PX // 4 : -SIDE_PX // 4, SIDE_PX // 4 : -SIDE_PX // 4] = 255
    return white


def _png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def psnr_db(one: np.ndarray, other: np.ndarray) -> Sequence[float]:
    """Give the peak signal-to-noise ratio of each picture, in decibels; of equal ones 99."""
    errors = ((one.astype(np.float64) - other) ** 2).mean(axis=(1, 2, 3))
    return [99.0 if error == 0 else min(99.0, 10 * math.log10(255**2 / error)) for error in errors]


def painted(engine: Inference, bundle: InstalledBundle, inputs: Mapping[str, InputValue]) -> np.ndarray:
    """Run once and give its one picture. Raises: ArtratorError."""
    told: queue.Queue[RunEvent | ArtratorError] = queue.Queue()
    request = RunRequest(id=new_id(), bundle=bundle, inputs=inputs, account="export", deadline_s=PATIENCE_S)
    engine.submit(request, told.put)
    while not isinstance(event := told.get(timeout=PATIENCE_S), Finished):
        if isinstance(event, ArtratorError):
            raise event
    (value,) = event.outputs.values()
    (file,) = value if isinstance(value, tuple) else (value,)
    assert isinstance(file, OutputFile), "the pipeline paints"
    return np.asarray(Image.open(io.BytesIO(file.data)).convert("RGB"))
