"""One inference by the Open Inference Protocol: the same run, hold and post as any other, with tensors in and out.

Its output is in the reply alone: it is not stored, and a run whose caller has gone away is stopped. So nothing waits
for the disk but the two commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from artrator.catalog.model import Runnable
from artrator.catalog.service import Catalog
from artrator.engine.fleet import OutputValue
from artrator.http.compat.messages import HEADER_LENGTH, InferRequest, read_request, write_reply
from artrator.http.compat.tensors import (
    GivenTensor,
    Signature,
    check_given,
    npy_of,
    number_of,
    signature_of,
    tensor_of,
)
from artrator.identity.user import User
from artrator.kernel.errors import ArtratorError, Conflict, Invalid, Unavailable
from artrator.kernel.ids import Digest
from artrator.predictions.composition import VersionRef
from artrator.predictions.prediction import Json, Prediction, Source, Status, StoredOutput
from artrator.predictions.service import Predictions
from artrator.predictions.submit import NewRun
from artrator.wire.bare import JSON, BareReply, RawHeader

WAIT_S = 60.0
OCTETS: RawHeader = (b"content-type", b"application/octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """What a caller sends."""

    user: User
    owner: str
    name: str
    version: Digest | None
    body: bytes
    header_length: str | None
    content_encoding: str | None
    idempotency_key: str | None
    source: Source


class Reply:
    """The reply to one inference, written before its run is settled: what cannot be written is not paid for."""

    def __init__(self, request: InferRequest, runnable: Runnable, signature: Signature) -> None:
        self._request, self._runnable = request, runnable
        self._names = request.names(list(signature.outputs))
        self.body: tuple[bytes, int | None] | None = None

    def write(self, prediction: Prediction, outputs: Mapping[str, OutputValue]) -> tuple[StoredOutput, ...]:
        """Write it; give what the run's row keeps: what the tensors were, so that a copy can be told to be one.

        Raises: ModelFault.
        """
        tensors = {name: tensor_of(name, value) for name, value in outputs.items() if name in self._names}
        head = {
            "model_name": f"{self._runnable.owner}/{self._runnable.name}",
            "model_version": self._runnable.digest,
            "parameters": {"prediction": prediction.id},
        }
        self.body = write_reply(self._request, head, {name: tensors[name] for name in self._names if name in tensors})
        return tuple(
            StoredOutput(
                name=name,
                value={
                    "datatype": datatype,
                    "shape": list(values.shape),
                    "sha256": hashlib.sha256(values.data).hexdigest(),
                },
            )
            for name, (datatype, values) in tensors.items()
        )


async def infer(catalog: Catalog, predictions: Predictions, asked: Inference) -> BareReply:
    """Run a model on tensors. Raises: what a prediction raises, and what was wrong with the model itself."""
    if (asked.content_encoding or "identity").lower() != "identity":
        raise Invalid("content_type_unsupported", "Send the body as it is, without a Content-Encoding.")
    runnable = await catalog.resolve(asked.owner, asked.name, asked.version, asked.user.id)
    signature = signature_of(runnable)
    request, given = read_request(asked.body, asked.header_length)
    reply = Reply(request, runnable, signature)
    numbers, contents = _inputs(signature, given)
    new = NewRun(
        user=asked.user,
        version=VersionRef(owner=asked.owner, name=asked.name, digest=runnable.digest),
        input=numbers,
        contents=contents,
        source=asked.source,
        wait_s=WAIT_S,
        idempotency_key=asked.idempotency_key,
        hand_over=reply.write,
        model=runnable,
        # what was left out, and what is no tensor, is for the manifest to judge
        checked=contents if contents.keys() == runnable.manifest.inputs.keys() else None,
    )
    row = await predictions.submission.submit(new)
    if not row.status.final:
        await predictions.cancellation.cancel(asked.user.id, row.id)
        raise Unavailable("infer_too_slow", f"The run took longer than {WAIT_S:g} s; run it by /v1/predictions.")
    return _answer(row, reply)


def _inputs(signature: Signature, given: Mapping[str, GivenTensor]) -> tuple[dict[str, Json], dict[str, bytes]]:
    numbers: dict[str, Json] = {}
    contents: dict[str, bytes] = {}
    for name, tensor in given.items():
        spec = signature.inputs.get(name)
        if spec is None:
            known = ", ".join(signature.inputs)
            message = f"There is no input {name[:40]!r}; the inputs are: {known}."
            raise Invalid("input_unknown", message, field=f"inputs.{name[:100]}")
        check_given(tensor, spec)
        if spec.is_file:
            contents[name] = npy_of(tensor)
        else:
            numbers[name] = number_of(tensor)
    return numbers, contents


def _answer(row: Prediction, reply: Reply) -> BareReply:
    if row.status is not Status.SUCCEEDED:
        raise _failure(row)
    if reply.body is None:
        raise Conflict(
            "output_not_kept", "This Idempotency-Key made a run before, and its output was in that reply alone."
        )
    body, length = reply.body
    if length is None:
        return BareReply(200, body, (JSON,))
    return BareReply(200, body, (OCTETS, (HEADER_LENGTH.lower().encode(), b"%d" % length)))


def _failure(row: Prediction) -> ArtratorError:
    code, message = row.error_code or row.status.value, row.error or f"The run was {row.status.value}."
    return Invalid(code, message, prediction=row.id)
