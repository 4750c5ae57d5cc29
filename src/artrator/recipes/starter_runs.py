"""Run bundles by the engine in this process, with no server and no torch: for the figures of the starter models."""

import io
import queue
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artrator.bundle.digest import bundle_digest
from artrator.bundle.fields import default_of
from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import (
    Finished,
    InputValue,
    InstalledBundle,
    OutputFile,
    OutputJson,
    Progressed,
    RunEvent,
    RunRequest,
)
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import new_id
from artrator.starters import starter_folders

PATIENCE_S = 1200.0
AT_ONCE = 256  # the engine refuses what is more than it lets wait
Events: TypeAlias = "queue.Queue[RunEvent | ArtratorError]"


class StarterRuns:
    """Runs the starters, and bundles beside them, by name, many runs at once; use as a context."""

    def __init__(self, threads: int = 0, beside: Sequence[Path] = (), *, threads_per_call: int = 1) -> None:
        """Open an engine. beside: folders of further bundles; one hides the starter of its name."""
        self._engine = Inference(EngineSettings(threads_per_worker=threads, threads_per_call=threads_per_call))
        self._folders = {folder.name: folder for folder in (*starter_folders(), *beside)}
        self._bundles: dict[str, InstalledBundle] = {}

    def __enter__(self) -> "StarterRuns":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._engine.close()

    def run(self, name: str, asked: Sequence[Mapping[str, InputValue]]) -> list[Finished]:
        """Run a starter on each of the inputs asked for. Raises: ArtratorError as the first of them that failed."""
        finished: list[Finished] = []
        for first in range(0, len(asked), AT_ONCE):
            running = [self._submit(name, inputs) for inputs in asked[first : first + AT_ONCE]]
            finished += [_last(events) for events in running]
        return finished

    def previews(self, name: str, inputs: Mapping[str, InputValue]) -> list[bytes]:
        """Give the previews that one run shows, each a JPEG."""
        events = self._submit(name, inputs)
        shown: list[bytes] = []
        while not isinstance(event := _next(events), Finished):
            if isinstance(event, Progressed) and event.preview is not None:
                shown.append(event.preview)
        return shown

    def paint(self, name: str, asked: Sequence[Mapping[str, InputValue]]) -> list[bytes]:
        """Give the first picture of each run, as a PNG."""
        return [_picture(finished) for finished in self.run(name, asked)]

    def read(self, pictures: Sequence[bytes]) -> list[tuple[str, str]]:
        """Let the style-reader name the style and the palette of each picture."""
        read = self.run("style-reader", [{"image": picture} for picture in pictures])
        return [(_most_likely(each, "style"), _most_likely(each, "palette")) for each in read]

    def _submit(self, name: str, inputs: Mapping[str, InputValue]) -> Events:
        events: Events = queue.Queue()
        bundle = self._bundle(name)
        defaults = {field: default_of(each) for field, each in bundle.manifest.inputs.items()}
        request = RunRequest(
            id=new_id(), bundle=bundle, inputs={**defaults, **inputs}, account="figures", deadline_s=PATIENCE_S
        )
        self._engine.submit(request, events.put)
        return events

    def _bundle(self, name: str) -> InstalledBundle:
        if name not in self._bundles:
            folder = self._folders[name]
            manifest = read_manifest((folder / MANIFEST_NAME).read_text("utf-8"))
            self._bundles[name] = InstalledBundle(
                digest=bundle_digest(folder), folder=folder, manifest=manifest, batchable=True
            )
        return self._bundles[name]


def pixels(picture: bytes) -> NDArray[np.uint8]:
    """Read a PNG as (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def _next(events: Events) -> RunEvent:
    event = events.get(timeout=PATIENCE_S)
    if isinstance(event, ArtratorError):
        raise event
    return event


def _last(events: Events) -> Finished:
    while not isinstance(event := _next(events), Finished):
        pass
    return event


def _picture(finished: Finished) -> bytes:
    (output,) = finished.outputs.values()
    file = output[0] if isinstance(output, tuple) else output
    assert isinstance(file, OutputFile)
    return file.data


def _most_likely(finished: Finished, output: str) -> str:
    ranking = finished.outputs[output]
    assert isinstance(ranking, OutputJson)
    return ranking.value[0]["label"]
