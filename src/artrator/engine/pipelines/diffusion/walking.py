"""One frame of a walk by diffusion: on the way between two keyframes, from noise or from where its neighbours were.

Source: Dhariwal and Nichol 2021 for interpolated noise; "latent blending" (Lutz 2022) for frames that begin within others'.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from artrator.bundle.config import TextToImageConfig
from artrator.engine.execution.call import Bytes, Floats, OutputPart, Reply, Step, report
from artrator.engine.fleet import WALK_STATES, WalkFrame
from artrator.engine.pipelines.diffusion.guidance import Conditions
from artrator.engine.pipelines.diffusion.kept_states import between, read_state, write_states
from artrator.engine.pipelines.diffusion.painting import Painting, denoise, first_state, prepare
from artrator.engine.pipelines.diffusion.request import DiffusionRequest, read_request
from artrator.engine.pipelines.diffusion.unet import Unet
from artrator.engine.pipelines.given import field_path
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.latents import lerp, slerp
from artrator.engine.samplers import State, draws_between
from artrator.kernel.errors import Invalid

Frame: TypeAlias = tuple[Floats, Mapping[str, OutputPart]]


@dataclass(frozen=True, slots=True)
class _End:
    """A keyframe of the way, and the state to which its own run has come."""

    painting: Painting
    state: State


def paint_frame(job: Job, walk: WalkFrame, config: TextToImageConfig, unet: Unet) -> Generator[Step, Reply, Frame]:
    """Give a frame's latent, (1, C, h, w), and beside it what it kept.

    At a keyframe, begun alone, it is that keyframe's own run to the last bit; of an image keyframe too, unless its sampler
    would lay all its steps into the strength.
    """
    ends = yield from _ends(job, walk, config, unet)
    if walk.start is None:
        index = max(end.state.index for end in ends)
        for at, end in enumerate(ends):
            ends[at] = _End(end.painting, (yield from denoise(job, end.painting, end.state, last=index)))
        state = between(ends[0].state, ends[-1].state, walk.part)
    else:
        state = _begun_between(walk, ends[0].painting.noise.shape[1:])
        for end in ends:
            for _ in range(draws_between(end.painting.sampler, end.state.index, state.index)):
                end.painting.draw()
    painting = _between_paintings(ends[0].painting, ends[-1].painting, walk.part)
    kept: list[State] = []
    first, last = state.index, painting.sampler.path.evaluations
    while state.index < last:
        if state.index in walk.keep:
            kept.append(state)
        state = yield from denoise(job, painting, state, last=state.index + 1)
        yield from report(state.index - first, last - first)
    return state.x, {WALK_STATES: Bytes(write_states(kept))} if kept else {}


def _ends(job: Job, walk: WalkFrame, config: TextToImageConfig, unet: Unet) -> Generator[Step, Reply, list[_End]]:
    """Prepare the keyframes that a frame depends on: one that lies at an end knows nothing of the other."""
    jobs = (job, replace(job, inputs=walk.end))
    if not 0 < walk.part < 1:
        jobs = (jobs[0 if walk.part <= 0 else 1],)
    requests = [read_request(each, config, unet) for each in jobs]
    # a frame is one picture, however many a run makes
    requests = [replace(each, asked=replace(each.asked, seeds=each.asked.seeds[:1])) for each in requests]
    if len(requests) == 2:
        requests = _meeting(requests[0], requests[1], walk.part)
    ends: list[_End] = []
    for each, request in zip(jobs, requests, strict=True):
        painting = yield from prepare(each, config, unet, request)
        ends.append(_End(painting, first_state(painting, request)))
    return ends


def _meeting(start: DiffusionRequest, end: DiffusionRequest, part: float) -> list[DiffusionRequest]:
    """Give both ends the numbers of the place between them. Raises: Invalid where they cannot meet."""
    if start.latent_shape != end.latent_shape:
        raise _differ("width")
    if start.asked.sampler.path.evaluations != end.asked.sampler.path.evaluations:
        raise _differ("steps")
    if (start.mask is None) != (end.mask is None):
        raise _differ("mask")
    if (start.control is None) != (end.control is None):
        raise _differ("control_image")
    one, other = start.asked, end.asked
    numbers = {
        "guidance": one.guidance + part * (other.guidance - one.guidance),
        "control_scale": one.control_scale + part * (other.control_scale - one.control_scale),
    }
    if start.image is not None and end.image is not None:
        numbers["share"] = one.share + part * (other.share - one.share)
    return [replace(each, asked=replace(each.asked, **numbers)) for each in (start, end)]


def _begun_between(walk: WalkFrame, shape: tuple[int, ...]) -> State:
    """Begin between the neighbours' kept states. Raises: Invalid."""
    start = walk.start
    assert start is not None, "only a frame with neighbours begins between them"
    before, after = (
        read_state(content, start.index, shape, field=field)
        for content, field in ((start.before, "walk.start.before"), (start.after, "walk.start.after"))
    )
    return between(before, after, start.weight)


def _between_paintings(start: Painting, end: Painting, part: float) -> Painting:
    """Give what a picture between two is painted from."""
    if start is end:
        return start
    both = start.known is not None and end.known is not None
    return replace(
        start,
        conditions=_between_conditions(start.conditions, end.conditions, part),
        noise=slerp(start.noise, end.noise, part),
        draw=lambda: slerp(start.draw(), end.draw(), part),
        known=lerp(start.known, end.known, part) if start.known is not None and end.known is not None else None,
        mask=start.mask if both else None,
    )


def _between_conditions(start: Conditions, end: Conditions, part: float) -> Conditions:
    def mean(one: Floats | None, other: Floats | None) -> Floats | None:
        return one if one is None or other is None else lerp(one, other, part)

    return replace(
        start,
        texts=tuple(
            {name: lerp(value, other[name], part) for name, value in one.items()}
            for one, other in zip(start.texts, end.texts, strict=True)
        ),
        beside=mean(start.beside, end.beside),
        control=mean(start.control, end.control),
    )


def _differ(name: str) -> Invalid:
    message = f"Two keyframes of one walk must have the same {name}."
    return Invalid("walk_input_differs", message, field=field_path(name))
