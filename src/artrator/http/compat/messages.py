"""Requests and replies of the Open Inference Protocol: JSON alone, or JSON with the tensors' raw bytes behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from artrator.engine.execution.call import Array
from artrator.http.compat.tensors import DATATYPES, MAX_RANK, GivenTensor, numbers_of
from artrator.kernel.errors import Invalid

HEADER_LENGTH = "Inference-Header-Content-Length"
MAX_TENSORS = 64
MAX_NAME_LETTERS = 200

Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME_LETTERS)]
Size = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]


class InputParameters(msgspec.Struct, gc=False):
    """binary_data_size: how many of the bytes behind the JSON are this tensor's."""

    binary_data_size: Size | None = None


class OutputParameters(msgspec.Struct, gc=False):
    """binary_data: whether this tensor comes as bytes."""

    binary_data: bool | None = None


class RequestParameters(msgspec.Struct, gc=False):
    """binary_data_output: whether tensors come as bytes where nothing else is said."""

    binary_data_output: bool = False


class InputTensor(msgspec.Struct):
    """One tensor of a request."""

    name: Name
    shape: Annotated[list[Size], msgspec.Meta(max_length=MAX_RANK)]
    datatype: Name
    parameters: InputParameters | None = None
    data: list[Any] | None = None


class WantedOutput(msgspec.Struct, gc=False):
    """One output that is asked for."""

    name: Name
    parameters: OutputParameters | None = None


class InferRequest(msgspec.Struct):
    """What `POST /v2/models/…/infer` takes."""

    inputs: Annotated[list[InputTensor], msgspec.Meta(max_length=MAX_TENSORS)]
    outputs: Annotated[list[WantedOutput], msgspec.Meta(max_length=MAX_TENSORS)] | None = None
    id: Name = ""
    parameters: RequestParameters = msgspec.field(default_factory=RequestParameters)

    def wants_binary(self, output: str) -> bool:
        """Tell whether an output comes as bytes."""
        wanted = next((each.parameters for each in self.outputs or () if each.name == output), None)
        said = None if wanted is None else wanted.binary_data
        return self.parameters.binary_data_output if said is None else said

    def names(self, known: Sequence[str]) -> Sequence[str]:
        """Name the outputs that are asked for. Raises: Invalid for one that the model does not give."""
        if not self.outputs:
            return known
        names = list(dict.fromkeys(each.name for each in self.outputs))
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            message = f"There is no output {unknown[:40]!r}; the outputs are: {', '.join(known)}."
            raise Invalid("output_unknown", message, field="outputs")
        return names


_requests = msgspec.json.Decoder(InferRequest)
_encode = msgspec.json.Encoder().encode


def read_request(body: bytes, header_length: str | None) -> tuple[InferRequest, Mapping[str, GivenTensor]]:
    """Read a request and its tensors; nothing of a tensor is copied. Raises: Invalid."""
    length = _header_length(header_length, len(body))
    try:
        request = _requests.decode(memoryview(body)[:length])
    except (msgspec.ValidationError, RecursionError) as error:
        raise Invalid("request_malformed", f"The request: {error}.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Invalid("json_malformed", f"The body is not JSON: {error}.") from None
    rest, given = memoryview(body)[length:], dict[str, GivenTensor]()
    for each in request.inputs:
        size = None if each.parameters is None else each.parameters.binary_data_size
        if each.name in given:
            raise Invalid("request_malformed", f"The input {each.name[:40]!r} is there twice.", field="inputs")
        if size is not None and size > len(rest):
            message = f"inputs.{each.name} is to have {size} bytes; {len(rest)} are left in the body."
            raise Invalid("tensor_malformed", message, field=f"inputs.{each.name}")
        given[each.name] = _given(each, None if size is None else rest[:size])
        rest = rest[size or 0 :]
    if len(rest):
        raise Invalid("request_malformed", f"{len(rest)} bytes behind the tensors belong to none of them.")
    return request, given


def write_reply(
    request: InferRequest, head: Mapping[str, object], outputs: Mapping[str, tuple[str, Array]]
) -> tuple[bytes, int | None]:
    """Write a reply; give it, and how many of its bytes are JSON where others follow. Raises: ModelFault."""
    described: list[dict[str, object]] = []
    parts: list[bytes | memoryview] = []
    for name, (datatype, values) in outputs.items():
        tensor: dict[str, object] = {"name": name, "datatype": datatype, "shape": list(values.shape)}
        if request.wants_binary(name):
            tensor["parameters"] = {"binary_data_size": values.nbytes}
            parts.append(values.data)
        else:
            tensor["data"] = numbers_of(name, values)
        described.append(tensor)
    said = {"id": request.id} if request.id else {}
    json = _encode({**head, **said, "outputs": described})
    return (b"".join((json, *parts)), len(json)) if parts else (json, None)


def _header_length(text: str | None, body_bytes: int) -> int:
    if text is None:
        return body_bytes
    if not (text.isascii() and text.isdigit() and len(text) < 15 and int(text) <= body_bytes):
        message = f"{HEADER_LENGTH} is the length of the JSON, at most that of the body, {body_bytes} bytes."
        raise Invalid("header_length_malformed", message, field=HEADER_LENGTH)
    return int(text)


def _given(tensor: InputTensor, raw: memoryview | None) -> GivenTensor:
    field = f"inputs.{tensor.name}"
    if tensor.datatype not in DATATYPES:
        known = ", ".join(DATATYPES)
        message = f"{field} is of {tensor.datatype[:20]!r}; the datatypes here are {known}."
        raise Invalid("tensor_dtype_wrong", message, field=field)
    if (raw is None) == (tensor.data is None):
        message = f"{field} has its values either as data or, with binary_data_size, behind the JSON."
        raise Invalid("tensor_malformed", message, field=field)
    return GivenTensor(
        name=tensor.name, datatype=tensor.datatype, shape=tuple(tensor.shape), raw=raw, numbers=tensor.data
    )
