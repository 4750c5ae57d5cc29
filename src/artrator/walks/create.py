"""Accept a walk: its row, the hold on the price of all its frames and its job come into being together, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.identity.user import User
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError, Conflict, Unavailable
from artrator.kernel.ids import UserId, WalkId, new_id
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import hold
from artrator.predictions.composition import compose
from artrator.predictions.inputs import InputFiles
from artrator.predictions.prediction import Json
from artrator.predictions.request_keys import RequestKey, check_key, key_reused
from artrator.walks.keyframe_pictures import KeyframePictures
from artrator.walks.payment import payment_of
from artrator.walks.plan import Plan, field_of, files_of, plan_walk
from artrator.walks.settings import WalkSettings
from artrator.walks.store import add_key, add_walk, count_active, find_by_key, get_walk
from artrator.walks.walk import Keyframe, Walk, WalkStatus
from artrator.walks.wanted import WantedWalk

RENDER_JOB = "render_walk"
BROUGHT_AT_ONCE = 3
"""Keyframes whose files are read at a time: each may be as large as an input may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """Blob keys by field: of what all keyframes share, and of each keyframe."""

    shared: Mapping[str, str]
    keyframes: Sequence[Mapping[str, str]]

    def all_keys(self) -> dict[str, str]:
        """Give every key, by anything."""
        return {key: key for files in (self.shared, *self.keyframes) for key in files.values()}


class _Repeated(Exception):
    """The Idempotency-Key came a second time."""


class Creation:
    """Price and accept walks."""

    def __init__(
        self,
        *,
        database: Database,
        queue: JobQueue,
        catalog: Catalog,
        inputs: InputFiles,
        pictures: KeyframePictures,
        settings: WalkSettings,
        fee_permille: int,
        clock: Clock,
    ) -> None:
        self._database = database
        self._queue = queue
        self._catalog = catalog
        self._inputs = inputs
        self._pictures = pictures
        self._settings = settings
        self._fee_permille = fee_permille
        self._clock = clock

    async def quote(self, user: User, wanted: WantedWalk) -> Plan:
        """Check a walk and price it. Raises: NotFound, Conflict for its model; Invalid for what it asks."""
        composition = await compose(self._catalog, wanted.version, wanted.loras, user.id)
        # a forecast of 2,000 frames takes a while
        return await asyncio.to_thread(plan_walk, wanted, composition, permille=self._settings.frame_permille)

    async def create(self, user: User, wanted: WantedWalk, key: str | None) -> Walk:
        """Accept a walk; the same key gives the walk that it made.

        Raises: as `quote`; PaymentRequired; Conflict `too_many_walks`, `idempotency_key_reused`; for files as
        `InputFiles.resolve`.
        """
        check_key(key)
        request_key = wanted.request_key(key)
        if request_key is not None and (earlier := await self._earlier(user.id, request_key)) is not None:
            return earlier
        plan = await self.quote(user, wanted)
        walk_id = WalkId(new_id())
        brought = await self._bring(user.id, walk_id, plan)
        try:
            return await self._reserve(self._row(user, walk_id, plan, brought), request_key)
        except Unavailable:
            raise  # the row may be there all the same
        except _Repeated:
            await self._inputs.forget(brought.all_keys())
            assert request_key is not None
            repeated = await self._earlier(user.id, request_key)
            if repeated is None:
                raise Conflict("idempotency_key_expired", "This Idempotency-Key just expired; try again.") from None
            return repeated
        except ArtratorError:
            await self._inputs.forget(brought.all_keys())
            raise

    async def _earlier(self, user_id: UserId, key: RequestKey) -> Walk | None:
        async with self._database.unit_of_work() as connection:
            found = await find_by_key(connection, user_id, key.key)
            if found is None:
                return None
            request_hash, walk_id = found
            if request_hash != key.request_hash:
                raise key_reused()
            return await get_walk(connection, walk_id)

    async def _reserve(self, walk: Walk, key: RequestKey | None) -> Walk:
        async with self._database.unit_of_work() as connection:
            active = await count_active(connection, walk.user_id)
            await add_walk(connection, walk)
            if key is not None and not await add_key(connection, walk, key):
                raise _Repeated
            if active >= self._settings.active_per_user:
                raise Conflict(
                    "too_many_walks",
                    f"{active} of your walks are under way, which is the most; wait for one, or cancel one.",
                    limit=self._settings.active_per_user,
                )
            await self._queue.defer(connection, RENDER_JOB, {"walk_id": walk.id})
            (refusal,) = await apply_groups(connection, [hold(payment_of(walk))])
            if refusal is not None:
                raise refusal
        return walk

    async def _bring(self, user_id: UserId, walk_id: WalkId, plan: Plan) -> _Brought:
        """Store the files that keyframes name, a few at a time. Raises: what the first one that fails raises."""
        room = asyncio.Semaphore(BROUGHT_AT_ONCE)
        shared_names = {name for own in plan.keyframes for name in files_of(own)} & set(plan.wanted.input)

        async def bring(files: Mapping[str, FileReference], index: int) -> dict[str, str]:
            own: Mapping[str, Json] = plan.wanted.keyframes[index] if index >= 0 else {}
            stem = f"inputs/{walk_id}/{'shared' if index < 0 else index}-"
            async with room:
                try:
                    return await self._bring_files(user_id, plan.manifest, files, stem)
                except ArtratorError as error:
                    raise error.at(field_of(error.field, own, index)) from error

        works = [bring(_shared_files(plan, shared_names), -1)]
        for index, (values, own) in enumerate(zip(plan.keyframes, plan.wanted.keyframes, strict=True)):
            works.append(bring({name: file for name, file in files_of(values).items() if name in own}, index))
        results = await asyncio.gather(*works, return_exceptions=True)
        failure = next((each for each in results if isinstance(each, BaseException)), None)
        done = [each for each in results if not isinstance(each, BaseException)]
        if failure is not None:
            await self._inputs.forget({key: key for files in done for key in files.values()})
            raise failure
        return _Brought(shared=done[0], keyframes=done[1:])

    async def _bring_files(
        self, user_id: UserId, manifest: Manifest, files: Mapping[str, FileReference], stem: str
    ) -> dict[str, str]:
        if not files:
            return {}
        keys = await self._inputs.bring(user_id, manifest, files, stem)
        try:
            await self._pictures.check(user_id, manifest, keys)
        except ArtratorError:
            await self._inputs.forget(keys)
            raise
        return keys

    def _row(self, user: User, walk_id: WalkId, plan: Plan, brought: _Brought) -> Walk:
        wanted, runnable = plan.wanted, plan.composition.model
        return Walk(
            id=walk_id,
            user_id=user.id,
            model_id=runnable.model_id,
            owner_id=runnable.owner_id,
            model=f"{runnable.owner}/{runnable.name}",
            version=runnable.digest,
            title=wanted.title,
            status=WalkStatus.STARTING,
            keyframes=tuple(
                _keyframe(own, files) for own, files in zip(wanted.keyframes, brought.keyframes, strict=True)
            ),
            shared=_keyframe(plan.shared, brought.shared),
            frames=wanted.frames,
            ending=wanted.ending,
            easing=wanted.easing,
            spacing=wanted.spacing,
            sharing=wanted.sharing,
            fps=wanted.fps,
            frame_price=plan.frame_price,
            parts=plan.parts,
            fee_permille=self._fee_permille,
            evaluations_alone=plan.evaluations_alone,
            created_at=self._clock(),
        )


def _shared_files(plan: Plan, names: set[str]) -> dict[str, FileReference]:
    """Give the files that all keyframes share, as far as one of them takes its own from there."""
    return {
        name: file
        for own, values in zip(plan.wanted.keyframes, plan.keyframes, strict=True)
        for name, file in files_of(values).items()
        if name in names and name not in own
    }


def _keyframe(given: Mapping[str, Json], files: Mapping[str, str]) -> Keyframe:
    return Keyframe(input={name: value for name, value in given.items() if name not in files}, files=dict(files))
