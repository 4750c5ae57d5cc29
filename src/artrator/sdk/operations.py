"""What the clients can do, each written once as a flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from artrator.kernel.errors import Invalid
from artrator.sdk.flow import Ask, Flow, Pause, ask
from artrator.sdk.json_shape import read_json
from artrator.sdk.listing import ModelListing, ModelPage, VersionListing
from artrator.sdk.prediction import Prediction
from artrator.sdk.values import MAX_INLINE_BYTES, as_file, as_json, data_url, from_file

WAIT_S = 60
POLL_S = 0.5
UPLOAD_S = 600.0


class _File(msgspec.Struct):
    id: str
    urls: dict[str, str]


def split_reference(reference: str) -> tuple[str, str, str | None]:
    """Read `owner/name` or `owner/name:digest`. Raises: Invalid for anything else."""
    path, _, digest = reference.partition(":")
    owner, slash, name = path.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise Invalid("model_reference_malformed", f"{reference!r} names no model; write owner/name.", field="model")
    return owner, name, digest or None


def start_run(reference: str, inputs: Mapping[str, object], *, wait_s: int | None) -> Flow[Prediction]:
    """Create a prediction; with wait_s the server answers when it ended or the time is up."""
    owner, name, digest = split_reference(reference)
    body: dict[str, object] = {"input": (yield from sendable(inputs))}
    path = f"/v1/models/{owner}/{name}/predictions"
    if digest is not None:
        body["version"], path = f"{owner}/{name}:{digest}", "/v1/predictions"
    headers = {"Prefer": f"wait={wait_s}"} if wait_s else {}
    response = yield from ask(Ask(method="POST", path=path, json=body, headers=headers))
    return read_json(response.content, Prediction)


def get_prediction(prediction_id: str) -> Flow[Prediction]:
    """Read a prediction as it is now."""
    response = yield from ask(Ask(method="GET", path=f"/v1/predictions/{prediction_id}"))
    return read_json(response.content, Prediction)


def cancel_prediction(prediction_id: str) -> Flow[Prediction]:
    """Stop a run; what it held is released."""
    response = yield from ask(Ask(method="POST", path=f"/v1/predictions/{prediction_id}/cancel"))
    return read_json(response.content, Prediction)


def await_end(prediction: Prediction) -> Flow[Prediction]:
    """Ask until a run has ended."""
    while not prediction.ended:
        yield Pause(POLL_S)
        prediction = yield from get_prediction(prediction.id)
    return prediction


def read_output(prediction: Prediction) -> Flow[object]:
    """Give a run's output as Python values; files are downloaded. Raises: RunFailed unless it succeeded."""
    prediction.require_success()
    return (yield from _received(prediction.output, _file_prefixes(prediction)))


def run(reference: str, inputs: Mapping[str, object]) -> Flow[object]:
    """Run a model and wait for its output."""
    started = yield from start_run(reference, inputs, wait_s=WAIT_S)
    ended = yield from await_end(started)
    return (yield from read_output(ended))


def list_models(query: str | None = None, *, sort: str | None = None, limit: int = 50) -> Flow[Sequence[ModelListing]]:
    """Read the first models of the catalog that match."""
    params = {key: value for key, value in (("query", query), ("sort", sort)) if value}
    page = Ask(method="GET", path="/v1/models", params=params)
    found: list[ModelListing] = []
    while True:
        response = yield from ask(page)
        read = read_json(response.content, ModelPage)
        found.extend(read.results)
        if read.next is None or len(found) >= limit:
            return found[:limit]
        page = Ask(method="GET", path=read.next)


def get_model(reference: str) -> Flow[ModelListing]:
    """Read one model."""
    owner, name, _ = split_reference(reference)
    response = yield from ask(Ask(method="GET", path=f"/v1/models/{owner}/{name}"))
    return read_json(response.content, ModelListing)


def upload_version(reference: str, archive: Path, *, license_id: str | None) -> Flow[VersionListing]:
    """Upload a bundle's zip or a plain .onnx file as a new version; verification starts by itself."""
    owner, name, _ = split_reference(reference)
    request = Ask(
        method="POST",
        path=f"/v1/models/{owner}/{name}/versions",
        file=archive,
        headers={"Content-Type": "application/octet-stream"},
        params={"license": license_id} if license_id else {},
        timeout_s=UPLOAD_S,
    )
    response = yield from ask(request)
    return read_json(response.content, VersionListing)


def get_version(reference: str, digest: str) -> Flow[VersionListing]:
    """Read one version and how far its verification is."""
    owner, name, _ = split_reference(reference)
    response = yield from ask(Ask(method="GET", path=f"/v1/models/{owner}/{name}/versions/{digest}"))
    return read_json(response.content, VersionListing)


def download(url: str) -> Flow[tuple[bytes, str]]:
    """Fetch a file: its content and media type."""
    response = yield from ask(Ask(method="GET", path=url))
    return response.content, response.headers.get("content-type", "").partition(";")[0].strip()


def sendable(inputs: Mapping[str, object]) -> Flow[dict[str, object]]:
    """Write inputs as JSON; a small file travels with them, a large one is uploaded now."""
    sendable: dict[str, object] = {}
    for name, value in inputs.items():
        file = as_file(value)
        if file is None:
            sendable[name] = as_json(name, value)
        elif len(file[1]) <= MAX_INLINE_BYTES:
            sendable[name] = data_url(file[1], file[2])
        else:
            response = yield from ask(
                Ask(method="POST", path="/v1/files", upload={"content": file}, timeout_s=UPLOAD_S)
            )
            sendable[name] = read_json(response.content, _File).urls["get"]
    return sendable


def _file_prefixes(prediction: Prediction) -> tuple[str, ...]:
    """Say how the addresses of files begin: on the server that ran it, since a text that a model made may name others."""
    server, found, _ = prediction.urls.get("get", "").partition("/v1/")
    return (f"{server}/blobs/", "/blobs/") if found else ("/blobs/",)


def _received(output: object, files: tuple[str, ...]) -> Flow[object]:
    if isinstance(output, str) and output.startswith(files):
        content, media_type = yield from download(output)
        return from_file(content, media_type)
    if isinstance(output, list):
        listed: list[object] = []
        for each in msgspec.convert(output, list[object]):
            listed.append((yield from _received(each, files)))
        return listed
    if isinstance(output, dict):
        named: dict[str, object] = {}
        for name, value in msgspec.convert(output, dict[str, object]).items():
            named[name] = yield from _received(value, files)
        return named
    return output
