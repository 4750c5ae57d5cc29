"""How far two frames look apart: features of each by a model that runs like any other, and the distance of two."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import aclosing
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artrator.bundle.digest import bundle_digest
from artrator.bundle.fields import ImageInput, TensorOutput
from artrator.bundle.manifest import Manifest
from artrator.bundle.pack import pack
from artrator.catalog.bundle_cache import bundle_key
from artrator.catalog.service import Catalog
from artrator.engine.codecs.tensor import read_npy
from artrator.engine.fleet import NPY, Finished, Fleet, OutputFile, Priority, RunRequest
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest, new_id
from artrator.storage.blobs import Blobs

Features = NDArray[np.float32]
"""A vector; its length is the extractor's affair."""
EXTRACTOR = Path(str(files("artrator.walks"))) / "extractor"
"""The bundle that ships with the program; `recipes/perception.py` makes it."""
MAX_FEATURES = 1 << 20


class Perception:
    """Extracts features with the fleet.

    extractor: an installed model of the pipeline `tensor` that takes one picture and gives one tensor; ours, unless an
    operator names another. Ours lies with the bundles of the catalog, though in no catalog, so that every machine of a
    cluster finds it where it finds the others.
    """

    def __init__(self, fleet: Fleet, catalog: Catalog, blobs: Blobs, *, extractor: Digest | None = None) -> None:
        self._fleet, self._catalog, self._blobs = fleet, catalog, blobs
        self._ours = extractor is None
        self._digest = extractor or bundle_digest(EXTRACTOR)
        self._storing: asyncio.Task[None] | None = None

    async def features(self, picture: bytes, *, account: str, deadline_s: float) -> Features:
        """Extract the features of a picture file. Raises: what the fleet raises; Invalid where it is no extractor."""
        if self._ours:
            await self._stored()
        async with self._catalog.installed(self._digest, batchable=True) as bundle:
            request = RunRequest(
                id=new_id(),
                bundle=bundle,
                inputs={_image_input(bundle.manifest): picture},
                account=account,
                deadline_s=deadline_s,
                output_format=NPY,
                priority=Priority.WALK,
            )
            async with aclosing(self._fleet.run(request)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        return _vector(event)
        raise AssertionError("a run ends with Finished or an error")

    async def _stored(self) -> None:
        """See that the store has our extractor; looked up once."""
        if self._storing is None or (self._storing.done() and self._storing.exception() is not None):
            self._storing = asyncio.create_task(self._store())
        await asyncio.shield(self._storing)

    async def _store(self) -> None:
        key = bundle_key(self._digest)
        if await self._blobs.exists(key):
            return
        with tempfile.TemporaryDirectory(prefix="artrator-") as scratch:
            archive = Path(scratch) / "bundle.zip"
            await asyncio.to_thread(pack, EXTRACTOR, archive)
            await self._blobs.put(key, archive, media_type="application/zip")


def distance(one: Features, other: Features) -> float:
    """Tell how far two pictures look apart; two paintings that have nothing in common are about one apart."""
    if one.shape != other.shape:
        raise ValueError("features of two extractors are no measure")
    return float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64)))


def _image_input(manifest: Manifest) -> str:
    pictures = [name for name, field in manifest.inputs.items() if isinstance(field, ImageInput)]
    if len(pictures) != 1 or not any(isinstance(each, TensorOutput) for each in manifest.outputs.values()):
        message = f"{manifest.name} extracts no features: one picture in and one tensor out are needed."
        raise Invalid("extractor_unfit", message)
    return pictures[0]


def _vector(finished: Finished) -> Features:
    found = [each for each in finished.outputs.values() if isinstance(each, OutputFile)]
    values = read_npy(found[0].data, "features").astype(np.float32).reshape(-1) if found else np.zeros(0, np.float32)
    if not 0 < values.size <= MAX_FEATURES or not np.isfinite(values).all():
        raise Invalid("extractor_unfit", "The feature extractor gave no finite vector.")
    return values
