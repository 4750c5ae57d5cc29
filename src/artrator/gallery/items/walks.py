"""Make an item of a walk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.fields import ImageInput
from artrator.bundle.manifest import Manifest
from artrator.catalog.service import Catalog
from artrator.gallery.items.errors import nothing_to_show
from artrator.gallery.items.inputs_shown import plain_inputs
from artrator.gallery.items.item import Item, Kind, ShownKeyframe, WalkFacts
from artrator.gallery.items.rights import Maker
from artrator.gallery.items.store import find_by_walk
from artrator.gallery.items.work import Work
from artrator.kernel.ids import ItemId, UserId, WalkId, is_id, new_id
from artrator.predictions.prediction import Json
from artrator.walks.errors import walk_not_found
from artrator.walks.frame_store import list_frames
from artrator.walks.store import get_walk
from artrator.walks.walk import Frame, Keyframe, Walk

LEAST_FRAMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSource:
    """Which walk."""

    walk_id: str


async def walk_work(
    connection: AsyncConnection, catalog: Catalog, source: WalkSource, owner_id: UserId, now: datetime
) -> Work:
    """Make an item of somebody's own walk. Raises: NotFound; Conflict while it goes on, or where it shows nothing."""
    walk = await get_walk(connection, WalkId(source.walk_id), lock=True) if is_id(source.walk_id) else None
    if walk is None or walk.user_id != owner_id:
        raise walk_not_found()
    frames = await list_frames(connection, walk.id)
    if not walk.status.final:
        raise nothing_to_show("This walk goes on; wait for its end, or cancel it.")
    if len(frames) < LEAST_FRAMES:
        raise nothing_to_show("Nothing moves in this walk, of which hardly a frame was rendered.")
    manifest = await _manifest(connection, catalog, walk)
    item = Item(
        id=ItemId(new_id()),
        kind=Kind.WALK,
        owner_id=walk.user_id,
        prediction_id=None,
        walk_id=walk.id,
        output=None,
        place=None,
        model_id=walk.model_id,
        digest=walk.version,
        title="",
        file=frames[0].file,
        fingerprint=hashlib.sha256("".join(frame.file.sha256 for frame in frames).encode()).hexdigest(),
        input=_plain(manifest, walk.shared),
        walk=_facts(walk, frames, manifest),
        likes=0,
        created_at=now,
    )
    return Work(item=item, makers=_makers(walk), there=await find_by_walk(connection, walk.id))


async def walk_inputs(
    connection: AsyncConnection, catalog: Catalog, walk_id: WalkId
) -> tuple[dict[str, Json], WalkFacts | None]:
    """Give what others may see of how a walk was made."""
    walk = await get_walk(connection, walk_id)
    if walk is None:
        return {}, None
    manifest = await _manifest(connection, catalog, walk)
    frames = await list_frames(connection, walk_id)
    return _plain(manifest, walk.shared), _facts(walk, frames, manifest)


def _facts(walk: Walk, frames: Sequence[Frame], manifest: Manifest | None) -> WalkFacts:
    at = {frame.place: frame.file.key for frame in frames}
    keyframes = tuple(
        ShownKeyframe(input=_plain(manifest, each), pictures=_pictures(manifest, each, at.get(float(place))))
        for place, each in enumerate(walk.keyframes)
    )
    return WalkFacts(
        frames=len(frames),
        fps=walk.fps,
        ending=walk.ending.value,
        easing=walk.easing.value,
        spacing=walk.spacing.value,
        keyframes=keyframes,
    )


def _plain(manifest: Manifest | None, keyframe: Keyframe) -> dict[str, Json]:
    return {} if manifest is None else plain_inputs(manifest, keyframe.input)


def _pictures(manifest: Manifest | None, keyframe: Keyframe, frame_key: str | None) -> dict[str, str]:
    """Put the frame that was rendered of a keyframe in the place of the picture that its owner gave: that one is theirs."""
    if manifest is None or frame_key is None:
        return {}
    given = {*keyframe.files, *keyframe.input}
    return {name: frame_key for name in sorted(given) if isinstance(manifest.inputs.get(name), ImageInput)}


def _makers(walk: Walk) -> list[Maker]:
    first = Maker(owner_id=walk.owner_id, version=walk.version, model=walk.model)
    return [first, *(Maker(owner_id=part.owner_id, version=part.version, model=part.model) for part in walk.parts)]


async def _manifest(connection: AsyncConnection, catalog: Catalog, walk: Walk) -> Manifest | None:
    version = await catalog.find_version(connection, walk.model_id, walk.version)
    return None if version is None else version.manifest
