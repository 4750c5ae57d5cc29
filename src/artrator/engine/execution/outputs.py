"""What a pipeline made, as what a run answers: pictures become files, tensors and labels JSON or files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from artrator.engine.codecs.image import ImageFormat, encode_image, image_format
from artrator.engine.codecs.tensor import encode_npy, tensor_as_json
from artrator.engine.execution.call import Bytes, Output, OutputPart, Picture, TensorValue
from artrator.engine.execution.call import JsonValue as JsonPart
from artrator.engine.fleet import NPY, OutputFile, OutputJson, OutputValue
from artrator.kernel.errors import TooLarge

BYTES_MEDIA_TYPE = "application/octet-stream"
MAX_JSON_VALUES = 1_000_000
"""Numbers that a reply holds as JSON, as many as a request may."""


def check_format(name: str) -> None:
    """Check the name of an output format. Raises: Invalid."""
    if name != NPY:
        image_format(name)


def encode_outputs(output: Output, *, output_format: str) -> Mapping[str, OutputValue]:
    """Encode every output. Raises: ModelFault, TooLarge."""
    return {name: _encoded(part, name, output_format) for name, part in output.values.items()}


def _encoded(part: OutputPart, name: str, output_format: str) -> OutputValue:
    match part:
        case Picture():
            return _picture(part, output_format)
        case tuple():
            return tuple(_picture(each, output_format) for each in part)
        case TensorValue():
            return _tensor(part, name, output_format)
        case JsonPart():
            return OutputJson(value=part.value)
        case Bytes(content=content):
            return OutputFile(media_type=BYTES_MEDIA_TYPE, data=content)
        case _:
            assert_never(part)


def _picture(picture: Picture, output_format: str) -> OutputFile:
    chosen = ImageFormat.PNG if output_format == NPY else image_format(output_format)
    return encode_image(picture.pixels, chosen)


def _tensor(tensor: TensorValue, name: str, output_format: str) -> OutputValue:
    if output_format == NPY:
        return encode_npy(tensor.values)
    if tensor.values.size > MAX_JSON_VALUES:
        message = f"The output {name!r} holds {tensor.values.size} values; ask for the output format npy."
        raise TooLarge("output_too_large", message, field="output_format")
    return OutputJson(value=tensor_as_json(tensor.values, name))
