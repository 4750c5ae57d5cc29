"""Render one frame as one run of the engine, and wait where the engine has no room for it now."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from artrator.catalog.service import Catalog
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.fleet import (
    WALK_STATES,
    Finished,
    Fleet,
    InputValue,
    OutputFile,
    OutputValue,
    Priority,
    Progressed,
    RunRequest,
    WalkFrame,
    WalkStart,
)
from artrator.kernel.errors import Conflict, Invalid, NotFound
from artrator.kernel.ids import new_id
from artrator.predictions.composition import Composition, installed, recompose
from artrator.predictions.inputs import InputFiles
from artrator.walks.passages import Passages
from artrator.walks.path import Path
from artrator.walks.patience import patiently
from artrator.walks.plan import keyframes_of
from artrator.walks.settings import WalkSettings
from artrator.walks.walk import Walk

log = logging.getLogger(__name__)

STATES_UNFIT = "walk_states_unfit"
"""What the engine says of states from which it cannot begin; the frame is rendered alone then."""
KEYFRAMES_HELD = 4
"""With their files in memory: those of two ways and a change between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A frame to render. keep: the state indices that others may begin from."""

    place: float
    start: WalkStart | None = None
    keep: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A frame that came out of the engine."""

    wish: Wish
    file: OutputFile
    states: bytes | None
    evaluations: int


class FrameRenderer:
    """Renders the frames of one walk. What it needs of the model is asked for anew for each: it may be withdrawn."""

    def __init__(
        self, walk: Walk, *, catalog: Catalog, fleet: Fleet, inputs: InputFiles, settings: WalkSettings
    ) -> None:
        self._walk = walk
        self._catalog = catalog
        self._fleet = fleet
        self._inputs = inputs
        self._settings = settings
        self._path = Path(len(walk.keyframes), walk.ending)
        self._keyframes: OrderedDict[int, Mapping[str, InputValue]] = OrderedDict()
        self._reading = asyncio.Lock()

    async def render(self, wish: Wish) -> Picture:
        """Render one, however long it takes to get a turn.

        Raises: what no waiting mends: Invalid, TooLarge, ModelFault, ModelQuarantined; Conflict `model_withdrawn`.
        """
        failures = 0
        while True:
            try:
                return await patiently(partial(self._render, wish))
            except ModelFault as error:
                failures += 1
                if failures >= self._settings.frame_attempts or error.code == Fault.OUTPUT_INVALID:
                    raise
                log.warning("the frame at %.4f of %s is tried again: %s", wish.place, self._walk.id, error.code)
            except Invalid as error:
                if error.code != STATES_UNFIT or wish.start is None:
                    raise
                wish = replace(wish, start=None)

    async def passages(self) -> Passages:
        """Tell which states the frames of each way pass. Raises: as `render`; Unavailable."""
        manifest = (await self._composition()).model.manifest
        return Passages(self._path, manifest, keyframes_of(self._walk, manifest))

    async def _render(self, wish: Wish) -> Picture:
        composition = await self._composition()
        spot = self._path.spot(wish.place)
        async with installed(self._catalog, composition) as (bundle, loras):
            request = RunRequest(
                id=f"{self._walk.id}.{new_id()}",
                bundle=bundle,
                inputs=await self._inputs_of(spot.start, composition),
                account=self._walk.user_id,
                deadline_s=self._settings.frame_deadline_s,
                priority=Priority.WALK,
                loras=loras,
                walk=WalkFrame(
                    end=await self._inputs_of(spot.end, composition), part=spot.part, start=wish.start, keep=wish.keep
                ),
            )
            return await self._run(request, wish)

    async def _run(self, request: RunRequest, wish: Wish) -> Picture:
        steps = 1
        async with contextlib.aclosing(self._fleet.run(request)) as events:
            async for event in events:
                match event:
                    case Progressed():
                        steps = event.steps
                    case Finished():
                        return Picture(
                            wish=wish,
                            file=_picture(event.outputs),
                            states=_states(event.outputs),
                            evaluations=steps,
                        )
                    case _:
                        pass
        raise RuntimeError("the fleet ended a run without a result")

    async def _composition(self) -> Composition:
        """Find the model again, as it may be run now. Raises: Conflict where it may not; Unavailable."""
        try:
            return await recompose(self._catalog, self._walk)
        except (NotFound, Conflict) as error:
            message = f"The model was withdrawn while the walk went on: {error.message} What is rendered stays yours."
            raise Conflict("model_withdrawn", message) from error

    async def _inputs_of(self, keyframe: int, composition: Composition) -> Mapping[str, InputValue]:
        """Give a keyframe's inputs as the engine takes them; a few are held, since many frames share a way."""
        async with self._reading:
            held = self._keyframes.get(keyframe)
            if held is None:
                manifest = composition.model.manifest
                values = keyframes_of(self._walk, manifest)[keyframe]
                keys = {**self._walk.shared.files, **self._walk.keyframes[keyframe].files}
                held = await self._inputs.resolve(self._walk.user_id, manifest, values, keys)
                self._keyframes[keyframe] = held
                if len(self._keyframes) > KEYFRAMES_HELD:
                    self._keyframes.popitem(last=False)
            self._keyframes.move_to_end(keyframe)
            return held


def _picture(outputs: Mapping[str, OutputValue]) -> OutputFile:
    for name, value in outputs.items():
        if name != WALK_STATES and isinstance(value, OutputFile):
            return value
        if isinstance(value, tuple) and value:
            return value[0]
    raise ModelFault(Fault.OUTPUT_INVALID, "The model gave no picture.")


def _states(outputs: Mapping[str, OutputValue]) -> bytes | None:
    value = outputs.get(WALK_STATES)
    return value.data if isinstance(value, OutputFile) else None
