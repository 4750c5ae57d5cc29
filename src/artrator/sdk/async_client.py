"""The client for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, Unpack
from uuid import uuid4

import httpx

from artrator.kernel.errors import Unavailable
from artrator.sdk import operations
from artrator.sdk.address import request_headers, server_url
from artrator.sdk.flow import Ask, Flow, Pause, raise_for_problem, unreachable
from artrator.sdk.listing import ModelListing
from artrator.sdk.prediction import Prediction
from artrator.sdk.progress import EVENTS, SILENCE_S, WITH_PROGRESS, EventReader, OnProgress, progress_in
from artrator.sdk.walk import WalkOptions, WalkPrice, create_walk, get_walk, quote_walk, walk_body
from artrator.sdk.walks import AsyncWalk

CHUNK_BYTES = 1 << 20
Value = TypeVar("Value")


class AsyncClient:
    """Like Client, awaited. Every method raises the errors of `artrator.kernel.errors`.

    url: the server, else ARTRATOR_URL, else http://127.0.0.1:8000. token: an API key, else ARTRATOR_TOKEN.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = server_url(url)
        self._http = httpx.AsyncClient(base_url=self.url, headers=request_headers(token), transport=transport)

    async def run(self, model: str, /, *, on_progress: OnProgress | None = None, **inputs: object) -> object:
        """Run `owner/name` and give its output: a Pillow image, an array, labels, text or bytes.

        on_progress: called with each RunProgress while the model works.
        Raises: RunFailed when the run did not succeed; it cost nothing then.
        """
        if on_progress is None:
            return await self.follow(operations.run(model, inputs))
        prediction = await self.start(model, **inputs)
        return await self.result(await self.watch(prediction, on_progress))

    async def start(self, model: str, /, **inputs: object) -> Prediction:
        """Start a run and return at once."""
        return await self.follow(operations.start_run(model, inputs, wait_s=None))

    async def result(self, prediction: Prediction) -> object:
        """Wait for the end of a run and give its output."""
        return await self.follow(operations.read_output(await self.follow(operations.await_end(prediction))))

    async def prediction(self, prediction_id: str) -> Prediction:
        """Read a run as it is now."""
        return await self.follow(operations.get_prediction(prediction_id))

    async def cancel(self, prediction_id: str) -> Prediction:
        """Stop a run."""
        return await self.follow(operations.cancel_prediction(prediction_id))

    async def models(
        self, query: str | None = None, *, sort: str | None = None, limit: int = 50
    ) -> Sequence[ModelListing]:
        """Search the catalog."""
        return await self.follow(operations.list_models(query, sort=sort, limit=limit))

    async def model(self, reference: str) -> ModelListing:
        """Read one model."""
        return await self.follow(operations.get_model(reference))

    async def walk(
        self, model: str, keyframes: Sequence[Mapping[str, object] | str], /, **options: Unpack[WalkOptions]
    ) -> AsyncWalk:
        """Begin a walk through keyframes; see `Client.walk`."""
        body = await self.follow(walk_body(model, keyframes, options))
        return AsyncWalk(self, await self.follow(create_walk(body, key=uuid4().hex)))

    async def quote_walk(
        self, model: str, keyframes: Sequence[Mapping[str, object] | str], /, **options: Unpack[WalkOptions]
    ) -> WalkPrice:
        """Tell what a walk would cost; nothing is held."""
        return await self.follow(quote_walk(await self.follow(walk_body(model, keyframes, options))))

    async def find_walk(self, walk_id: str) -> AsyncWalk:
        """Find a walk again that was begun before."""
        return AsyncWalk(self, await self.follow(get_walk(walk_id)))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def follow(self, flow: Flow[Value]) -> Value:
        """Carry out a flow of `artrator.sdk.operations`."""
        answer: httpx.Response | None = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration as end:
                value: Value = end.value
                return value
            answer = await self._take(step)

    async def _take(self, step: Ask | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            if step.into is not None:
                return await self._download(step, step.into)
            return await self._http.request(
                step.method, step.path, json=step.json, files=step.upload,
                content=_chunks(step.file) if step.file else None,
                headers=step.headers, params=step.params or None, timeout=step.timeout_s,
            )  # fmt: skip
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error

    async def _download(self, step: Ask, into: Path) -> httpx.Response:
        async with self._http.stream(step.method, step.path, headers=step.headers, timeout=step.timeout_s) as response:
            if response.is_success:
                with into.open("wb") as file:
                    async for chunk in response.aiter_bytes(CHUNK_BYTES):
                        await asyncio.to_thread(file.write, chunk)
            else:
                await response.aread()
            return response

    async def watch(self, prediction: Prediction, on_progress: OnProgress) -> Prediction:
        """Follow a run's event stream to its end; a stream that breaks is no error, since the run goes on."""
        try:
            async for name, data, _ in self.events(f"/v1/predictions/{prediction.id}/stream", params=WITH_PROGRESS):
                if name in {"done", "error"}:
                    break
                progress = progress_in(name, data)
                if progress is not None:
                    on_progress(progress)
        except Unavailable:
            pass
        return await self.prediction(prediction.id)

    async def events(
        self, path: str, *, params: Mapping[str, str] | None = None, after: str | None = None
    ) -> AsyncGenerator[tuple[str, str, str | None]]:
        """Give the events of a stream: name, data, position; see `Client.events`."""
        headers = {**EVENTS, **({"Last-Event-ID": after} if after else {})}
        reader = EventReader()
        try:
            async with self._http.stream("GET", path, params=params, headers=headers, timeout=SILENCE_S) as response:
                if not response.is_success:
                    await response.aread()
                    raise_for_problem(response)
                async for line in response.aiter_lines():
                    event = reader.feed(line)
                    if event is not None:
                        yield (*event, reader.last_id)
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
