"""What every run asks first: which version, whose, at what price. Remembered, and forgotten the moment it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from artrator.catalog.errors import base_unavailable, model_not_found, version_not_found, version_not_verified
from artrator.catalog.model import Listed, Model, Runnable, Version, VersionStatus, Visibility
from artrator.catalog.store import find_model
from artrator.catalog.version_store import find_version, with_digest
from artrator.db.database import Database
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import Digest, ModelId, UserId
from artrator.kernel.money import Micros
from artrator.kernel.single_flight import SingleFlight

MAX_REMEMBERED = 10_000

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was found. runnables: what was made of it, for its owner and for others."""

    found: Sequence[Listed]
    until_s: float
    runnables: dict[bool, Runnable] = field(default_factory=dict[bool, Runnable])


class Runnables:
    """Resolve names and digests to runnable versions.

    An entry lives until its model changes (every process is told by the database) and `ttl_s` at most, should the
    telling be interrupted. What is read while a change is told is not remembered.
    """

    def __init__(self, database: Database, *, ttl_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._entries: dict[_Key, _Entry] = {}
        self._keys_of_model: dict[ModelId, set[_Key]] = {}
        self._changes = 0
        # by key and by the changes seen so far: who asks after a change does not get what was read before it
        self._reading: SingleFlight[tuple[_Key, int], Sequence[Listed]] = SingleFlight()

    async def resolve(self, owner: str, name: str, digest: Digest | None, viewer: UserId | None) -> Runnable:
        """Find the version to run: the named one, or the newest that passed.

        Raises: NotFound where the viewer may not know of it, Conflict where it may not run.
        """
        entry = self._entries.get((owner, name, digest or ""))
        if entry is not None and entry.until_s > self._monotonic() and entry.found[0].model.is_visible_to(viewer):
            runnable = entry.runnables.get(entry.found[0].model.owner_id == viewer)
            if runnable is not None:
                return runnable
        runnable = await self._resolve(owner, name, digest, viewer)
        if entry is not None and runnable.base is None:
            entry.runnables[runnable.owner_id == viewer] = runnable
        return runnable

    async def _resolve(self, owner: str, name: str, digest: Digest | None, viewer: UserId | None) -> Runnable:
        listed = await self._by_name(owner, name, digest)
        if not listed.model.is_visible_to(viewer):
            raise model_not_found(owner, name)
        if listed.latest is None:
            raise version_not_found() if digest else version_not_verified(None)
        return await self._with_base(_runnable(listed.model, listed.latest, viewer), viewer)

    async def resolve_digest(self, digest: Digest, viewer: UserId | None) -> Runnable:
        """Find a version by its digest alone: the viewer's own before others', the most visible and oldest first."""
        found = [each for each in await self._by_digest(digest) if each.model.is_visible_to(viewer)]
        if not found:
            raise version_not_found()
        best = min(found, key=lambda each: _preference(each, viewer))
        assert best.latest is not None
        return await self._with_base(_runnable(best.model, best.latest, viewer), viewer)

    async def _with_base(self, runnable: Runnable, viewer: UserId | None) -> Runnable:
        base = runnable.manifest.base
        if base is None:
            return runnable
        try:
            return replace(runnable, base=await self.resolve_digest(Digest(base), viewer))
        except (NotFound, Conflict) as error:
            raise base_unavailable(base, error) from error

    def forget(self, model_id: ModelId | None) -> None:
        """Forget what is remembered of a model; of everything for None."""
        self._changes += 1
        if model_id is None:
            self._entries.clear()
            self._keys_of_model.clear()
            return
        for key in self._keys_of_model.pop(model_id, ()):
            self._entries.pop(key, None)

    async def _by_name(self, owner: str, name: str, digest: Digest | None) -> Listed:
        key = (owner, name, digest or "")
        remembered = self._remembered(key)
        if remembered:
            return remembered[0]
        before = self._changes
        found = await self._reading.get((key, before), lambda: self._read_by_name(owner, name, digest, before))
        return found[0]

    async def _read_by_name(self, owner: str, name: str, digest: Digest | None, before: int) -> Sequence[Listed]:
        async with self._database.unit_of_work() as connection:
            model = await find_model(connection, owner, name)
            if model is None:
                raise model_not_found(owner, name)
            wanted = digest or model.latest_digest
            version = None if wanted is None else await find_version(connection, model.id, wanted)
        found = [Listed(model=model, latest=version)]
        if version is not None:
            self._remember((owner, name, digest or ""), found, before)
        return found

    async def _by_digest(self, digest: Digest) -> Sequence[Listed]:
        key = ("", "", digest)
        remembered = self._remembered(key)
        if remembered:
            return remembered
        before = self._changes
        return await self._reading.get((key, before), lambda: self._read_by_digest(digest, before))

    async def _read_by_digest(self, digest: Digest, before: int) -> Sequence[Listed]:
        async with self._database.unit_of_work() as connection:
            found = await with_digest(connection, digest)
        if found:
            self._remember(("", "", digest), found, before)
        return found

    def _remembered(self, key: _Key) -> Sequence[Listed]:
        entry = self._entries.get(key)
        return entry.found if entry is not None and entry.until_s > self._monotonic() else ()

    def _remember(self, key: _Key, found: Sequence[Listed], before: int) -> None:
        if self._changes != before:
            return
        if len(self._entries) >= MAX_REMEMBERED:
            self.forget(None)
        self._entries[key] = _Entry(found, self._monotonic() + self._ttl_s)
        for each in found:
            self._keys_of_model.setdefault(each.model.id, set()).add(key)


_BY_VISIBILITY = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE)


def _preference(listed: Listed, viewer: UserId | None) -> tuple[bool, bool, int, str]:
    runs = listed.latest is not None and listed.latest.status is VersionStatus.PASSED
    place = _BY_VISIBILITY.index(listed.model.visibility)
    return not runs, listed.model.owner_id != viewer, place, listed.model.id


def _runnable(model: Model, version: Version, viewer: UserId | None) -> Runnable:
    if version.status is not VersionStatus.PASSED:
        raise version_not_verified(version.status)
    return Runnable(
        model_id=model.id,
        owner_id=model.owner_id,
        owner=model.owner,
        name=model.name,
        digest=version.digest,
        manifest=version.manifest,
        price=Micros(0) if viewer == model.owner_id else model.price,
        batchable=version.batchable,
    )
