"""Uploads that arrive in parts and go on after a lost connection, a closed tab or a restart of the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path, PurePosixPath

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog import upload_store as store
from artrator.catalog.errors import creator_only, name_taken, upload_incomplete, upload_not_found, upload_offset_wrong
from artrator.catalog.inspection import Inspection, with_license
from artrator.catalog.intake import Offer
from artrator.catalog.model import Model, Version
from artrator.catalog.rules import check_name
from artrator.catalog.service import Catalog
from artrator.catalog.tables import uploads
from artrator.catalog.upload_store import Upload
from artrator.db.database import Database
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import ArtratorError, Conflict, Invalid, TooLarge
from artrator.kernel.ids import UserId, is_id, new_id
from artrator.storage.errors import of_os_error

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Uploads that are unpacked at a time; each may fill gigabytes of disk while it is."""
SUFFIXES = (".zip", ".onnx")


class Uploads:
    """Take uploads in part by part.

    folder: where the bytes lie; it outlives the process. part_bytes: how large a part may be.
    """

    def __init__(
        self, database: Database, catalog: Catalog, *, folder: Path, part_bytes: int, clock: Clock = system_clock
    ) -> None:
        self.part_bytes = part_bytes
        self._database = database
        self._catalog = catalog
        self._settings = catalog.settings
        self._folder = folder
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Delete what expires while the block runs."""
        task = asyncio.create_task(self._sweep_forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def start(self, user: User, file_name: str, size_bytes: int) -> Upload:
        """Begin an upload.

        Raises: Forbidden unless the user is a creator; Invalid for a name that is neither .zip nor .onnx; TooLarge;
        Conflict `too_many_uploads`.
        """
        if not user.is_creator:
            raise creator_only()
        self._check(file_name, size_bytes)
        now = self._clock()
        upload = Upload(
            id=new_id(),
            user_id=user.id,
            file_name=file_name,
            size_bytes=size_bytes,
            received_bytes=0,
            created_at=now,
            expires_at=now + timedelta(seconds=self._settings.upload_lifetime_s),
        )
        async with self._database.unit_of_work() as connection:
            taken = await store.room_taken(connection, user.id, now)
            too_many = taken.count >= self._settings.uploads_per_user
            if too_many or taken.size_bytes + size_bytes > self._settings.upload_quota_bytes:
                raise _no_room(taken)
            await store.insert_upload(connection, upload)
        return upload

    async def get(self, user_id: UserId, upload_id: str) -> Upload:
        """Find one of a user's uploads. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            return await self._find(connection, user_id, upload_id)

    async def list_open(self, user_id: UserId) -> Sequence[Upload]:
        """List a user's uploads that are not published, the newest first."""
        async with self._database.unit_of_work() as connection:
            found = await store.list_uploads(connection, user_id, self._clock())
        return [self._as_on_disk(upload) for upload in found]

    async def expect(self, user_id: UserId, upload_id: str, offset: int) -> Upload:
        """Check, before a part is read, that it is the next one. Raises: NotFound; Conflict `upload_offset_wrong`."""
        upload = await self.get(user_id, upload_id)
        _check_offset(upload, offset)
        return upload

    async def append(self, user_id: UserId, upload_id: str, offset: int, part: bytes) -> Upload:
        """Write a part, all of it or nothing.

        Raises: NotFound, Invalid; Conflict `upload_offset_wrong` with `received_bytes`; Unavailable when the disk is full.
        """
        if not part:
            raise Invalid("part_empty", "The part is empty; send the bytes as the request's body.", field="file")
        async with self._database.unit_of_work() as connection:
            upload = await self._find(connection, user_id, upload_id, lock=True)
            _check_offset(upload, offset)
            if offset + len(part) > upload.size_bytes:
                raise Invalid(
                    "part_beyond_end", f"The file was announced with {upload.size_bytes:,} bytes.", field="offset"
                )
            # bytes that are written and not committed are written again: the row alone says how many there are
            await asyncio.to_thread(_write, self._path(upload_id), offset, part)
            received = offset + len(part)
            await store.set_received(connection, upload_id, received)
        return replace(upload, received_bytes=received)

    async def delete(self, user_id: UserId, upload_id: str) -> None:
        """Give an upload up. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            await self._find(connection, user_id, upload_id)
            await store.delete_uploads(connection, uploads.c.id == upload_id)
        await asyncio.to_thread(self._unlink, [upload_id])

    async def inspect(self, user_id: UserId, upload_id: str) -> Inspection:
        """Say what an upload is. Raises: NotFound; Conflict `upload_incomplete`; Invalid, TooLarge; Unavailable."""
        upload = await self._complete(user_id, upload_id)
        offer = Offer(file=self._path(upload_id), name=_model_name(upload.file_name))
        async with self._turns:
            return await self._catalog.publisher.inspect(offer)

    async def publish(
        self, user: User, upload_id: str, name: str, *, manifest: str | None, license_id: str | None
    ) -> Version:
        """Make an upload a version of one of the user's models, and the model where it is missing.

        manifest: takes the place of the one inside. license_id: where no manifest names one.
        Publishing the same upload again gives the same version.
        Raises: NotFound; Conflict `upload_incomplete`; Forbidden, Invalid, TooLarge; Unavailable.
        """
        check_name(name)
        done = await self.get(user.id, upload_id)
        if done.published is not None:
            return await self._published(user, name, done)
        await self._complete(user.id, upload_id)
        if manifest is not None and license_id is not None:
            manifest = with_license(manifest, license_id)
        offer = Offer(file=self._path(upload_id), name=name, license=license_id, manifest=manifest)
        async with self._turns, self._catalog.publisher.taken_in(offer) as intake:
            model = await self._model(user, name)
            version = await self._catalog.publisher.store(model, intake)
        async with self._database.unit_of_work() as connection:
            await store.set_published(connection, upload_id, version.model_id, version.digest)
        await asyncio.to_thread(self._unlink, [upload_id])
        return version

    async def forget_user(self, connection: AsyncConnection, user_id: UserId) -> None:
        """Delete a user's uploads in the caller's transaction; the next sweep takes their bytes."""
        await store.delete_uploads(connection, uploads.c.user_id == user_id)

    async def sweep(self) -> int:
        """Delete what has expired, and bytes that no upload needs; tell how many files went."""
        async with self._database.unit_of_work() as connection:
            await store.delete_uploads(connection, uploads.c.expires_at <= self._clock())
        # listed before the rows are read: a file's row is older than the file
        there = [name for name in await asyncio.to_thread(os.listdir, self._folder) if is_id(name)]
        async with self._database.unit_of_work() as connection:
            needed = await store.open_among(connection, there)
        unneeded = [name for name in there if name not in needed]
        await asyncio.to_thread(self._unlink, unneeded)
        return len(unneeded)

    async def _sweep_forever(self) -> None:
        while True:
            try:
                await self.sweep()
            except (ArtratorError, OSError) as error:
                log.warning("expired uploads are not deleted, which is tried again: %s", type(error).__name__)
            await asyncio.sleep(self._settings.upload_sweep_s)

    async def _published(self, user: User, name: str, upload: Upload) -> Version:
        assert upload.published is not None
        model_id, digest = upload.published
        model, version = await self._catalog.get_version(user.handle, name, digest, user.id)
        if model.id != model_id:
            raise Conflict("upload_published", "This upload was published as a version of another model.", field="name")
        return version

    async def _model(self, user: User, name: str) -> Model:
        try:
            return (await self._catalog.create_model(user, name)).model
        except Conflict as error:
            if error.code != name_taken(name).code:
                raise
        return await self._catalog.publishable(user.id, user.handle, name)

    async def _complete(self, user_id: UserId, upload_id: str) -> Upload:
        upload = await self.get(user_id, upload_id)
        if upload.published is not None:
            raise upload_not_found()
        if not upload.is_complete:
            raise upload_incomplete(upload.received_bytes, upload.size_bytes)
        return upload

    async def _find(
        self, connection: AsyncConnection, user_id: UserId, upload_id: str, *, lock: bool = False
    ) -> Upload:
        found = None
        if is_id(upload_id):
            found = await store.find_upload(connection, user_id, upload_id, self._clock(), lock=lock)
        if found is None:
            raise upload_not_found()
        return self._as_on_disk(found)

    def _as_on_disk(self, upload: Upload) -> Upload:
        """Count no bytes that this disk does not have, so that whoever sends them starts again where they are missing."""
        if upload.published is not None:
            return upload
        try:
            there = self._path(upload.id).stat().st_size
        except FileNotFoundError:
            there = 0
        return replace(upload, received_bytes=min(upload.received_bytes, there))

    def _check(self, file_name: str, size_bytes: int) -> None:
        if not file_name.lower().endswith(SUFFIXES):
            raise Invalid(
                "upload_type_unknown", "Upload a bundle as .zip, or a graph as .onnx; pack a folder first.", field="file_name"
            )  # fmt: skip
        most = self._settings.max_upload_bytes
        if size_bytes > most:
            raise TooLarge(
                "upload_too_large", f"An upload has at most {most:,} bytes.", field="size_bytes", max_bytes=most
            )

    def _path(self, upload_id: str) -> Path:
        return self._folder / upload_id

    def _unlink(self, ids: Iterable[str]) -> None:
        for upload_id in ids:
            with contextlib.suppress(FileNotFoundError):
                self._path(upload_id).unlink()


def _check_offset(upload: Upload, offset: int) -> None:
    if upload.published is not None:
        raise upload_not_found()
    if offset != upload.received_bytes:
        raise upload_offset_wrong(upload.received_bytes)


def _no_room(taken: store.Room) -> Conflict:
    return Conflict(
        "too_many_uploads",
        f"You have {taken.count} uploads of {taken.size_bytes:,} bytes that are not published; publish or delete some.",
        uploads=taken.count,
        size_bytes=taken.size_bytes,
    )


def _write(path: Path, offset: int, part: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb", buffering=0) as file:
            file.seek(offset)
            file.truncate()
            file.write(part)
            os.fdatasync(file.fileno())
    except OSError as error:
        raise of_os_error(error) from error


def _model_name(file_name: str) -> str:
    """Make a model's name of a file's: `My Fields.v2.zip` becomes `my-fields-v2`."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name.rpartition(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem)[:64].strip("-") or "my-model"
