"""The bundles whose graphs are in memory, for runs to lease; each load is shown to whoever must know of a crash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from artrator.engine.codecs.text import Tokenizer
from artrator.engine.devices import Choice, Device
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.bundle_text import tokenizer_of
from artrator.engine.execution.running import RunningSlots
from artrator.engine.execution.session import Session, StopSwitch, check_files, open_session
from artrator.engine.execution.signature import GraphSignature
from artrator.engine.fleet import InstalledBundle
from artrator.engine.models.cache import Lease, LeasedCache, NoRoom
from artrator.engine.models.optimised_files import OPTIMISED_GRAPH
from artrator.kernel.ids import Digest

PEAK_COPIES = 2
"""While a graph is loaded its weights count twice: as they are read, and as the runtime packs them for its kernels."""
KEPT_COPIES = 1.25
"""Afterwards the runtime holds the packed ones and some of the others."""
GRAPH_BYTES = 3 << 20
"""What a session costs beside its weights: nodes, kernels, and the arena of its calls."""


@dataclass(frozen=True, slots=True)
class LoadedBundle:
    """Sessions by the roles of the manifest, and the tokenizer where the pipeline reads text."""

    sessions: Mapping[str, Session]
    tokenizer: Tokenizer | None = None

    @property
    def provider(self) -> str:
        """Name what evaluates its graphs."""
        return next(iter(self.sessions.values())).provider

    @property
    def signatures(self) -> Mapping[str, GraphSignature]:
        """Tell what each graph takes and gives."""
        return {role: session.signature for role, session in self.sessions.items()}


class LoadedBundles:
    """Loads bundles into a cache that is bounded by bytes."""

    def __init__(self, slots: RunningSlots, *, capacity_bytes: int, threads_per_call: int, choice: Choice) -> None:
        self._slots, self._threads_per_call, self._choice = slots, threads_per_call, choice
        self._capacity_bytes = capacity_bytes
        self._cache: LeasedCache[Digest, LoadedBundle] = LeasedCache(capacity_bytes)

    def lease(self, digest: Digest) -> Lease[LoadedBundle] | None:
        """Use a bundle that is in memory; None where it is not."""
        return self._cache.lease(digest)

    def load(
        self,
        bundle: InstalledBundle,
        slot: int,
        *,
        is_wanted: Callable[[], bool],
        waiting: Callable[[bool], None] = lambda _: None,
    ) -> Lease[LoadedBundle]:
        """Use a bundle, loading it first where it is not in memory. See LeasedCache.load.

        Raises: ModelFault; GaveUp or Stopped when it is no longer wanted.
        """
        weights_bytes, graphs_bytes = check_files(bundle.folder), GRAPH_BYTES * len(bundle.manifest.graphs)
        size_bytes = int(KEPT_COPIES * weights_bytes) + graphs_bytes
        peak_bytes = PEAK_COPIES * weights_bytes + graphs_bytes
        stop = StopSwitch()

        def make() -> LoadedBundle:
            with self._slots.occupy(slot, bundle.digest, stop, is_wanted):
                return self._open(bundle, stop)

        try:
            return self._cache.load(
                bundle.digest, size_bytes, make, peak_bytes=peak_bytes, waiting=waiting, wanted=is_wanted
            )
        except NoRoom:
            message = f"The model takes about {peak_bytes >> 20} MiB of memory; one may take {self._capacity_bytes >> 20} MiB."
            raise ModelFault(Fault.OUT_OF_MEMORY, message) from None

    def forget(self, digest: Digest) -> None:
        """Drop a bundle as soon as nothing uses it."""
        self._cache.forget(digest)

    def reconsider(self) -> None:
        """Have loads that wait for room ask again whether they are wanted."""
        self._cache.reconsider()

    def _open(self, bundle: InstalledBundle, stop: StopSwitch) -> LoadedBundle:
        if bundle.optimised is not None and self._choice.device is Device.CPU:
            try:
                return self._open_from(bundle, bundle.optimised, stop)
            except (ModelFault, OSError):
                # it made room for others, or another runtime is installed meanwhile: the graphs themselves are there
                pass
        return self._open_from(bundle, None, stop)

    def _open_from(self, bundle: InstalledBundle, optimised: Path | None, stop: StopSwitch) -> LoadedBundle:
        sessions: dict[str, Session] = {}
        for role, path in bundle.manifest.graphs.items():
            plan = bundle.plans.get(role)
            threads = self._threads_per_call if plan is None else plan.threads
            folder, file = (bundle.folder, path) if optimised is None else (optimised / role, OPTIMISED_GRAPH)
            sessions[role] = open_session(
                folder, file, threads=threads, stop=stop, choice=self._choice, is_optimised=optimised is not None
            )
        return LoadedBundle(sessions, tokenizer_of(bundle))
