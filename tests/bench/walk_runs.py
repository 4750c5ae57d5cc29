"""Render walks by the engine in this process, as the server does it: the rules of spacing and sharing, features, and costs."""

from __future__ import annotations

import io
import queue
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as Folder
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artrator.bundle.digest import bundle_digest
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, read_manifest
from artrator.engine.codecs.tensor import read_npy
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import (
    NPY,
    PICTURES,
    WALK_STATES,
    Finished,
    InputValue,
    InstalledBundle,
    OutputFile,
    Priority,
    Progressed,
    RunEvent,
    RunRequest,
    WalkFrame,
    WalkStart,
)
from artrator.engine.pipelines.walkable import check_walk, shared_range
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import new_id
from artrator.walks.path import Path
from artrator.walks.perception import EXTRACTOR, distance
from artrator.walks.sharing import Neighbours, Share, share
from artrator.walks.spacing import COARSE, Spacing, SpacingKind

PATIENCE_S = 3600.0
Pixels = NDArray[np.uint8]
Features = NDArray[np.float32]
Inputs = dict[str, InputValue]


@dataclass(slots=True)
class Rendered:
    """One frame; evaluations: of the model, as the engine reported them."""

    place: float
    picture: bytes
    features: Features
    states: bytes
    kept: tuple[int, ...]
    evaluations: int

    @property
    def pixels(self) -> Pixels:
        """Give (H, W, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.picture)).convert("RGB"))


@dataclass(slots=True)
class Film:
    """What came of a walk; first_s: when as many frames as make a coarse film were there."""

    frames: dict[float, Rendered] = field(default_factory=dict[float, Rendered])
    first_s: float = 0.0
    whole_s: float = 0.0
    evenness: float | None = None

    @property
    def evaluations(self) -> int:
        """Count all evaluations of the model."""
        return sum(frame.evaluations for frame in self.frames.values())

    @property
    def ordered(self) -> list[Rendered]:
        """Give the frames by place."""
        return [self.frames[place] for place in sorted(self.frames)]


@dataclass(slots=True)
class _Flying:
    """A frame under way: first its picture, then its features."""

    place: float
    share: Share
    evaluations: int = 0
    finished: Finished | None = None


class WalkEngine:
    """An engine with some threads, and as many frames in flight as it has, and one; use as a context."""

    def __init__(self, threads: int = 2) -> None:
        self._engine, self._in_flight = Inference(EngineSettings(threads_per_worker=threads)), threads + 1
        self._extractor = installed(EXTRACTOR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._engine.close()

    def walk(
        self,
        bundle: InstalledBundle,
        keyframes: Sequence[Mapping[str, object]],
        shared: Mapping[str, object],
        frames: int,
        *,
        dial: float,
        kind: SpacingKind = SpacingKind.EVEN,
    ) -> Film:
        """Render a walk to its end."""
        return _Walk(self, bundle, Ways.of(bundle.manifest, keyframes, shared), frames, dial, kind).render()

    def alone(self, bundle: InstalledBundle, ways: Ways, places: Sequence[float]) -> list[Rendered]:
        """Render the frames at some places, nothing shared."""
        events: queue.Queue[tuple[_Flying, RunEvent | ArtratorError]] = queue.Queue()
        made: dict[float, Rendered] = {}
        for place in places:
            inputs, frame = ways.frame(place)
            nothing = Share(begin=None, weight=0.0, keep=(), evaluations=0)
            self.submit(bundle, inputs, frame, _Flying(place, nothing), events)
        while len(made) < len(places):
            flying, finished = next_finished(events)
            if flying.finished is None:
                flying.finished = finished
                self.perceive(flying, events)
            else:
                made[flying.place] = rendered(flying, finished)
        return [made[place] for place in places]

    def submit(
        self,
        bundle: InstalledBundle,
        inputs: Inputs,
        walk: WalkFrame | None,
        flying: _Flying,
        events: queue.Queue[tuple[_Flying, RunEvent | ArtratorError]],
        output_format: str = PICTURES,
    ) -> None:
        """Start a run of a walk."""
        request = RunRequest(
            id=new_id(),
            bundle=bundle,
            inputs=inputs,
            account="bench",
            deadline_s=PATIENCE_S,
            output_format=output_format,
            priority=Priority.WALK,
            walk=walk,
        )
        self._engine.submit(request, lambda event: events.put((flying, event)))

    def perceive(self, flying: _Flying, events: queue.Queue[tuple[_Flying, RunEvent | ArtratorError]]) -> None:
        """Start to extract the features of a frame."""
        assert flying.finished is not None
        self.submit(self._extractor, {"image": picture_of(flying.finished)}, None, flying, events, NPY)

    @property
    def in_flight(self) -> int:
        """Tell how many frames are under way at once."""
        return self._in_flight


@dataclass(frozen=True, slots=True)
class Ways:
    """The keyframes of a walk, complete, and what is passed between them."""

    path: Path
    inputs: list[Inputs]
    passed: list[tuple[int, int]]

    @classmethod
    def of(cls, manifest: Manifest, keyframes: Sequence[Mapping[str, object]], shared: Mapping[str, object]) -> Self:
        """Check keyframes as a server does."""
        path, complete = Path(len(keyframes)), check_walk(manifest, keyframes, shared)
        ends = [path.spot(way + 0.5) for way in range(path.length)]
        passed = [shared_range(manifest, complete[each.start], complete[each.end]) for each in ends]
        return cls(path, [dict(each) for each in complete], passed)  # type: ignore[misc]

    def frame(
        self, place: float, start: WalkStart | None = None, keep: tuple[int, ...] = ()
    ) -> tuple[Inputs, WalkFrame]:
        """Give a run's inputs, and what makes it the frame at a place."""
        spot = self.path.spot(place)
        return self.inputs[spot.start], WalkFrame(end=self.inputs[spot.end], part=spot.part, start=start, keep=keep)


class _Walk:
    def __init__(
        self, engine: WalkEngine, bundle: InstalledBundle, ways: Ways, frames: int, dial: float, kind: SpacingKind
    ) -> None:
        self._engine, self._bundle, self._ways, self._dial = engine, bundle, ways, dial
        self._spacing = Spacing(ways.path, frames, kind=kind)
        self._events: queue.Queue[tuple[_Flying, RunEvent | ArtratorError]] = queue.Queue()
        self._film = Film()

    def render(self) -> Film:
        began_s, flying = time.monotonic(), 0
        while not self._spacing.is_done:
            for place in self._spacing.next_places(self._engine.in_flight - flying):
                self._begin(place)
                flying += 1
            frame, finished = next_finished(self._events)
            if frame.finished is None:
                frame.finished = finished
                self._engine.perceive(frame, self._events)
                continue
            flying -= 1
            self._land(frame, finished)
            if self._spacing.count == COARSE:
                self._film.first_s = time.monotonic() - began_s
        self._film.whole_s, self._film.evenness = time.monotonic() - began_s, self._spacing.evenness()
        return self._film

    def _begin(self, place: float) -> None:
        frames = self._film.frames
        left, right = self._spacing.neighbours(place)
        beside = Neighbours(
            left=left,
            right=right,
            distance=self._spacing.gap(place),
            kept_left=() if left is None else frames[left].kept,
            kept_right=() if right is None else frames[right].kept,
        )
        passed = self._ways.passed[min(int(place), len(self._ways.passed) - 1)]
        how = share(self._ways.path, place, beside, passed, dial=self._dial, is_last=self._spacing.is_last_round)
        start = None
        if how.begin is not None and left is not None and right is not None:
            start = WalkStart(
                index=how.begin, before=frames[left].states, after=frames[right].states, weight=how.weight
            )
        inputs, frame = self._ways.frame(place, start, how.keep)
        self._engine.submit(self._bundle, inputs, frame, _Flying(place, how), self._events)

    def _land(self, flying: _Flying, features: Finished) -> None:
        frame, frames = rendered(flying, features), self._film.frames
        left, right = self._spacing.neighbours(flying.place)
        frames[flying.place] = frame
        self._spacing.rendered(
            flying.place,
            None if left is None else distance(frames[left].features, frame.features),
            None if right is None else distance(frame.features, frames[right].features),
        )


def installed(folder: Folder) -> InstalledBundle:
    """Take a folder as a bundle that has passed its checks."""
    manifest = read_manifest((folder / MANIFEST_NAME).read_text("utf-8"))
    return InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest, batchable=True)


def next_finished(events: queue.Queue[tuple[_Flying, RunEvent | ArtratorError]]) -> tuple[_Flying, Finished]:
    """Wait until a run ends; count what it reports meanwhile."""
    while True:
        flying, event = events.get(timeout=PATIENCE_S)
        if isinstance(event, ArtratorError):
            raise event
        if isinstance(event, Progressed):
            flying.evaluations += 1
        if isinstance(event, Finished):
            return flying, event


def picture_of(finished: Finished) -> bytes:
    """Give the picture file of a frame."""
    (output,) = (value for name, value in finished.outputs.items() if name != WALK_STATES)
    file = output[0] if isinstance(output, tuple) else output
    assert isinstance(file, OutputFile)
    return file.data


def rendered(flying: _Flying, features: Finished) -> Rendered:
    """Put together what came of a frame."""
    assert flying.finished is not None
    states, (vector,) = flying.finished.outputs.get(WALK_STATES), features.outputs.values()
    assert isinstance(vector, OutputFile)
    return Rendered(
        place=flying.place,
        picture=picture_of(flying.finished),
        features=read_npy(vector.data, "features").astype(np.float32).reshape(-1),
        states=states.data if isinstance(states, OutputFile) else b"",
        kept=flying.share.keep,
        evaluations=flying.evaluations,
    )
