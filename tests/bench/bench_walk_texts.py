"""Which way between two prompts' embeddings makes the better pictures: `python -m tests.bench walk_texts`.

Frames of the small museum a third, a half and two thirds of the way between prompts that have nothing in common, as a walk
paints them, with the texts mixed in each of the ways that are in use. Told are contrast and saturation beside those of the
keyframes, whose mean is 1, and how sure the style-reader is of the manner. The figures are the same on every machine.
"""

from __future__ import annotations

import io
import queue
import statistics
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from PIL import Image

from artrator.bundle.values import FileReference
from artrator.engine.execution.call import Floats
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import Finished, InstalledBundle, OutputJson, RunRequest, WalkFrame
from artrator.engine.pipelines.diffusion import walking
from artrator.engine.pipelines.latents import lerp, slerp
from artrator.engine.pipelines.walkable import Checked, check_walk
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import new_id
from tests.bench.walk_runs import MUSEUM, PATIENCE_S, Inputs, installed, picture_of, starter

PAIRS = (
    ("a warm colour field", "cool op-art waves"),
    ("pastel tiles", "neon night targets"),
    ("a warm abstract landscape of hills", "ocean waves"),
    ("black and white stripes", "autumn dots with a round glow"),
    ("red, yellow and blue grid", "meadow paper cut-out"),
    ("cool squares in squares", "earth drips"),
    ("ink line drawing", "warm tilted planes"),
    ("neon night stripes", "pastel hills"),
)
SEEDS, STEPS = (3, 8), 8
PARTS = (1 / 3, 1 / 2, 2 / 3)
Mix: TypeAlias = Callable[[Floats, Floats, float], Floats]


def by_token(start: Floats, end: Floats, part: float) -> Floats:
    """Walk each token's embedding along its own great circle."""
    mixed = np.empty_like(start)
    for token in np.ndindex(start.shape[:-1]):
        mixed[token] = slerp(start[token], end[token], part)
    return mixed


def stretched(start: Floats, end: Floats, part: float) -> Floats:
    """Walk straight, each token's norm brought to what lies between those of the ends."""
    mixed = lerp(start, end, part)
    one, other, have = (np.linalg.norm(each, axis=-1, keepdims=True) for each in (start, end, mixed))
    return (mixed * (lerp(one, other, part) / np.maximum(have, 1e-6))).astype(np.float32)


WAYS: Mapping[str, Mix] = {
    "straight": lerp,
    "great circle": slerp,
    "great circle a token": by_token,
    "straight, norms kept": stretched,
}


def main() -> None:
    """Print the table."""
    engine = Engine()
    try:
        ends = [(walk[0], walk[-1]) for walk in walks()]
        keyframes = [tuple(engine.paint(each) for each in pair) for pair in ends]
        print(f"{'texts are mixed':24}{'contrast':>10}{'saturation':>12}{'style-reader':>14}")
        for name, mix in WAYS.items():
            walking.lerp = mix  # the texts' alone: these keyframes have no pictures
            rows = [
                (look(picture, like), engine.certainty(picture))
                for (start, end), like in zip(ends, keyframes, strict=True)
                for picture in (engine.paint(start, WalkFrame(end=end, part=part)) for part in PARTS)
            ]
            contrast, saturation = (statistics.fmean(figures[at] for figures, _ in rows) for at in (0, 1))
            certainty = statistics.fmean(each for _, each in rows)
            print(f"{name:24}{contrast:>10.3f}{saturation:>12.3f}{certainty:>14.3f}", flush=True)
    finally:
        walking.lerp = lerp
        engine.close()


def walks() -> list[list[Inputs]]:
    """Complete the keyframes of all walks."""
    manifest = installed(starter(MUSEUM)).manifest
    shared = [{"steps": STEPS, "seed": seed} for seed in SEEDS]
    keyframes = [[{"prompt": prompt} for prompt in pair] for pair in PAIRS]
    return [[plain(each) for each in check_walk(manifest, pair, inputs)] for pair in keyframes for inputs in shared]


def plain(inputs: Checked) -> Inputs:
    """Give inputs that hold no files."""
    return {name: value for name, value in inputs.items() if not isinstance(value, FileReference)}


class Engine:
    """The engine in this process, so that its way of mixing can be changed."""

    def __init__(self) -> None:
        self._inference = Inference(EngineSettings())
        self._museum, self._reader = installed(starter(MUSEUM)), installed(starter("style-reader"))

    def paint(self, inputs: Inputs, walk: WalkFrame | None = None) -> bytes:
        """Paint a picture, or a frame."""
        return picture_of(self._run(self._museum, inputs, walk))

    def certainty(self, picture: bytes) -> float:
        """Tell how sure the style-reader is of a picture's manner, 0 to 1."""
        read = self._run(self._reader, {"image": picture}).outputs["style"]
        assert isinstance(read, OutputJson)
        return max(each["score"] for each in read.value)  # type: ignore[index, union-attr]

    def close(self) -> None:
        """Stop."""
        self._inference.close()

    def _run(self, bundle: InstalledBundle, inputs: Inputs, walk: WalkFrame | None = None) -> Finished:
        request = RunRequest(
            id=new_id(), bundle=bundle, inputs=inputs, account="bench", deadline_s=PATIENCE_S, walk=walk
        )
        ended: queue.Queue[Finished | ArtratorError] = queue.Queue()
        self._inference.submit(
            request, lambda event: ended.put(event) if isinstance(event, Finished | ArtratorError) else None
        )
        finished = ended.get()
        if isinstance(finished, ArtratorError):
            raise finished
        return finished


def look(picture: bytes, like: tuple[bytes, ...]) -> tuple[float, float]:
    """Give contrast and saturation, as parts of the mean of some pictures."""
    own, theirs = seen(picture), [seen(each) for each in like]
    return own[0] / statistics.fmean(each[0] for each in theirs), own[1] / statistics.fmean(each[1] for each in theirs)


def seen(picture: bytes) -> tuple[float, float]:
    """Give the spread of a picture's lightness, and its mean saturation."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return float(np.std(np.asarray(image.convert("L")))), float(np.mean(np.asarray(image.convert("HSV"))[..., 1]))


if __name__ == "__main__":
    main()
