"""Turn what a caller asks for into a walk that can be rendered, or say what is wrong with it, before any money is held."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from artrator.bundle.fields import MAX_SEED, is_drawn
from artrator.bundle.inputs import check_inputs
from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference, InputValue
from artrator.engine.pipelines.checking import check_run
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.money import Micros
from artrator.predictions.composition import Composition
from artrator.predictions.prediction import Json, RunPart
from artrator.walks.payment import check_total, frame_parts, frame_price
from artrator.walks.walk import Ending
from artrator.walks.wanted import WantedWalk

Values = Mapping[str, InputValue]
Draw = Callable[[], int]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A walk that can be rendered.

    shared: what all keyframes share, with the seeds that were drawn. keyframes: each with all its inputs, checked.
    evaluations_alone: of the model, for one frame by itself. evaluations: expected for the whole walk.
    """

    wanted: WantedWalk
    composition: Composition
    shared: Mapping[str, Json]
    keyframes: tuple[Values, ...]
    frame_price: Micros
    parts: tuple[RunPart, ...]
    evaluations_alone: int
    evaluations: int

    @property
    def manifest(self) -> Manifest:
        """Of the model that is asked for."""
        return self.composition.model.manifest


def plan_walk(
    wanted: WantedWalk, composition: Composition, *, permille: int, draw: Draw = lambda: secrets.randbelow(MAX_SEED + 1)
) -> Plan:
    """Check a walk against its model, and price it. Raises: Invalid."""
    manifest = composition.model.manifest
    shared = _with_seeds(manifest, wanted, draw)
    keyframes = tuple(_checked(manifest, shared, own, index) for index, own in enumerate(wanted.keyframes))
    for index, values in enumerate(keyframes):
        _in_words(lambda values=values: check_run(composition.base.manifest, values), wanted.keyframes[index], index)
    _check_differ(keyframes, ending=wanted.ending)
    price = frame_price(composition, permille)
    check_total(price, wanted.frames)
    return Plan(
        wanted=wanted,
        composition=composition,
        shared=shared,
        keyframes=keyframes,
        frame_price=price,
        parts=frame_parts(composition, price),
        evaluations_alone=1,
        evaluations=wanted.frames,
    )


def _with_seeds(manifest: Manifest, wanted: WantedWalk, draw: Draw) -> dict[str, Json]:
    """Draw once for the whole walk each seed that some keyframe leaves out, so that the noise stands still."""
    shared = dict(wanted.input)
    for name, field in manifest.inputs.items():
        left_out = any(name not in own for own in wanted.keyframes)
        if is_drawn(field) and name not in shared and left_out:
            shared[name] = draw()
    return shared


def _checked(manifest: Manifest, shared: Mapping[str, Json], own: Mapping[str, Json], index: int) -> Values:
    return _in_words(lambda: check_inputs(manifest, {**shared, **own}), own, index)


def _in_words(check: Callable[[], Result], own: Mapping[str, Json], index: int) -> Result:
    try:
        return check()
    except ArtratorError as error:
        raise error.at(field_of(error.field, own, index)) from error


def field_of(field: str | None, own: Mapping[str, Json], index: int) -> str | None:
    """Say where in a walk's request an input of a run stands: in its keyframe, or among what all share."""
    if field is None or not field.startswith("inputs."):
        return field
    rest = field.removeprefix("inputs.")
    name = rest.partition(".")[0]
    return f"keyframes.{index}.{rest}" if name in own else f"input.{rest}"


def _check_differ(keyframes: Sequence[Values], *, ending: Ending) -> None:
    """Refuse a way that leads nowhere. Raises: Invalid."""
    for index, (one, next_one) in enumerate(pairwise(keyframes), start=1):
        if one == next_one:
            raise _equal(index, f"Keyframe {index + 1} is the same as the one before it, so nothing would move")
    if ending is Ending.LOOP and keyframes[0] == keyframes[-1]:
        last = len(keyframes) - 1
        raise _equal(last, "The last keyframe is the same as the first, to which a loop leads back by itself")


def _equal(index: int, what: str) -> Invalid:
    message = f"{what}; change an input of it, such as its prompt or seed, or leave it out."
    return Invalid("keyframes_equal", message, field=f"keyframes.{index}")


def files_of(values: Values) -> dict[str, FileReference]:
    """Pick the files among inputs."""
    return {name: value for name, value in values.items() if isinstance(value, FileReference)}
