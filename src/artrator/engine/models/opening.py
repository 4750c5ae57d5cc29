"""From files to sessions: a bundle's graphs as they are, or opened to LoRAs, and the same sessions with a LoRA given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from artrator.bundle.adaptable import Reach
from artrator.bundle.lora import ADAPTABLE_ROLES
from artrator.bundle.onnx_adapt import open_to_adaptation
from artrator.bundle.onnx_attention import is_fused, with_fused_attention
from artrator.engine.codecs.text import Tokenizer
from artrator.engine.devices import Choice, Device
from artrator.engine.errors import ModelFault
from artrator.engine.execution.bundle_text import tokenizer_of
from artrator.engine.execution.session import PROCESSOR, Session, StopSwitch, check_files, open_session, place_tensors
from artrator.engine.execution.signature import GraphSignature
from artrator.engine.fleet import InstalledBundle
from artrator.engine.models.factors import Factors, adaptable_weights, added_up, open_bundle_lora, read_factors
from artrator.engine.models.optimised_files import FUSED, OPTIMISED_GRAPH
from artrator.engine.models.selection import Selection
from artrator.kernel.memory import give_back

LARGE_BYTES = 8 << 20
"""What loading takes and leaves is of a large bundle as much as its weights; of a small one it is less than giving it back costs."""


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

    def with_lora(self, placed: PlacedLora, strength: float) -> LoadedBundle:
        """Give the same sessions with a LoRA in every call; they must be open as far as it reaches."""
        sessions: dict[str, Session] = {}
        for role, session in self.sessions.items():
            given = placed.inputs.get(role)
            sessions[role] = session if given is None else session.given(given, placed.factors.strength(role, strength))
        return replace(self, sessions=sessions)


@dataclass(frozen=True, slots=True)
class PlacedLora:
    """Factors, and the inputs by role that they are where the graphs are evaluated."""

    factors: Factors
    inputs: Mapping[str, Mapping[str, Any]]


def placed(factors: Factors, choice: Choice = PROCESSOR) -> PlacedLora:
    """Put factors where the graphs are evaluated."""
    return PlacedLora(factors, {role: place_tensors(factors.inputs(role), choice) for role in factors.pairs})


def open_bundle(
    bundle: InstalledBundle,
    *,
    threads: Callable[[str], int],
    stop: StopSwitch,
    choice: Choice = PROCESSOR,
    reach: Reach | None = None,
    optimised: Path | None = None,
) -> LoadedBundle:
    """Open a bundle's graphs, threads by role.

    reach: how far to open them to LoRAs; None leaves them as they are. optimised: where they lie made ready for this machine.
    Raises: ModelFault, Stopped; Invalid, TooLarge for what cannot be opened to LoRAs.
    """
    files_bytes = check_files(bundle.folder)
    sessions = {
        role: open_graph(
            bundle, role, threads=threads(role), stop=stop, choice=choice, reach=reach, optimised=optimised
        )
        for role in bundle.manifest.graphs
    }
    if files_bytes >= LARGE_BYTES:
        give_back()
    return LoadedBundle(sessions, tokenizer_of(bundle))


def open_graph(
    bundle: InstalledBundle,
    role: str,
    *,
    threads: int,
    stop: StopSwitch,
    choice: Choice = PROCESSOR,
    reach: Reach | None = None,
    optimised: Path | None = None,
) -> Session:
    """Open one graph of a bundle whose files were checked. See `open_bundle`."""

    source = bundle.folder / bundle.manifest.graphs[role]
    adapted = reach if role in ADAPTABLE_ROLES else None
    load = partial(open_session, threads=threads, stop=stop, choice=choice)
    if optimised is not None and adapted is None:
        return load(optimised / role, OPTIMISED_GRAPH, is_optimised=True)
    if choice.device is Device.CPU and bundle.manifest.pipeline in FUSED:
        fused = with_fused_attention(source) if adapted is None else open_to_adaptation(source, adapted, fused=True)
        if fused is not None:
            with suppress(ModelFault):  # of a type that the operator is not made for
                return load(bundle.folder, bundle.manifest.graphs[role], graph=fused)
    graph = None if adapted is None else open_to_adaptation(source, adapted)
    return load(bundle.folder, bundle.manifest.graphs[role], graph=graph)


def rewritten_bytes(bundle: InstalledBundle) -> int:
    """Give the largest of a bundle's files that are rewritten when they are loaded, one after the other."""
    if bundle.manifest.pipeline not in FUSED:
        return 0
    files = [bundle.folder / path for path in bundle.manifest.graphs.values()]
    return max((file.stat().st_size for file in files if is_fused(file)), default=0)


def open_selection(selection: Selection, *, threads: Callable[[str], int], stop: StopSwitch) -> LoadedBundle:
    """Open a bundle with the LoRAs on it, for one process that runs nothing else. Raises: as `open_bundle`."""
    base = selection.base
    if not selection.loras:
        return open_bundle(base, threads=threads, stop=stop)
    weights = adaptable_weights(base)
    factors = added_up(
        [(read_factors(open_bundle_lora(each.bundle, weights)), each.weight) for each in selection.loras]
    )
    loaded = open_bundle(base, threads=threads, stop=stop, reach=factors.reach)
    return loaded.with_lora(placed(factors), 1.0)
