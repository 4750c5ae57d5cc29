"""Which models walk, between which keyframes, and what a frame costs alone: known before a model is loaded or money held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from artrator.bundle.config import Pipeline, TextToImageConfig
from artrator.bundle.fields import TextInput
from artrator.bundle.inputs import check_inputs, fill_seeds
from artrator.bundle.lora_manifest import LORA_WEIGHT
from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference
from artrator.bundle.values import InputValue as CheckedValue
from artrator.engine.fleet import WALK_STATES
from artrator.engine.pipelines.checking import check_run
from artrator.engine.pipelines.diffusion.asked import Asked, read_asked
from artrator.engine.pipelines.given import Given
from artrator.kernel.errors import ArtratorError, Invalid

MIN_KEYFRAMES, MAX_KEYFRAMES = 2, 20
IMAGE, PROMPT = "image", "prompt"
SAME = ("steps", "width", "height", "mask", "count", LORA_WEIGHT)
"""Inputs of diffusion models that all keyframes of one walk share."""

Keyframe = Mapping[str, object]
Checked = dict[str, CheckedValue]


def check_walk(
    manifest: Manifest, keyframes: Sequence[Keyframe], shared: Keyframe, *, is_loop: bool = False
) -> list[Checked]:
    """Give the complete inputs of each keyframe: its own, what all share, defaults. A seed to be drawn is None.

    A keyframe that is an image needs no prompt. manifest: a LoRA's is completed by its base's.
    Raises: Invalid (and TooLarge), its field `keyframes`, `keyframes.1.prompt` or `input.steps`.
    """
    _check_model(manifest)
    if not MIN_KEYFRAMES <= len(keyframes) <= MAX_KEYFRAMES:
        message = f"A walk has {MIN_KEYFRAMES} to {MAX_KEYFRAMES} keyframes, not {len(keyframes)}."
        raise Invalid("walk_keyframes_count", message, field="keyframes")
    complete = [_complete(manifest, keyframe, shared, index) for index, keyframe in enumerate(keyframes)]
    _check_different(complete, is_loop=is_loop)
    if manifest.pipeline is Pipeline.TEXT_TO_IMAGE:
        _check_same(complete)
    return complete


def sampler_steps(manifest: Manifest, inputs: Mapping[str, CheckedValue]) -> int | None:
    """Count the evaluations of the model that a frame costs alone; None where there is nothing to share. Raises: Invalid."""
    if manifest.pipeline is not Pipeline.TEXT_TO_IMAGE:
        return None
    asked = _asked(manifest, inputs)
    return asked.sampler.path.evaluations - asked.first


def shared_range(
    manifest: Manifest, start: Mapping[str, CheckedValue], end: Mapping[str, CheckedValue]
) -> tuple[int, int]:
    """Give the state indices that every frame between two keyframes passes: the first, and one after the last.

    (0, 0) where there is nothing to share. Raises: Invalid.
    """
    if manifest.pipeline is not Pipeline.TEXT_TO_IMAGE:
        return 0, 0
    one, other = _asked(manifest, start), _asked(manifest, end)
    return max(one.first, other.first), one.sampler.path.evaluations


def _check_model(manifest: Manifest) -> None:
    if manifest.pipeline not in (Pipeline.TEXT_TO_IMAGE, Pipeline.LATENT_TO_IMAGE) or WALK_STATES in manifest.outputs:
        message = (
            f"This model cannot walk: its pipeline is {manifest.pipeline.value}. Choose one that paints from a prompt "
            "or from a latent."
        )
        raise Invalid("model_cannot_walk", message, field="model", pipeline=manifest.pipeline.value)


def _complete(manifest: Manifest, keyframe: Keyframe, shared: Keyframe, index: int) -> Checked:
    inputs = {**shared, **{name: value for name, value in keyframe.items() if value is not None}}
    if inputs.get(IMAGE) is not None and inputs.get(PROMPT) is None and _may_be_empty(manifest):
        inputs[PROMPT] = ""
    try:
        checked = check_inputs(manifest, inputs)
        check_run(manifest, fill_seeds(checked, lambda: 0))
    except ArtratorError as error:
        raise _at(error, keyframe, shared, index) from error
    return checked


def _may_be_empty(manifest: Manifest) -> bool:
    field = manifest.inputs.get(PROMPT)
    return isinstance(field, TextInput) and field.min_length == 0


def _at(error: ArtratorError, keyframe: Keyframe, shared: Keyframe, index: int) -> ArtratorError:
    """Give the error with the field where the request has it."""
    name = (error.field or "").removeprefix("inputs.")
    is_shared = keyframe.get(name) is None and name in shared
    field = f"input.{name}" if is_shared else f"keyframes.{index}.{name}".rstrip(".")
    return type(error)(error.code, error.message, field=field, **error.facts)


def _check_different(complete: Sequence[Checked], *, is_loop: bool) -> None:
    pairs = list(pairwise(range(len(complete))))
    if is_loop and len(complete) > MIN_KEYFRAMES:
        pairs.append((len(complete) - 1, 0))
    for before, after in pairs:
        if complete[before] == complete[after]:
            message = f"The keyframes {before + 1} and {after + 1} are equal, so there is no way between them."
            raise Invalid("walk_keyframes_equal", message, field=f"keyframes.{after}")


def _check_same(complete: Sequence[Checked]) -> None:
    for name in SAME:
        for index, each in enumerate(complete):
            if each.get(name) != complete[0].get(name):
                message = f"All keyframes of a walk must have the same {name}; give it once for all."
                raise Invalid("walk_input_differs", message, field=f"keyframes.{index}.{name}")


def _asked(manifest: Manifest, inputs: Mapping[str, CheckedValue]) -> Asked:
    config = TextToImageConfig.model_validate(manifest.config)
    values = {
        name: b"" if isinstance(value, FileReference) else value
        for name, value in fill_seeds(inputs, lambda: 0).items()
    }
    return read_asked(Given(inputs=values), config, whole=True)
