"""Bring the files that a run names: from the request itself, from what was uploaded here, or from the web."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from artrator.bundle.fields import AudioInput, ImageInput, SeedInput
from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference, InputValue
from artrator.engine.codecs.image import check_size
from artrator.engine.codecs.image_header import stated_size
from artrator.engine.fleet import InputValue as EngineValue
from artrator.kernel.errors import Forbidden, Invalid, NotFound
from artrator.kernel.ids import FileId, PredictionId, UserId, is_id
from artrator.predictions.data_url import is_data_url, read_data_url
from artrator.predictions.fetch import fetch, too_large
from artrator.predictions.files import Files
from artrator.predictions.outbound import OutboundRules, check_url
from artrator.predictions.outputs import key_part
from artrator.predictions.prediction import Json
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.sniffing import sniff
from artrator.storage.blobs import Blobs
from artrator.storage.media_types import suffix_of
from artrator.storage.signing import UrlSigner

FILES_PATH = "/v1/files/"
BLOBS_PATH = "/blobs/"
MAX_INLINE_BYTES = 4096


def rules_of(settings: PredictionSettings) -> OutboundRules:
    """Say where the settings let the server connect to for a user."""
    return OutboundRules(ports=settings.outbound_ports, allow_loopback=settings.allow_loopback)


def seeds_of(manifest: Manifest, values: Mapping[str, InputValue]) -> dict[str, int]:
    """Pick the seeds out of filled inputs, for the receipt and for running again."""
    return {
        name: value
        for name, value in values.items()
        if isinstance(manifest.inputs[name], SeedInput) and isinstance(value, int)
    }


def inline(contents: Mapping[str, bytes]) -> dict[str, Json]:
    """Write those contents as data URLs that are small enough to stand in a run's row."""
    return {
        name: f"data:application/octet-stream;base64,{b64encode(content).decode()}"
        for name, content in contents.items()
        if len(content) <= MAX_INLINE_BYTES
    }


class InputFiles:
    """Resolve the file references among the inputs of a run."""

    def __init__(
        self,
        files: Files,
        blobs: Blobs,
        signer: UrlSigner,
        settings: PredictionSettings,
        public_url: str,
        *,
        max_image_px: int,
    ) -> None:
        self._files = files
        self._blobs = blobs
        self._signer = signer
        self._settings = settings
        self._rules = rules_of(settings)
        self._max_image_px = max_image_px
        self._own = public_url.rstrip("/")

    async def keep(
        self,
        prediction_id: PredictionId,
        manifest: Manifest,
        values: Mapping[str, InputValue],
        contents: Mapping[str, bytes],
    ) -> tuple[dict[str, str], dict[str, InputValue | bytes]]:
        """Store what came as data URLs, so that the run can begin again after a crash.

        contents: of those fields whose bytes came with the request; they are not stored here.
        Gives the blob keys by field, and the values with the decoded content in the place of the data URLs.
        Other references are checked for their form. Raises: Invalid, TooLarge, Forbidden, Unavailable.
        """
        keys: dict[str, str] = {}
        kept: dict[str, InputValue | bytes] = dict(values)
        for name, value in values.items():
            if not isinstance(value, FileReference):
                continue
            path = f"inputs.{name}"
            if name in contents:
                self._check_kind(manifest, name, contents[name])
                kept[name] = contents[name]
                continue
            if not is_data_url(value.url):
                self._check_form(value.url, path)
                continue
            content = read_data_url(value.url, max_bytes=self._settings.input_bytes, field=path)
            self._check_kind(manifest, name, content)
            keys[name] = await self._store(f"inputs/{prediction_id}/{key_part(name)}", content)
            kept[name] = content
        return keys, kept

    async def bring(
        self, user_id: UserId, manifest: Manifest, references: Mapping[str, FileReference], stem: str
    ) -> dict[str, str]:
        """Store the content of files wherever they lie now, under keys that begin with a stem; give the keys by field.

        For what goes on for so long that a URL may lead elsewhere meanwhile, and an uploaded file expire.
        Raises: as `resolve`; nothing is left of it then.
        """
        contents = await self.resolve(user_id, manifest, references)
        keys: dict[str, str] = {}
        try:
            for name, content in contents.items():
                assert isinstance(content, bytes)
                keys[name] = await self._store(f"{stem}{key_part(name)}", content)
        except BaseException:
            await self.forget(keys)
            raise
        return keys

    async def _store(self, stem: str, content: bytes) -> str:
        media_type = sniff(content)
        key = f"{stem}{suffix_of(media_type)}"
        await self._blobs.put(key, content, media_type=media_type)
        return key

    async def forget(self, keys: Mapping[str, str]) -> None:
        """Delete what was kept for a run that is not to be."""
        for key in keys.values():
            await self._blobs.delete(key)

    async def resolve(
        self,
        user_id: UserId,
        manifest: Manifest,
        values: Mapping[str, InputValue | bytes],
        keys: Mapping[str, str] | None = None,
    ) -> dict[str, EngineValue]:
        """Give the inputs as the engine takes them: every file is its content.

        keys: blobs of inputs that came as data URLs.
        Raises: Invalid, Forbidden, NotFound, TooLarge, Unavailable, each naming the field.
        """
        contents = await self._read_all(user_id, values, keys or {})
        resolved: dict[str, EngineValue] = {}
        for name, value in values.items():
            if isinstance(value, FileReference):
                content = contents[name]
                self._check_kind(manifest, name, content)
                resolved[name] = content
            else:
                resolved[name] = _engine_value(manifest, name, value)
        return resolved

    async def _read_all(
        self, user_id: UserId, values: Mapping[str, InputValue | bytes], keys: Mapping[str, str]
    ) -> dict[str, bytes]:
        reading = {
            name: self._blobs.get(keys[name]) if name in keys else self._read(user_id, value.url, f"inputs.{name}")
            for name, value in values.items()
            if isinstance(value, FileReference)
        }
        if not reading:
            return {}
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {name: group.create_task(each) for name, each in reading.items()}
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return {name: task.result() for name, task in tasks.items()}

    async def _read(self, user_id: UserId, url: str, path: str) -> bytes:
        own = self._own_path(url)
        if own is not None:
            return await self._read_own(user_id, own, path)
        if is_data_url(url):
            return read_data_url(url, max_bytes=self._settings.input_bytes, field=path)
        return await fetch(
            url,
            self._rules,
            max_bytes=self._settings.input_bytes,
            timeout_s=self._settings.fetch_timeout_s,
            field=path,
        )

    def _check_kind(self, manifest: Manifest, name: str, content: bytes) -> None:
        """Refuse at once what the first bytes give away; the engine's decoders look closer."""
        field = manifest.inputs[name]
        path = f"inputs.{name}"
        kind = sniff(content).partition("/")[0]
        if not content:
            raise Invalid("input_empty", "This input is an empty file.", field=path)
        if isinstance(field, ImageInput):
            if kind != "image":
                raise Invalid("image_malformed", "This input is not an image; send PNG, JPEG or WebP.", field=path)
            check_size(*(stated_size(content) or (0, 0)), max_px=self._max_image_px, field=path)
        if isinstance(field, AudioInput) and kind != "audio":
            raise Invalid("audio_malformed", "This input is not a sound; send WAV, FLAC, Ogg or MP3.", field=path)

    def _check_form(self, url: str, path: str) -> None:
        if self._own_path(url) is None:
            check_url(url, self._rules, field=path)
        elif not (url.isascii() and url.isprintable()):
            raise Invalid("url_malformed", "This URL holds characters that no URL of ours has.", field=path)

    def _own_path(self, url: str) -> str | None:
        """Give the path and query of a URL that leads to this server itself: it is read without a connection."""
        rest = url.removeprefix(self._own) if url.startswith(f"{self._own}/") else url
        return rest if rest.startswith((FILES_PATH, BLOBS_PATH)) else None

    async def _read_own(self, user_id: UserId, path_and_query: str, path: str) -> bytes:
        parts = urlsplit(path_and_query)
        try:
            if parts.path.startswith(FILES_PATH):
                file_id = parts.path.removeprefix(FILES_PATH).removesuffix("/download")
                key = await self._files.key_of(user_id, FileId(file_id)) if is_id(file_id) else ""
            else:
                key = self._signed_key(unquote(parts.path), parse_qs(parts.query))
            if not key:
                raise NotFound("file_not_found", "There is no such file.")
            head = await self._blobs.head(key)
            if head.size_bytes > self._settings.input_bytes:
                raise too_large(self._settings.input_bytes, path)
            return await self._blobs.get(key)
        except (Forbidden, NotFound) as error:
            raise Invalid(error.code, error.message, field=path) from error

    def _signed_key(self, path: str, query: Mapping[str, list[str]]) -> str:
        expires, signature = query.get("expires", [""])[0], query.get("signature", [""])[0]
        if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
            return ""
        self._signer.check(path, int(expires), signature)
        return path.removeprefix(BLOBS_PATH)


def _engine_value(manifest: Manifest, name: str, value: str | int | float | bool | bytes | None) -> EngineValue:
    # numbers that stand in the request as nested lists reach the engine as the bytes of their JSON text
    if isinstance(value, str) and manifest.inputs[name].type in {"tensor", "latent"}:
        return value.encode()
    return value
