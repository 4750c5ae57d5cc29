"""Render walks by the real fleet as a server does it: the rules of spacing and sharing, features, and what all of it costs."""

from __future__ import annotations

import asyncio
import io
import shutil
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path as Folder

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artrator.bundle.digest import bundle_digest
from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.bundle.values import FileReference
from artrator.engine.codecs.tensor import read_npy
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
    RunRequest,
    WalkFrame,
    WalkStart,
)
from artrator.engine.local import LocalFleet
from artrator.engine.pipelines.walkable import Checked, check_walk
from artrator.engine.settings import EngineSettings
from artrator.kernel.ids import new_id
from artrator.starters import starter_folders
from artrator.walks.course import Course, Stage
from artrator.walks.passages import Passages
from artrator.walks.path import Easing, Ending, Path
from artrator.walks.perception import EXTRACTOR, distance
from artrator.walks.spacing import COARSE, SpacingKind

PATIENCE_S = 3600.0
MUSEUM, FAST = "small-museum", "small-museum-fast"
Inputs = dict[str, InputValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A walk as it is asked for; shared: inputs of all keyframes. sharing: the dial, 0 for frames that are rendered alone."""

    keyframes: Sequence[Mapping[str, object]]
    shared: Mapping[str, object]
    frames: int
    sharing: float
    spacing: SpacingKind = SpacingKind.EVEN
    ending: Ending = Ending.STOP
    easing: Easing = Easing.LINEAR

    @property
    def path(self) -> Path:
        """Give what lies between which."""
        return Path(len(self.keyframes), self.ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One frame; evaluations: of the model, as the engine reported them."""

    place: float
    picture: bytes
    features: NDArray[np.float32]
    states: bytes
    kept: tuple[int, ...]
    evaluations: int

    @property
    def pixels(self) -> NDArray[np.uint8]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a run, how many steps it reported, and when the first of them was there."""

    finished: Finished
    steps: int
    first_step_s: float


class WalkEngine:
    """A fleet with the starters and the extractor, and as many frames in flight as a server has."""

    def __init__(self, fleet: LocalFleet, bundles: Mapping[str, InstalledBundle], at_once: int) -> None:
        self.fleet, self._bundles, self._at_once = fleet, bundles, at_once

    async def walk(self, model: str, shape: Shape) -> Film:
        """Render a walk to its end."""
        bundle = self._bundles[model]
        checked = _checked(bundle, shape)
        course, keyframes = Course(shape, Passages(shape.path, bundle.manifest, checked)), _engine_inputs(checked)
        film, began_s = Film(), time.perf_counter()
        under_way: set[asyncio.Task[Rendered]] = set()
        try:
            while True:
                for stage in course.next_stages(self._at_once - len(under_way)):
                    work = self._render(bundle, shape.path, keyframes, stage, film)
                    under_way.add(asyncio.create_task(work))
                if not under_way:
                    break
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    _land(course, film, task.result())
                    if len(film.frames) == COARSE:
                        film.first_s = time.perf_counter() - began_s
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        film.whole_s, film.evenness = time.perf_counter() - began_s, course.evenness()
        return film

    async def alone(self, model: str, shape: Shape, places: Sequence[float]) -> list[Rendered]:
        """Render the frames at some places, nothing shared."""
        bundle, room = self._bundles[model], asyncio.Semaphore(self._at_once)
        keyframes = _engine_inputs(_checked(bundle, shape))

        async def render(place: float) -> Rendered:
            async with room:
                return await self._frame(bundle, shape.path, keyframes, place, None, ())

        return await asyncio.gather(*(render(place) for place in places))

    async def run(
        self, model: str, inputs: Inputs, *, walk: WalkFrame | None = None, priority: Priority = Priority.WALK
    ) -> Ran:
        """Run a model once."""
        steps, began_s, first_step_s = 1, time.perf_counter(), 0.0
        request = RunRequest(
            id=new_id(),
            bundle=self._bundles[model],
            inputs=inputs,
            account=priority.name,
            deadline_s=PATIENCE_S,
            output_format=NPY if model == EXTRACTOR.name else PICTURES,
            priority=priority,
            walk=walk,
        )
        async with aclosing(self.fleet.run(request)) as events:
            async for event in events:
                if isinstance(event, Progressed):
                    steps = event.steps
                    first_step_s = first_step_s or time.perf_counter() - began_s
                if isinstance(event, Finished):
                    return Ran(finished=event, steps=steps, first_step_s=first_step_s)
        raise AssertionError("a run ends with Finished or an error")

    async def _render(
        self, bundle: InstalledBundle, path: Path, keyframes: Sequence[Inputs], stage: Stage, film: Film
    ) -> Rendered:
        start, how = None, stage.share
        if how.begin is not None and stage.left is not None and stage.right is not None:
            before, after = film.frames[stage.left].states, film.frames[stage.right].states
            start = WalkStart(index=how.begin, before=before, after=after, weight=how.weight)
        return await self._frame(bundle, path, keyframes, stage.place, start, how.keep)

    async def _frame(
        self,
        bundle: InstalledBundle,
        path: Path,
        keyframes: Sequence[Inputs],
        place: float,
        start: WalkStart | None,
        keep: tuple[int, ...],
    ) -> Rendered:
        spot = path.spot(place)
        walk = WalkFrame(end=keyframes[spot.end], part=spot.part, start=start, keep=keep)
        ran = await self.run(bundle.manifest.name, keyframes[spot.start], walk=walk)
        picture, states = picture_of(ran.finished), ran.finished.outputs.get(WALK_STATES)
        seen = await self.run(EXTRACTOR.name, {"image": picture})
        (vector,) = seen.finished.outputs.values()
        assert isinstance(vector, OutputFile)
        return Rendered(
            place=place,
            picture=picture,
            features=read_npy(vector.data, "features").astype(np.float32).reshape(-1),
            states=states.data if isinstance(states, OutputFile) else b"",
            kept=keep,
            evaluations=ran.steps,
        )


@asynccontextmanager
async def walk_engine(home: Folder, *, workers: int = 1, threads: int = 2) -> AsyncGenerator[WalkEngine]:
    """Start a fleet over copies of the starters and the extractor."""
    bundles = {folder.name: installed(copied(folder, home)) for folder in (starter(MUSEUM), starter(FAST), EXTRACTOR)}
    settings = EngineSettings(workers=workers, threads_per_worker=threads)
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(LocalFleet(settings, bundles=home))
        yield WalkEngine(fleet, bundles, max(2, 2 * workers * threads))


def starter(name: str) -> Folder:
    """Find a starter that ships with the program."""
    return next(each for each in starter_folders() if each.name == name)


def copied(folder: Folder, home: Folder) -> Folder:
    """Copy a folder, once, to where workers may read it."""
    copy = home / folder.name
    if not copy.exists():
        shutil.copytree(folder, copy)
    return copy


def installed(folder: Folder) -> InstalledBundle:
    """Take a folder as a bundle that has passed its checks."""
    manifest = read_manifest((folder / MANIFEST_NAME).read_text("utf-8"))
    return InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=manifest, batchable=True)


def _checked(bundle: InstalledBundle, shape: Shape) -> list[Checked]:
    return check_walk(bundle.manifest, shape.keyframes, shape.shared, is_loop=shape.path.is_loop)


def _engine_inputs(keyframes: Sequence[Checked]) -> list[Inputs]:
    return [{name: value for name, value in each.items() if not isinstance(value, FileReference)} for each in keyframes]


def _land(course: Course, film: Film, frame: Rendered) -> None:
    left, right = course.neighbours(frame.place)
    film.frames[frame.place] = frame
    to_left, to_right = (
        None if each is None else distance(film.frames[each].features, frame.features) for each in (left, right)
    )
    course.landed(frame.place, to_left, to_right, kept=frame.kept if frame.states else ())


def picture_of(finished: Finished) -> bytes:
    """Give the picture file of a run."""
    (output,) = (value for name, value in finished.outputs.items() if name != WALK_STATES)
    file = output[0] if isinstance(output, tuple) else output
    assert isinstance(file, OutputFile)
    return file.data
