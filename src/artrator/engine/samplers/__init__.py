"""Samplers: pure objects over numpy arrays that turn a model's predictions into a picture, each with its paper."""

from artrator.engine.samplers.planning import plan, plan_part
from artrator.engine.samplers.sampler import (
    Draw,
    Sampler,
    State,
    begin,
    begin_from,
    begin_index,
    draws_between,
    noised,
    seen_in,
)

__all__ = [
    "Draw",
    "Sampler",
    "State",
    "begin",
    "begin_from",
    "begin_index",
    "draws_between",
    "noised",
    "plan",
    "plan_part",
    "seen_in",
]
