"""The plain values that a diffusion run asks for: all that can be refused before its model or its pictures are at hand."""

from __future__ import annotations

from dataclasses import dataclass

from artrator.bundle.config import TextToImageConfig
from artrator.engine.pipelines.given import Given, field_path, missing
from artrator.engine.samplers import Sampler, begin_index, plan_part
from artrator.kernel.errors import Invalid

MAX_COUNT = 16
MAX_GUIDANCE = 100.0
MAX_CONTROL = 10.0
LARGEST_AREA = 16
"""How many times the pixels of the model's own size: far beyond what any model paints well, and what attention can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """seeds: one a picture. guidance: 1 or less asks nothing of the negative prompt.

    sampler: planned for the run, which makes the share `share` of its steps. control_scale: how much a ControlNet
    says.
    """

    prompt: str
    negative_prompt: str
    guidance: float
    seeds: tuple[int, ...]
    sampler: Sampler
    strength: float
    share: float
    control_scale: float

    @property
    def first(self) -> int:
        """Give the index of the evaluation with which a run begins that paints over a picture."""
        return begin_index(self.sampler.path, self.share)


def read_asked(given: Given, config: TextToImageConfig, *, whole: bool = False) -> Asked:
    """Read a run's plain values. Raises: Invalid.

    whole: plan all steps from noise, also where a picture is given, so that all frames of a walk pass the same levels.
    """
    seed = given.seed("seed")
    if seed is None:
        raise missing("seed")
    if given.has("mask") and not given.has("image"):
        raise Invalid("input_missing", "A mask needs the image that it masks.", field=field_path("image"))
    steps, strength = given.whole("steps", 20), _between(given, "strength", 0.8, 0.0, 1.0)
    strength = strength if given.has("image") else 1.0
    sampler, share = plan_part(config.sampler, steps, strength, whole=whole)
    return Asked(
        prompt=given.text("prompt"),
        negative_prompt=given.text("negative_prompt", ""),
        guidance=_between(given, "guidance", 7.5, 0.0, MAX_GUIDANCE),
        # picture k can be made again alone, from the seed that is k higher
        seeds=tuple((seed + each) % 2**32 for each in range(_count(given))),
        sampler=sampler,
        strength=strength,
        share=share,
        control_scale=_between(given, "control_scale", 1.0, 0.0, MAX_CONTROL),
    )


def asked_size(given: Given, config: TextToImageConfig, leading: tuple[int, int] | None) -> tuple[int, int]:
    """Give (width, height): as asked, else in the shape of a leading picture's (width, height), else the model's own."""
    width, height = config.width_px, config.height_px
    if leading is not None:
        scale = max(width, height) / max(leading)
        width, height = (_nearest(side * scale, config.multiple_of) for side in leading)
    width, height = given.whole("width", width), given.whole("height", height)
    for name, side in (("width", width), ("height", height)):
        if side < config.multiple_of or side % config.multiple_of:
            message = f"The {name} must be a multiple of {config.multiple_of} pixels; it is {side}."
            raise Invalid("size_unsupported", message, field=field_path(name), multiple_of=config.multiple_of)
    most_px = LARGEST_AREA * config.width_px * config.height_px
    if width * height > most_px:
        raise too_many_pixels(width, height, most_px)
    return width, height


def too_many_pixels(width: int, height: int, most_px: int) -> Invalid:
    """Say that a picture of that size cannot be made."""
    message = f"{width} x {height} pixels are asked for; the most is {most_px}."
    return Invalid("size_unsupported", message, field=field_path("width"), most=most_px)


def _nearest(side: float, multiple: int) -> int:
    return max(multiple, round(side / multiple) * multiple)


def _count(given: Given) -> int:
    count = given.whole("count", 1)
    if not 1 <= count <= MAX_COUNT:
        message = f"1 to {MAX_COUNT} pictures can be made at once, not {count}."
        raise Invalid("input_out_of_range", message, field=field_path("count"))
    return count


def _between(given: Given, name: str, default: float, least: float, most: float) -> float:
    value = given.number(name, default)
    if not least <= value <= most:
        message = f"The input {name!r} must be {least:g} to {most:g}; it is {value:g}."
        raise Invalid("input_out_of_range", message, field=field_path(name))
    return value
