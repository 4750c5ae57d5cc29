"""The bundles whose graphs are in memory, for runs to lease; each load is shown to whoever must know of a crash."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from artrator.bundle.adaptable import Reach
from artrator.bundle.lora import BaseWeights
from artrator.engine.devices import Choice, Device
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.running import RunningSlots
from artrator.engine.execution.session import StopSwitch, check_files
from artrator.engine.fleet import ChosenLora, InstalledBundle
from artrator.engine.models.cache import Lease, LeasedCache, NoRoom
from artrator.engine.models.factors import Factors, adaptable_weights, added_up, open_bundle_lora, read_factors
from artrator.engine.models.opening import LoadedBundle, PlacedLora, open_bundle, placed, rewritten_bytes
from artrator.engine.models.selection import Selection
from artrator.kernel.ids import Digest

__all__ = ["LoadedBundle", "LoadedBundles"]

PEAK_COPIES = 2
"""While a graph is loaded its weights count twice: as they are read, and as the runtime packs them for its kernels."""
OPENING_COPIES = 2
"""And twice more where it is rewritten: as it is parsed, and as it is written anew for the runtime."""
KEPT_COPIES = 1.25
"""Afterwards the runtime holds the packed ones and some of the others."""
GRAPH_BYTES = 3 << 20
"""What a session costs beside its weights: nodes, kernels, and the arena of its calls."""
MAX_WEIGHTS_KNOWN = 32

_REACHES: tuple[Reach | None, ...] = (None, *Reach)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Load:
    """One load on its way: by which thread, and who wants it; see LeasedCache.load."""

    slot: int
    is_wanted: Callable[[], bool]
    waiting: Callable[[bool], None]


class LoadedBundles:
    """Loads bundles and LoRAs into a cache that is bounded by bytes.

    A base is there once, opened to LoRAs as far as those reach that were asked for; runs without any use the same. Each LoRA is
    there by its factors alone.
    """

    def __init__(self, slots: RunningSlots, *, capacity_bytes: int, threads_per_call: int, choice: Choice) -> None:
        self._slots, self._threads_per_call, self._choice = slots, threads_per_call, choice
        self._capacity_bytes = capacity_bytes
        self._cache: LeasedCache[str, LoadedBundle | PlacedLora] = LeasedCache(capacity_bytes)
        self._weights: OrderedDict[Digest, BaseWeights] = OrderedDict()

    @property
    def used_bytes(self) -> int:
        """Count the bytes of all that is in memory, or will be."""
        return self._cache.used_bytes

    def lease(self, selection: Selection) -> Lease[LoadedBundle] | None:
        """Use what a run needs if all of it is in memory; None where something is not."""
        if not selection.loras:
            return self._lease_base(selection.base.digest, None)
        lora = _of(PlacedLora, self._cache.lease(_lora_key(selection)))
        if lora is None:
            return None
        base = self._lease_base(selection.base.digest, lora.value.factors.reach)
        if base is None:
            lora.release()
            return None
        return _joined(selection, base, lora)

    def load(
        self,
        selection: Selection,
        slot: int,
        *,
        is_wanted: Callable[[], bool],
        waiting: Callable[[bool], None] = lambda _: None,
    ) -> Lease[LoadedBundle]:
        """Use what a run needs, loading it first where it is not in memory. See LeasedCache.load.

        Raises: ModelFault; Invalid and TooLarge for a LoRA that does not fit; GaveUp or Stopped when it is no longer wanted.
        """
        load = _Load(slot, is_wanted, waiting)
        if not selection.loras:
            return self._load_base(selection.base, None, selection.bundle.digest, load)
        # what is small comes first: whoever waits for room for a base holds none meanwhile
        lora = self._load_loras(selection, load)
        try:
            base = self._load_base(selection.base, lora.value.factors.reach, selection.bundle.digest, load)
        except BaseException:
            lora.release()
            raise
        return _joined(selection, base, lora)

    def forget(self, digest: Digest) -> None:
        """Drop a bundle as soon as nothing uses it."""
        for reach in _REACHES:
            self._cache.forget(_base_key(digest, reach))
        self._cache.forget(_own_key(digest))
        self._weights.pop(digest, None)

    def reconsider(self) -> None:
        """Have loads that wait for room ask again whether they are wanted."""
        self._cache.reconsider()

    # Bases

    def _lease_base(self, digest: Digest, reach: Reach | None) -> Lease[LoadedBundle] | None:
        for each in _REACHES[_REACHES.index(reach) :]:
            lease = _of(LoadedBundle, self._cache.lease(_base_key(digest, each)))
            if lease is not None:
                return lease
        return None

    def _load_base(
        self, bundle: InstalledBundle, reach: Reach | None, blamed: Digest, load: _Load
    ) -> Lease[LoadedBundle]:
        resident = self._lease_base(bundle.digest, reach)
        if resident is not None:
            return resident
        weights_bytes, graphs_bytes = check_files(bundle.folder), GRAPH_BYTES * len(bundle.manifest.graphs)
        rewritten = rewritten_bytes(bundle) if reach is None else weights_bytes
        stop = StopSwitch()

        def make() -> LoadedBundle:
            with self._slots.occupy(load.slot, blamed, stop, load.is_wanted):
                return self._open(bundle, reach, stop)

        lease = self._load(
            _base_key(bundle.digest, reach),
            int(KEPT_COPIES * weights_bytes) + graphs_bytes,
            make,
            PEAK_COPIES * weights_bytes + OPENING_COPIES * rewritten + graphs_bytes,
            load,
        )
        for narrower in _REACHES[: _REACHES.index(reach)]:
            self._cache.forget(_base_key(bundle.digest, narrower))
        return lease

    def _open(self, bundle: InstalledBundle, reach: Reach | None, stop: StopSwitch) -> LoadedBundle:
        def threads(role: str) -> int:
            plan = bundle.plans.get(role)
            return self._threads_per_call if plan is None else plan.threads

        if bundle.optimised is not None and self._choice.device is Device.CPU:
            try:
                return open_bundle(bundle, threads=threads, stop=stop, reach=reach, optimised=bundle.optimised)
            except (ModelFault, OSError):
                # it made room for others, or another runtime is installed meanwhile: the graphs themselves are there
                pass
        return open_bundle(bundle, threads=threads, stop=stop, choice=self._choice, reach=reach)

    # LoRAs

    def _load_loras(self, selection: Selection, load: _Load) -> Lease[PlacedLora]:
        if len(selection.loras) == 1:
            return self._load_lora(selection.loras[0].bundle, selection, load)
        leases: list[tuple[Lease[PlacedLora], ChosenLora]] = []
        try:
            for each in selection.loras:
                leases.append((self._load_lora(each.bundle, selection, load), each))
            parts = [(lease.value.factors, each.weight) for lease, each in leases]
            size_bytes = sum(factors.size_bytes for factors, _ in parts)
            return self._load(_lora_key(selection), size_bytes, lambda: self._placed(added_up(parts)), 0, load)
        finally:
            for lease, _ in leases:
                lease.release()

    def _load_lora(self, bundle: InstalledBundle, selection: Selection, load: _Load) -> Lease[PlacedLora]:
        resident = _of(PlacedLora, self._cache.lease(_own_key(bundle.digest)))
        if resident is not None:
            return resident
        with self._slots.occupy(load.slot, selection.bundle.digest, StopSwitch(), load.is_wanted):
            lora = open_bundle_lora(bundle, self._weights_of(selection.base))

        def make() -> PlacedLora:
            with self._slots.occupy(load.slot, selection.bundle.digest, StopSwitch(), load.is_wanted):
                return self._placed(read_factors(lora))

        return self._load(_own_key(bundle.digest), lora.size_bytes, make, 0, load)

    def _placed(self, factors: Factors) -> PlacedLora:
        return placed(factors, self._choice)

    def _weights_of(self, base: InstalledBundle) -> BaseWeights:
        weights = self._weights.get(base.digest)
        if weights is None:
            weights = self._weights[base.digest] = adaptable_weights(base)
            if len(self._weights) > MAX_WEIGHTS_KNOWN:
                self._weights.popitem(last=False)
        return weights

    def _load(self, key: str, size_bytes: int, make: Callable[[], Any], peak_bytes: int, load: _Load) -> Lease[Any]:
        try:
            return self._cache.load(
                key, size_bytes, make, peak_bytes=peak_bytes, waiting=load.waiting, wanted=load.is_wanted
            )
        except NoRoom:
            most_bytes = max(size_bytes, peak_bytes)
            message = f"The model takes about {most_bytes >> 20} MiB of memory; one may take {self._capacity_bytes >> 20} MiB."
            raise ModelFault(Fault.OUT_OF_MEMORY, message) from None


def _base_key(digest: Digest, reach: Reach | None) -> str:
    return digest if reach is None else f"{digest} open to {reach}"


def _own_key(digest: Digest) -> str:
    return f"{digest} factors"


def _lora_key(selection: Selection) -> str:
    if len(selection.loras) == 1:
        return _own_key(selection.loras[0].bundle.digest)
    return f"{' + '.join(f'{each.weight!r} {each.bundle.digest}' for each in selection.loras)} factors"


def _of(kind: type[_T], lease: Lease[Any] | None) -> Lease[_T] | None:
    """Name the kind of what a key stands for."""
    assert lease is None or isinstance(lease.value, kind)
    return lease


def _joined(selection: Selection, base: Lease[LoadedBundle], lora: Lease[PlacedLora]) -> Lease[LoadedBundle]:
    """Make one lease of that on a base and that on a LoRA; of several LoRAs, the weights are in their sum."""
    strength = selection.loras[0].weight if len(selection.loras) == 1 else 1.0
    return _lease_of_all(base.value.with_lora(lora.value, strength), (base, lora))


def _lease_of_all(value: LoadedBundle, leases: Sequence[Lease[Any]]) -> Lease[LoadedBundle]:
    def release() -> None:
        for each in leases:
            each.release()

    return Lease(value, release, lambda: _lease_of_all(value, [each.again() for each in leases]))
