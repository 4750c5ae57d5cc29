"""What a run needs in memory: the bundle whose graphs it calls, and the LoRAs on it, each with its weight."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from artrator.bundle.lora_manifest import LORA_WEIGHT
from artrator.engine.fleet import ChosenLora, InstalledBundle, RunRequest
from artrator.kernel.ids import Digest


@dataclass(frozen=True)
class Selection:
    """bundle: what answers for the run. loras: in the order in which they are added up, never one twice."""

    bundle: InstalledBundle
    loras: tuple[ChosenLora, ...] = ()

    @property
    def base(self) -> InstalledBundle:
        """The bundle whose graphs are called."""
        return self.bundle.foundation

    @cached_property
    def key(self) -> Digest:
        """Name what runs must share to be loaded, and to run, together: the same LoRAs, by the same weights."""
        if not self.loras:
            return self.bundle.digest
        words = (self.bundle.digest, *(f"{each.bundle.digest} {each.weight!r}" for each in self.loras))
        return Digest(hashlib.sha256("\n".join(words).encode()).hexdigest())


def usual_selection(bundle: InstalledBundle) -> Selection:
    """Say what most runs of a bundle need."""
    lora = bundle.manifest.lora
    return Selection(bundle, () if lora is None else (ChosenLora(bundle=bundle, weight=lora.weight),))


def selection_of(request: RunRequest) -> Selection:
    """Say what a run needs; a LoRA that is asked for twice counts by both weights."""
    if request.bundle.base is None and not request.loras:
        return Selection(request.bundle)
    weights: dict[Digest, float] = {}
    bundles: dict[Digest, InstalledBundle] = {}
    own = [ChosenLora(bundle=request.bundle, weight=_own_weight(request))] if request.bundle.base is not None else []
    for each in (*own, *request.loras):
        weights[each.bundle.digest] = weights.get(each.bundle.digest, 0.0) + each.weight
        bundles[each.bundle.digest] = each.bundle
    chosen = (ChosenLora(bundle=bundles[digest], weight=weight) for digest, weight in sorted(weights.items()))
    return Selection(request.bundle, tuple(each for each in chosen if each.weight))


def _own_weight(request: RunRequest) -> float:
    value = request.inputs.get(LORA_WEIGHT)
    if isinstance(value, int | float):
        return float(value)
    lora = request.bundle.manifest.lora
    return 1.0 if lora is None else lora.weight
