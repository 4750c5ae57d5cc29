"""Take an upload in while it arrives: its file straight to the disk, never more than allowed, never all in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from artrator.kernel.errors import Invalid, TooLarge
from artrator.storage.errors import of_os_error

if TYPE_CHECKING:  # it is not there at run time
    from python_multipart.multipart import MultipartCallbacks

FILE_FIELD = "file"
MAX_FIELDS = 8
MAX_FIELD_BYTES = 1000
FORM_OVERHEAD_BYTES = 16 * 1024
WRITE_BYTES = 1024 * 1024
RAW_TYPES = frozenset({b"application/zip", b"application/octet-stream", b"application/onnx"})


async def receive_upload(request: Request, path: Path, *, max_bytes: int) -> Mapping[str, str]:
    """Write the uploaded file to `path`, from a form's field `file` or from the raw body; give the form's texts.

    Raises: Invalid, TooLarge; Unavailable when the disk is full. The file may be there then: delete it.
    """
    media_type, parameters = parse_options_header(request.headers.get("Content-Type"))
    form = None
    if media_type != b"multipart/form-data" and media_type not in RAW_TYPES:
        raise Invalid("upload_type_unknown", "Send multipart/form-data with the bundle as `file`.", field="file")
    try:
        if media_type == b"multipart/form-data":
            form = _FormReader(parameters.get(b"boundary", b""))
        await _write(_pieces(request, form, max_bytes), path)
    except FormParserError:
        raise _form_malformed() from None
    except ClientDisconnect:
        raise Invalid("upload_interrupted", "The upload ended before it was whole; send it again.") from None
    except OSError as error:
        raise of_os_error(error) from error
    return {} if form is None else form.finish()


async def receive_part(request: Request, *, max_bytes: int) -> bytes:
    """Give the raw body of a request, one part of an upload. Raises: TooLarge; Invalid where it ended before its end."""
    part = bytearray()
    try:
        async for chunk in request.stream():
            part += chunk
            if len(part) > max_bytes:
                raise TooLarge(
                    "part_too_large", f"A part has at most {max_bytes:,} bytes.", field="file", max_bytes=max_bytes
                )
    except ClientDisconnect:
        raise Invalid("upload_interrupted", "The part ended before it was whole; send it again.") from None
    return bytes(part)


async def _write(pieces: AsyncIterator[bytes], path: Path) -> None:
    """Write in large pieces, in a thread, so that a slow disk delays nobody else."""
    with path.open("xb") as file:
        gathered = bytearray()
        async for piece in pieces:
            gathered += piece
            if len(gathered) >= WRITE_BYTES:
                await asyncio.to_thread(file.write, bytes(gathered))
                gathered.clear()
        await asyncio.to_thread(file.write, bytes(gathered))


async def _pieces(request: Request, form: _FormReader | None, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield the file's bytes as they arrive, and stop the request at the limit."""
    allowed = max_bytes if form is None else max_bytes + FORM_OVERHEAD_BYTES
    announced = request.headers.get("Content-Length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > allowed:
        raise _too_large(max_bytes)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > allowed:
            raise _too_large(max_bytes)
        yield chunk if form is None else form.read(chunk)


class _FormReader:
    """Take a form apart: texts are kept, the bytes of the file are passed on."""

    def __init__(self, boundary: bytes) -> None:
        if not boundary:
            raise _form_malformed()
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_part_data": lambda data, start, end: self._take(data[start:end]),
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)
        self._texts: dict[str, bytearray] = {}
        self._out = bytearray()
        self._has_file = self._whole = False
        self._begin()

    def read(self, chunk: bytes) -> bytes:
        """Parse a chunk of the body; give what it holds of the file."""
        self._parser.write(chunk)
        out = bytes(self._out)
        self._out.clear()
        return out

    def finish(self) -> Mapping[str, str]:
        """Give the texts. Raises: Invalid unless the form was whole and held a file."""
        self._parser.finalize()
        if not self._whole:
            raise _form_malformed()
        if not self._has_file:
            raise Invalid("upload_missing", "The form has no file; put the bundle into the field `file`.", field="file")
        try:
            return {name: text.decode() for name, text in self._texts.items()}
        except UnicodeDecodeError:
            raise _form_malformed() from None

    def _begin(self) -> None:
        self._header_name, self._header_value = bytearray(), bytearray()
        self._disposition = b""
        self._current = ""

    def _end_header(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def _begin_content(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        again = name in self._texts or (name == FILE_FIELD and self._has_file)
        if not name or again or len(self._texts) >= MAX_FIELDS:
            raise _form_malformed()
        self._current = name
        if name == FILE_FIELD:
            self._has_file = True
        else:
            self._texts[name] = bytearray()

    def _take(self, data: bytes) -> None:
        if self._current == FILE_FIELD:
            self._out += data
            return
        text = self._texts[self._current]
        text += data
        if len(text) > MAX_FIELD_BYTES:
            raise TooLarge(
                "field_too_large", f"A text field has at most {MAX_FIELD_BYTES} bytes.", field=self._current[:40]
            )

    def _end(self) -> None:
        self._whole = True


def _form_malformed() -> Invalid:
    return Invalid("form_malformed", "The form could not be read; send one `file` and short text fields.", field="file")


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        "upload_too_large", f"An upload has at most {max_bytes:,} bytes.", field="file", max_bytes=max_bytes
    )
