"""A picture as it comes into being: OpenAI's server-sent events."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping

import msgspec

from artrator.http.compat.openai.errors import error_body
from artrator.http.compat.openai.pictures import Order, Pictures, failure_of, pictures_of, size_of
from artrator.predictions.prediction import Prediction, Status
from artrator.predictions.service import Predictions

HEARTBEAT_S = 10.0
PREVIEW_FORMAT = "jpeg"


async def stream_picture(
    pictures: Pictures, predictions: Predictions, order: Order, row: Prediction
) -> AsyncIterator[bytes]:
    """Send previews, as many as are asked for and evenly over the steps, and then the picture or the error.

    The run is its caller's as any other: it goes on when the stream is left.
    """
    name = "image_edit" if order.files else "image_generation"
    partial = 0
    with predictions.bus.watch(row.id) as watch:
        while True:
            row = await predictions.reader.get(order.user.id, row.id)
            if row.status.final:
                break
            _, step = await watch.news(timeout_s=HEARTBEAT_S)
            if step is None:
                yield b": heartbeat\n\n"
            elif step.preview is not None and _is_due(partial, order.asked.partial_images, step.step, step.steps):
                preview = {"b64_json": b64encode(step.preview).decode(), "partial_image_index": partial}
                yield _event(f"{name}.partial_image", order, row, {**preview, "output_format": PREVIEW_FORMAT})
                partial += 1
    if row.status is not Status.SUCCEEDED:
        yield b"event: error\ndata: " + msgspec.json.encode(error_body(failure_of(row))) + b"\n\n"
        return
    for file in pictures_of(row):
        said = {"b64_json": await pictures.encoded(file), "size": size_of([file])}
        yield _event(f"{name}.completed", order, row, said)


def _is_due(sent: int, wanted: int, step: int, steps: int) -> bool:
    return sent < wanted and step * (wanted + 1) >= steps * (sent + 1)


def _event(kind: str, order: Order, row: Prediction, said: Mapping[str, object]) -> bytes:
    asked = order.asked
    body = {
        "type": kind,
        "created_at": int(row.created_at.timestamp()),
        "background": "opaque",
        "output_format": asked.output_format,
        "quality": asked.quality,
        "size": asked.size,
        **said,
    }
    return f"event: {kind}\ndata: ".encode() + msgspec.json.encode(body) + b"\n\n"
