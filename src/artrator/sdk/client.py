"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
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
from artrator.sdk.walks import Walk

CHUNK_BYTES = 1 << 20
Value = TypeVar("Value")


class Client:
    """Run models and read the catalog. Every method raises the errors of `artrator.kernel.errors`.

    url: the server, else ARTRATOR_URL, else http://127.0.0.1:8000. token: an API key, else ARTRATOR_TOKEN.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = server_url(url)
        self._http = httpx.Client(base_url=self.url, headers=request_headers(token), transport=transport)

    def run(self, model: str, /, *, on_progress: OnProgress | None = None, **inputs: object) -> object:
        """Run `owner/name` and give its output: a Pillow image, an array, labels, text or bytes.

        on_progress: called with each RunProgress while the model works.
        Raises: RunFailed when the run did not succeed; it cost nothing then.
        """
        if on_progress is None:
            return self.follow(operations.run(model, inputs))
        prediction = self.start(model, **inputs)
        return self.result(self.watch(prediction, on_progress))

    def start(self, model: str, /, **inputs: object) -> Prediction:
        """Start a run and return at once."""
        return self.follow(operations.start_run(model, inputs, wait_s=None))

    def result(self, prediction: Prediction) -> object:
        """Wait for the end of a run and give its output."""
        return self.follow(operations.read_output(self.follow(operations.await_end(prediction))))

    def prediction(self, prediction_id: str) -> Prediction:
        """Read a run as it is now."""
        return self.follow(operations.get_prediction(prediction_id))

    def cancel(self, prediction_id: str) -> Prediction:
        """Stop a run."""
        return self.follow(operations.cancel_prediction(prediction_id))

    def models(self, query: str | None = None, *, sort: str | None = None, limit: int = 50) -> Sequence[ModelListing]:
        """Search the catalog."""
        return self.follow(operations.list_models(query, sort=sort, limit=limit))

    def model(self, reference: str) -> ModelListing:
        """Read one model."""
        return self.follow(operations.get_model(reference))

    def walk(
        self, model: str, keyframes: Sequence[Mapping[str, object] | str], /, **options: Unpack[WalkOptions]
    ) -> Walk:
        """Begin a walk of `owner/name` through keyframes: prompts as texts, or inputs by name.

        The price of all frames is held; iterate over the walk for its frames, or `save` its film.
        """
        body = self.follow(walk_body(model, keyframes, options))
        return Walk(self, self.follow(create_walk(body, key=uuid4().hex)))

    def quote_walk(
        self, model: str, keyframes: Sequence[Mapping[str, object] | str], /, **options: Unpack[WalkOptions]
    ) -> WalkPrice:
        """Tell what a walk would cost; nothing is held."""
        return self.follow(quote_walk(self.follow(walk_body(model, keyframes, options))))

    def find_walk(self, walk_id: str) -> Walk:
        """Find a walk again that was begun before."""
        return Walk(self, self.follow(get_walk(walk_id)))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def follow(self, flow: Flow[Value]) -> Value:
        """Carry out a flow of `artrator.sdk.operations`."""
        answer: httpx.Response | None = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration as end:
                value: Value = end.value
                return value
            answer = self._take(step)

    def _take(self, step: Ask | Pause) -> httpx.Response | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            if step.into is not None:
                return self._download(step, step.into)
            with step.file.open("rb") if step.file else nullcontext() as body:
                return self._http.request(
                    step.method, step.path, json=step.json, files=step.upload, content=body,
                    headers=step.headers, params=step.params or None, timeout=step.timeout_s,
                )  # fmt: skip
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error

    def _download(self, step: Ask, into: Path) -> httpx.Response:
        with self._http.stream(step.method, step.path, headers=step.headers, timeout=step.timeout_s) as response:
            if response.is_success:
                with into.open("wb") as file:
                    for chunk in response.iter_bytes(CHUNK_BYTES):
                        file.write(chunk)
            else:
                response.read()
            return response

    def watch(self, prediction: Prediction, on_progress: OnProgress) -> Prediction:
        """Follow a run's event stream to its end; a stream that breaks is no error, since the run goes on."""
        try:
            for name, data, _ in self.events(f"/v1/predictions/{prediction.id}/stream", params=WITH_PROGRESS):
                if name in {"done", "error"}:
                    break
                progress = progress_in(name, data)
                if progress is not None:
                    on_progress(progress)
        except Unavailable:
            pass
        return self.prediction(prediction.id)

    def events(
        self, path: str, *, params: Mapping[str, str] | None = None, after: str | None = None
    ) -> Iterator[tuple[str, str, str | None]]:
        """Give the events of a stream: name, data, position. after: the position of the last one that was seen.

        Raises: Unavailable when the line breaks.
        """
        headers = {**EVENTS, **({"Last-Event-ID": after} if after else {})}
        reader = EventReader()
        try:
            with self._http.stream("GET", path, params=params, headers=headers, timeout=SILENCE_S) as response:
                if not response.is_success:
                    response.read()
                    raise_for_problem(response)
                for line in response.iter_lines():
                    event = reader.feed(line)
                    if event is not None:
                        yield (*event, reader.last_id)
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error
