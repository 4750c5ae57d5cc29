"""The Open Inference Protocol (`/v2`), for those who have tensors and want tensors: KServe's and Triton's clients speak it.

Source: https://github.com/open-inference/open-inference-protocol, its REST API and the binary tensor data extension.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import Field

from artrator import __version__
from artrator.catalog.model import Runnable
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.http.compat.infer import Inference, infer
from artrator.http.compat.messages import HEADER_LENGTH
from artrator.http.compat.tensors import TensorSpec, signature_of
from artrator.identity.caller import MaybeCaller, Runner, caller_of
from artrator.identity.scope import Scope
from artrator.identity.user import User
from artrator.kernel.ids import Digest
from artrator.predictions.create_headers import MAX_KEY_LETTERS
from artrator.predictions.prediction import Source
from artrator.predictions.service import Predictions
from artrator.wire.bare import BareReply, BareRequest, bare_route
from artrator.wire.provide import provided
from artrator.wire.schemas import Reply

MAX_LENGTH_LETTERS = 20

router = APIRouter(prefix="/v2", tags=["inference"])

Models = Annotated[Catalog, Depends(provided(Catalog))]
Runs = Annotated[Predictions, Depends(provided(Predictions))]
Word = Annotated[str, Path(max_length=64)]
Version = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="a version's digest")]

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "required": ["inputs"]}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
REPLIES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The outputs; where some are binary, the header says how many bytes of the body are JSON",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class InferenceServerReply(Reply):
    """What this server is."""

    name: str = "artrator"
    version: str = __version__
    extensions: tuple[str, ...] = ("binary_tensor_data",)


class InferenceLivenessReply(Reply):
    """Whether the server lives."""

    live: bool = True


class InferenceReadinessReply(Reply):
    """Whether the server, or a model, can be asked."""

    ready: bool = True


class InferenceTensorReply(Reply):
    """One input or output."""

    name: str
    datatype: str
    shape: list[int] = Field(description="-1 where any size goes")


class InferenceModelReply(Reply):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str = "onnx_onnxv1"
    inputs: list[InferenceTensorReply]
    outputs: list[InferenceTensorReply]


@router.get("")
async def get_inference_server() -> InferenceServerReply:
    """Say what this server is."""
    return InferenceServerReply()


@router.get("/health/live")
async def get_inference_liveness() -> InferenceLivenessReply:
    """Answer as long as the process runs."""
    return InferenceLivenessReply()


@router.get("/health/ready")
async def get_inference_readiness(
    database: Annotated[Database, Depends(provided(Database))],
) -> InferenceReadinessReply:
    """Answer 200 only while what a request needs is there."""
    await database.ping()
    return InferenceReadinessReply()


@router.get("/models/{owner}/{name}")
async def get_inference_model(caller: MaybeCaller, models: Models, owner: Word, name: Word) -> InferenceModelReply:
    """Describe a model's tensors: those of its newest version that passed."""
    return _described(await _resolve(models, caller, owner, name, None))


@router.get("/models/{owner}/{name}/versions/{version}")
async def get_inference_version(
    caller: MaybeCaller, models: Models, owner: Word, name: Word, version: Version
) -> InferenceModelReply:
    """Describe a version's tensors."""
    return _described(await _resolve(models, caller, owner, name, version))


@router.get("/models/{owner}/{name}/ready")
async def get_inference_model_readiness(
    caller: MaybeCaller, models: Models, owner: Word, name: Word
) -> InferenceReadinessReply:
    """Answer 200 only where a model can be run by this API."""
    signature_of(await _resolve(models, caller, owner, name, None))
    return InferenceReadinessReply()


@router.get("/models/{owner}/{name}/versions/{version}/ready")
async def get_inference_version_readiness(
    caller: MaybeCaller, models: Models, owner: Word, name: Word, version: Version
) -> InferenceReadinessReply:
    """Answer 200 only where a version can be run by this API."""
    signature_of(await _resolve(models, caller, owner, name, version))
    return InferenceReadinessReply()


async def _asked(
    *,
    caller: Runner,
    request: Request,
    owner: Word,
    name: Word,
    header_length: Annotated[str | None, Header(alias=HEADER_LENGTH, max_length=MAX_LENGTH_LETTERS)] = None,
    idempotency_key: Annotated[str | None, Header(max_length=MAX_KEY_LETTERS)] = None,
) -> Inference:
    return Inference(
        user=caller,
        owner=owner,
        name=name,
        version=None,
        body=await request.body(),
        header_length=header_length,
        content_encoding=request.headers.get("content-encoding"),
        idempotency_key=idempotency_key,
        source=Source.API if "authorization" in request.headers else Source.WEB,
    )


Asked = Annotated[Inference, Depends(_asked)]


@router.post("/models/{owner}/{name}/infer", response_class=Response, responses=REPLIES, openapi_extra=BODY)
async def infer_model(asked: Asked, models: Models, runs: Runs) -> Response:
    """Run a model's newest version that passed on tensors, and wait for the result, which is not kept."""
    return _response(await infer(models, runs, asked))


@router.post(
    "/models/{owner}/{name}/versions/{version}/infer", response_class=Response, responses=REPLIES, openapi_extra=BODY
)
async def infer_version(asked: Asked, models: Models, runs: Runs, version: Version) -> Response:
    """Run a version on tensors, and wait for the result, which is not kept."""
    return _response(await infer(models, runs, replace(asked, version=Digest(version))))


async def _infer_bare(request: BareRequest) -> BareReply:
    caller = await caller_of(request, Scope.RUN)
    owner, name, *rest = request.words
    encoding = request.headers.get(b"content-encoding")
    asked = Inference(
        user=caller,
        owner=owner,
        name=name,
        version=Digest(rest[0]) if rest else None,
        body=request.body,
        header_length=request.header(HEADER_LENGTH.lower().encode(), max_letters=MAX_LENGTH_LETTERS),
        content_encoding=None if encoding is None else encoding.decode("latin-1"),
        idempotency_key=request.header(b"idempotency-key", max_letters=MAX_KEY_LETTERS),
        source=Source.API if b"authorization" in request.headers else Source.WEB,
    )
    return await infer(request.services.get(Catalog), request.services.get(Predictions), asked)


_WORD = "[^/]{1,64}"
bare_routes = (
    bare_route("POST", "/v2/models/{owner}/{name}/infer", _infer_bare, owner=_WORD, name=_WORD),
    bare_route(
        "POST",
        "/v2/models/{owner}/{name}/versions/{version}/infer",
        _infer_bare,
        owner=_WORD,
        name=_WORD,
        version="[0-9a-f]{64}",
    ),
)


async def _resolve(models: Catalog, caller: User | None, owner: str, name: str, version: str | None) -> Runnable:
    digest = None if version is None else Digest(version)
    return await models.resolve(owner, name, digest, None if caller is None else caller.id)


def _described(runnable: Runnable) -> InferenceModelReply:
    signature = signature_of(runnable)
    return InferenceModelReply(
        name=f"{runnable.owner}/{runnable.name}",
        versions=[runnable.digest],
        inputs=[_tensor(each) for each in signature.inputs.values()],
        outputs=[_tensor(each) for each in signature.outputs.values()],
    )


def _tensor(spec: TensorSpec) -> InferenceTensorReply:
    return InferenceTensorReply(name=spec.name, datatype=spec.datatype, shape=list(spec.shape))


def _response(reply: BareReply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.body, status_code=reply.status, headers=headers)
