"""A walk that has ended, as its rows and blobs are, without anybody having rendered it."""

from __future__ import annotations

import hashlib

from tests.gallery.items.conftest import Place, painted

from artrator.identity.user import User
from artrator.kernel.ids import WalkId, new_id
from artrator.kernel.money import Micros
from artrator.predictions.prediction import StoredFile
from artrator.walks.frame_store import add_frame
from artrator.walks.store import add_walk, get_walk
from artrator.walks.tables import walks
from artrator.walks.walk import Easing, Ending, Frame, Keyframe, SpacingKind, Walk, WalkStatus

PROMPTS = ("warm fields", "cool waves")


async def walked(
    place: Place,
    user: User,
    *,
    frames: int = 5,
    seed: int = 1,
    keyframes: tuple[Keyframe, ...] | None = None,
    ending: Ending = Ending.STOP,
    status: WalkStatus = WalkStatus.SUCCEEDED,
) -> Walk:
    """Store a walk over so many frames, from place 0 to the last keyframe."""
    model = (await place.platform.catalog.get_model("atelier", "easel", place.maker.id)).model
    assert model.latest_digest is not None
    own = keyframes or tuple(Keyframe(input={"prompt": prompt}, files={}) for prompt in PROMPTS)
    walk = Walk(
        id=WalkId(new_id()),
        user_id=user.id,
        model_id=model.id,
        owner_id=model.owner_id,
        model="atelier/easel",
        version=model.latest_digest,
        title="",
        status=WalkStatus.PROCESSING,
        keyframes=own,
        shared=Keyframe(input={"seed": seed}, files={}),
        frames=max(2, frames),
        ending=ending,
        easing=Easing.SMOOTH,
        spacing=SpacingKind.EVEN,
        sharing=0.5,
        fps=12,
        frame_price=Micros(0),
        parts=(),
        fee_permille=0,
        evaluations_alone=1,
        created_at=place.clock(),
        attempt=1,
    )
    async with place.platform.database.unit_of_work() as connection:
        await add_walk(connection, walk)
    for number in range(frames):
        await _add_frame(place, walk, number, at=number * (len(own) - 1) / max(1, frames - 1), seed=seed + number)
    if not status.final:
        return walk
    async with place.platform.database.unit_of_work() as connection:
        ended = {"status": status.value, "completed_at": place.clock(), "charged": 0}
        await connection.execute(walks.update().where(walks.c.id == walk.id).values(ended))
        stored = await get_walk(connection, walk.id)
    assert stored is not None
    return stored


async def _add_frame(place: Place, walk: Walk, number: int, *, at: float, seed: int) -> None:
    picture = painted(seed)
    key = f"outputs/{walk.id[:6]}/{walk.id}-{at}.png"
    await place.platform.blobs.put(key, picture.data, media_type="image/png")
    file = StoredFile(
        key=key,
        media_type="image/png",
        size_bytes=len(picture.data),
        sha256=hashlib.sha256(picture.data).hexdigest(),
        width_px=400,
        height_px=200,
    )
    frame = Frame(
        walk_id=walk.id,
        place=at,
        file=file,
        evaluations=1,
        attempt=1,
        sequence=number,
        revision=0,
        created_at=place.clock(),
    )
    async with place.platform.database.unit_of_work() as connection:
        assert await add_frame(connection, frame, left=None, evenness=None)
