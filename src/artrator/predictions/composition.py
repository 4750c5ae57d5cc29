"""Which models one run is made of: the one that is asked for, a LoRA's base, the LoRAs beside it; and what each costs."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from artrator.catalog.model import Runnable
from artrator.catalog.service import Catalog
from artrator.engine.fleet import ChosenLora, InstalledBundle
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest, UserId
from artrator.kernel.money import MAX_AMOUNT, Micros, format_amount
from artrator.predictions.prediction import RunPart

MAX_LORAS = 4
"""That a run may ask for beside its model."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """Which version to run: a digest, `owner/name` (its latest), or both."""

    owner: str | None = None
    name: str | None = None
    digest: Digest | None = None

    @classmethod
    def read(cls, text: str) -> VersionRef:
        """Read `digest`, `owner/name` or `owner/name:digest`. Raises: Invalid."""
        model, colon, digest = text.partition(":")
        owner, slash, name = model.partition("/")
        if _DIGEST.fullmatch(text):
            return cls(digest=Digest(text))
        if slash and owner and name and "/" not in name and (not colon or _DIGEST.fullmatch(digest)):
            return cls(owner=owner, name=name, digest=Digest(digest) if digest else None)
        raise Invalid(
            "version_malformed",
            "A version is its digest of 64 hexadecimal digits, owner/name, or owner/name:digest.",
            field="version",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraRef:
    """A LoRA that a caller asks for, and how much it is to count."""

    version: VersionRef
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What runs. loras: those that were asked for beside the model, which may be one itself."""

    model: Runnable
    loras: tuple[tuple[Runnable, float], ...] = ()

    @property
    def base(self) -> Runnable:
        """The version whose graphs run."""
        return self.model.base or self.model

    @property
    def price(self) -> Micros:
        """What all parts cost together."""
        return Micros(self.model.price + sum(part.price for part in self.parts))

    @property
    def parts(self) -> tuple[RunPart, ...]:
        """What runs beside the model, as its row keeps it."""
        if not self.loras and self.model.base is None:
            return ()
        return tuple(self._parts())

    def _parts(self) -> Iterator[RunPart]:
        others = [(runnable, weight) for runnable, weight in self.loras]
        for runnable, weight in ((self.model.base, None), *others):
            if runnable is not None:
                yield RunPart(
                    model=f"{runnable.owner}/{runnable.name}",
                    version=runnable.digest,
                    owner_id=runnable.owner_id,
                    price=runnable.price,
                    weight=weight,
                )


async def compose(
    catalog: Catalog, version: VersionRef, loras: Sequence[LoraRef], viewer: UserId | None
) -> Composition:
    """Find all that a run needs, before any money is held.

    Raises: NotFound, Conflict as `Catalog.resolve`; Invalid for what is no LoRA, one for another base, or one asked for twice.
    """
    model = await _resolve(catalog, version, viewer)
    base = model.base or model
    chosen: list[tuple[Runnable, float]] = []
    for index, each in enumerate(loras):
        lora, field = await _resolve(catalog, each.version, viewer), f"loras.{index}.version"
        _check_fits(lora, base, field)
        if lora.digest in {model.digest, *(other.digest for other, _ in chosen)}:
            message = f"{lora.owner}/{lora.name} is asked for twice; name it once, with the weight that it is to have."
            raise Invalid("lora_twice", message, field=field)
        chosen.append((lora, each.weight))
    return Composition(model=model, loras=tuple(chosen))


def check_price(composition: Composition) -> None:
    """Refuse a run whose parts cost more together than the ledger may move at once. Raises: Invalid."""
    if composition.price > MAX_AMOUNT:
        message = f"A run costs {format_amount(MAX_AMOUNT)} at most; these models ask for more together."
        raise Invalid("run_too_dear", message, field="loras")


class Composed(Protocol):
    """A row that keeps what it was made of: a prediction, a walk."""

    @property
    def user_id(self) -> UserId: ...
    @property
    def model(self) -> str: ...
    @property
    def version(self) -> Digest: ...
    @property
    def parts(self) -> tuple[RunPart, ...]: ...


async def recompose(catalog: Catalog, row: Composed) -> Composition:
    """Find again what a run is made of. Raises: as `compose`."""
    owner, _, name = row.model.partition("/")
    loras = [
        LoraRef(version=VersionRef.read(f"{part.model}:{part.version}"), weight=part.weight)
        for part in row.parts
        if part.weight is not None
    ]
    version = VersionRef(owner=owner, name=name, digest=row.version)
    return await compose(catalog, version, loras, row.user_id)


@asynccontextmanager
async def installed(
    catalog: Catalog, composition: Composition
) -> AsyncGenerator[tuple[InstalledBundle, tuple[ChosenLora, ...]]]:
    """Give what runs as the engine takes it; its files stay while the block runs. Raises: NotFound, Unavailable."""
    async with AsyncExitStack() as stack:
        model = composition.model
        bundle = await stack.enter_async_context(catalog.installed(model.digest, batchable=model.batchable))
        loras = [
            ChosenLora(bundle=await stack.enter_async_context(catalog.installed(lora.digest)), weight=weight)
            for lora, weight in composition.loras
        ]
        yield bundle, tuple(loras)


async def _resolve(catalog: Catalog, version: VersionRef, viewer: UserId | None) -> Runnable:
    if version.owner is not None and version.name is not None:
        return await catalog.resolve(version.owner, version.name, version.digest, viewer)
    assert version.digest is not None
    return await catalog.resolve_digest(version.digest, viewer)


def _check_fits(lora: Runnable, base: Runnable, field: str) -> None:
    named = f"{lora.owner}/{lora.name}"
    if lora.base is None:
        raise Invalid("not_a_lora", f"{named} is no LoRA but a model of its own; run it by itself.", field=field)
    if lora.base.digest != base.digest:
        message = f"{named} is a LoRA for another base than {base.owner}/{base.name}, or for another version of it."
        raise Invalid("lora_other_base", message, field=field, base=lora.base.digest)
