"""Turn what a caller asks for into a walk that can be rendered, or say what is wrong with it, before any money is held."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from artrator.bundle.fields import MAX_SEED
from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference, InputValue
from artrator.engine.pipelines.walkable import check_walk, sampler_steps
from artrator.kernel.errors import Invalid
from artrator.kernel.money import Micros
from artrator.predictions.composition import Composition
from artrator.predictions.prediction import Json, RunPart
from artrator.walks.course import expected_evaluations
from artrator.walks.passages import Passages
from artrator.walks.path import Path
from artrator.walks.payment import check_total, frame_parts, frame_price
from artrator.walks.walk import Walk
from artrator.walks.wanted import WantedWalk

Values = Mapping[str, InputValue]
Draw = Callable[[], int]


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
    """Check a walk against its model, and price it. Raises: Invalid, TooLarge."""
    manifest = composition.model.manifest
    path = Path(len(wanted.keyframes), wanted.ending)
    checked = check_walk(manifest, wanted.keyframes, wanted.input, is_loop=path.is_loop)
    if wanted.frames < len(wanted.keyframes):
        message = f"A walk through {len(wanted.keyframes)} keyframes has as many frames at least, not {wanted.frames}."
        raise Invalid("walk_frames_few", message, field="frames")
    # drawn once for the whole walk, so that the noise stands still
    seeds = {name: draw() for each in checked for name, value in each.items() if value is None}
    keyframes = tuple(_with_seeds(each, seeds) for each in checked)
    price = frame_price(composition, permille)
    check_total(price, wanted.frames)
    alone = max(sampler_steps(manifest, each) or 1 for each in keyframes)
    return Plan(
        wanted=wanted,
        composition=composition,
        shared={**wanted.input, **seeds},
        keyframes=keyframes,
        frame_price=price,
        parts=frame_parts(composition, price),
        evaluations_alone=alone,
        evaluations=expected_evaluations(wanted, Passages(path, manifest, keyframes), alone=alone),
    )


def keyframes_of(walk: Walk, manifest: Manifest) -> tuple[Values, ...]:
    """Read the complete inputs of a walk's keyframes back from its row; a file is the key of its blob.

    Raises: Invalid where the rules have changed since it was accepted.
    """
    shared = {**walk.shared.input, **_references(walk.shared.files)}
    own = [{**each.input, **_references(each.files)} for each in walk.keyframes]
    return tuple(check_walk(manifest, own, shared, is_loop=Path(len(own), walk.ending).is_loop))


def files_of(values: Values) -> dict[str, FileReference]:
    """Pick the files among inputs."""
    return {name: value for name, value in values.items() if isinstance(value, FileReference)}


def field_of(field: str | None, own: Mapping[str, Json], index: int) -> str | None:
    """Say where in a walk's request an input of a run stands: in its keyframe, or among what all share."""
    if field is None or not field.startswith("inputs."):
        return field
    rest = field.removeprefix("inputs.")
    name = rest.partition(".")[0]
    return f"keyframes.{index}.{rest}" if name in own else f"input.{rest}"


def _with_seeds(values: Values, seeds: Mapping[str, int]) -> Values:
    return {name: seeds[name] if value is None else value for name, value in values.items()}


def _references(files: Mapping[str, str]) -> dict[str, FileReference]:
    return {name: FileReference(url=key) for name, key in files.items()}
