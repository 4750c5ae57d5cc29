"""LoRAs in memory: the factors that a base's opened graphs take, of one LoRA or of several added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artrator.bundle.adaptable import Reach, down_input, strength_input, up_input
from artrator.bundle.lora import ADAPTABLE_ROLES, BaseWeights, Lora, open_lora
from artrator.bundle.onnx_adapt import read_adaptable
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array
from artrator.engine.fleet import InstalledBundle


@dataclass(frozen=True, slots=True)
class Pair:
    """The factors of one weight; rank_axis: of (down, up)."""

    down: NDArray[np.floating]
    up: NDArray[np.floating]
    rank_axis: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Factors:
    """Pairs by role and module, and how far the base must be open for them."""

    pairs: Mapping[str, Mapping[str, Pair]]
    reach: Reach

    @property
    def size_bytes(self) -> int:
        """Count the bytes of all factors."""
        return sum(pair.down.nbytes + pair.up.nbytes for each in self.pairs.values() for pair in each.values())

    def inputs(self, role: str) -> dict[str, Array]:
        """Name the factors as a role's opened graph takes them."""
        given: dict[str, Array] = {}
        for module, pair in self.pairs[role].items():
            given[down_input(module)], given[up_input(module)] = pair.down, pair.up
        return given

    def strength(self, role: str, strength: float) -> dict[str, Array]:
        """Write for a role's opened graph how much the factors count."""
        dtypes = {pair.down.dtype.name for pair in self.pairs[role].values()}
        return {strength_input(dtype): np.array([strength], dtype) for dtype in dtypes}


def adaptable_weights(base: InstalledBundle) -> BaseWeights:
    """Read which weights of a base may be adapted. Raises: Invalid, TooLarge."""
    graphs = base.manifest.graphs
    return {role: read_adaptable(base.folder / graphs[role]) for role in ADAPTABLE_ROLES if role in graphs}


def open_bundle_lora(bundle: InstalledBundle, weights: BaseWeights) -> Lora:
    """Open a LoRA's file and compare it with its base. Raises: Invalid, TooLarge; ModelFault for what is no LoRA."""
    lora = bundle.manifest.lora
    if lora is None:
        raise ModelFault(Fault.FAILED, "What is to be added to the model is no LoRA.")
    return open_lora(bundle.folder, lora.file, weights, alpha=lora.alpha)


def read_factors(lora: Lora) -> Factors:
    """Read all of a LoRA's factors. Raises: Invalid."""
    pairs: dict[str, dict[str, Pair]] = {}
    for module in lora.modules:
        down, up = lora.factors(module)
        pairs.setdefault(module.role, {})[module.weight.module] = Pair(down, up, module.weight.rank_axes)
    return Factors(pairs, lora.reach)


def added_up(parts: Sequence[tuple[Factors, float]]) -> Factors:
    """Make one of several LoRAs with their weights: ranks lie side by side, and each weight is in the second factor."""
    roles = {role for factors, _ in parts for role in factors.pairs}
    pairs = {role: _added_up([(f.pairs.get(role, {}), weight) for f, weight in parts]) for role in roles}
    order = list(Reach)
    return Factors(pairs, max((factors.reach for factors, _ in parts), key=order.index))


def _added_up(parts: Sequence[tuple[Mapping[str, Pair], float]]) -> dict[str, Pair]:
    modules = dict.fromkeys(module for pairs, _ in parts for module in pairs)
    return {module: _side_by_side([(p[module], weight) for p, weight in parts if module in p]) for module in modules}


def _side_by_side(parts: Sequence[tuple[Pair, float]]) -> Pair:
    down_axis, up_axis = parts[0][0].rank_axis
    down = np.concatenate([pair.down for pair, _ in parts], axis=down_axis)
    up = np.concatenate([(pair.up * weight).astype(pair.up.dtype) for pair, weight in parts], axis=up_axis)
    return Pair(down, up, (down_axis, up_axis))
