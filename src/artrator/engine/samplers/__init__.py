"""Samplers: pure objects over numpy arrays that turn a model's predictions into a picture, each with its paper."""

from artrator.engine.samplers.planning import plan, plan_part
from artrator.engine.samplers.sampler import Draw, Sampler, State, begin, begin_from, noised, seen_in

__all__ = ["Draw", "Sampler", "State", "begin", "begin_from", "noised", "plan", "plan_part", "seen_in"]
