"""What a frame of a walk keeps of its way for its neighbours, as bytes, and a state between two that were kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np

from artrator.engine.pipelines.latents import slerp
from artrator.engine.samplers import State
from artrator.kernel.errors import Invalid

Side = Annotated[int, msgspec.Meta(ge=1, le=1 << 16)]


class _Kept(msgspec.Struct, frozen=True):
    """states: the index of each, and how many latents it is: x, then its history. latents: float32, of that shape each."""

    shape: tuple[Side, Side, Side]
    states: tuple[tuple[int, int], ...]
    latents: bytes


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Kept).decode


def write_states(states: Sequence[State]) -> bytes:
    """Write states of one picture, at least one."""
    latents = [each for state in states for each in (state.x, *state.history)]
    _, *shape = latents[0].shape
    return _write(
        _Kept(
            shape=(shape[0], shape[1], shape[2]),
            states=tuple((state.index, 1 + len(state.history)) for state in states),
            latents=np.concatenate(latents).astype("<f4").tobytes(),
        )
    )


def read_state(content: bytes, index: int, shape: tuple[int, ...], *, field: str) -> State:
    """Find the state before an evaluation. shape: of its latent. Raises: Invalid."""
    try:
        kept = _read(content)
    except msgspec.MsgspecError:
        raise _unfit("is not what a frame of this walk has kept", field) from None
    counts = [count for _, count in kept.states]
    if kept.shape != shape or min(counts, default=0) < 1 or len(kept.latents) != 4 * sum(counts) * math.prod(shape):
        raise _unfit("is of another size than this frame", field)
    first = 0
    for found, count in kept.states:
        if found == index:
            latents = np.frombuffer(kept.latents, "<f4").reshape(-1, 1, *shape)[first : first + count]
            if not np.isfinite(latents).all():
                raise _unfit("holds values that are not finite", field)
            x, *history = (np.array(each, np.float32) for each in latents)
            return State(x, index, tuple(history))
        first += count
    raise _unfit(f"holds no state of the evaluation {index}", field)


def between(before: State, after: State, part: float) -> State:
    """Give the state on the way from one to another of the same index.

    Latents are walked along great circles: at high noise they lie near a sphere, and close together that is a straight line.
    """
    if part <= 0 or part >= 1:
        return before if part <= 0 else after
    # a sampler whose history is not whole begins its method anew
    history = zip(before.history, after.history, strict=True) if len(before.history) == len(after.history) else ()
    return State(slerp(before.x, after.x, part), before.index, tuple(slerp(one, other, part) for one, other in history))


def _unfit(what: str, field: str) -> Invalid:
    return Invalid("walk_states_unfit", f"{field} {what}.", field=field)
