"""Show rows to their owner: links are made fresh each time, and work for whoever holds them, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from pydantic import JsonValue

from artrator.ledger.run_payment import price_lines
from artrator.ledger.transfer import TransferCode
from artrator.predictions.files import UploadedFile
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Prediction, Status, StoredFile, StoredOutput
from artrator.predictions.schemas import (
    FileReply,
    PredictionPage,
    PredictionReply,
    Receipt,
    ReceiptLine,
    ReceiptOutput,
    ReceiptPart,
)
from artrator.predictions.thumbnails import WIDTHS_PX, has_thumbnail, thumbnail_path
from artrator.storage.routes import blob_path
from artrator.storage.signing import UrlSigner
from artrator.wire.page import Page


class PredictionViews:
    """Write predictions, receipts and files for the wire."""

    def __init__(self, signer: UrlSigner, *, public_url: str, link_lifetime_s: int) -> None:
        self._signer = signer
        self._public_url = public_url.rstrip("/")
        self._link_lifetime_s = link_lifetime_s

    def prediction(self, row: Prediction) -> PredictionReply:
        """Write one."""
        return PredictionReply.model_validate(self.fields(row))

    def fields(self, row: Prediction) -> dict[str, object]:
        """Write one as the fields of `PredictionReply`, for whoever encodes them without checking them again."""
        return {
            "id": row.id,
            "model": row.model,
            "version": row.version,
            "input": self._input(row),
            "output": self.output(row),
            "files": [self._file(output.name, file) for output in row.output or () for file in output.files],
            "logs": row.logs,
            "error": row.error,
            "error_code": row.error_code,
            "status": row.status,
            "source": row.source,
            "data_removed": False,
            "created_at": row.created_at,
            "started_at": row.started_at,
            "completed_at": row.completed_at,
            "metrics": _metrics(row),
            "urls": self._urls(row),
        }

    def page(self, page: Page[Prediction], *, asked: Mapping[str, str]) -> PredictionPage:
        """Write a page; its neighbours are absolute URLs, which ask for the same runs as this one did."""
        return PredictionPage(
            next=self._page_url(page.next_cursor, asked),
            previous=self._page_url(page.previous_cursor, asked),
            results=[self.prediction(row) for row in page.rows],
        )

    def output(self, row: Prediction) -> JsonValue:
        """Write what a run made: one output as itself, several by name."""
        if row.output is None:
            return None
        values = {output.name: self._value(output) for output in row.output}
        return next(iter(values.values())) if len(values) == 1 else values

    def receipt(self, row: Prediction) -> Receipt:
        """Write what a run did and cost."""
        measured = row.measured
        timings = _metrics(row)
        total_s = timings.get("total_time")
        return Receipt(
            prediction=row.id,
            model=row.model,
            version=row.version,
            status=row.status,
            seeds=row.seeds,
            input=self._input(row),
            outputs=[_proof(output, file) for output in row.output or () for file in output.files],
            engine={} if measured is None else measured.engine,
            timings=({} if total_s is None else {"total_s": total_s})
            | (
                {}
                if measured is None
                else {"queue_s": measured.queue_s, "predict_s": measured.predict_s, "encode_s": measured.encode_s}
            ),
            attempts=row.attempt,
            price_micros=row.price,
            payment=_payment(row),
            items=_items(row),
            parts=[
                ReceiptPart(model=part.model, version=part.version, price_micros=part.price, weight=part.weight)
                for part in row.parts
            ],
            created_at=row.created_at,
            started_at=row.started_at,
            completed_at=row.completed_at,
        )

    def file(self, file: UploadedFile) -> FileReply:
        """Write an uploaded file."""
        url = f"{self._public_url}/v1/files/{file.id}"
        return FileReply(
            id=file.id,
            name=file.name,
            content_type=file.media_type,
            size=file.size_bytes,
            etag=file.sha256[:32],
            checksums={"sha256": file.sha256},
            metadata=file.metadata,
            created_at=file.created_at,
            expires_at=file.expires_at,
            urls={"get": url, "download": f"{url}/download"},
        )

    def link(self, key: str) -> str:
        """Make a signed link to a blob."""
        return self._public_url + self._signer.sign(blob_path(key), lifetime_s=self._link_lifetime_s)

    def _value(self, output: StoredOutput) -> JsonValue:
        if not output.files and not output.many:
            return output.value
        links: list[JsonValue] = [self.link(file.key) for file in output.files]
        return links if output.many else links[0]

    def _input(self, row: Prediction) -> dict[str, JsonValue]:
        files = {name: self.link(key) for name, key in row.input_files.items()}
        return {**row.input, **row.seeds, **files}

    def _urls(self, row: Prediction) -> dict[str, str]:
        api = f"{self._public_url}/v1/predictions/{row.id}"
        return {
            "web": f"{self._public_url}/predictions/{row.id}",
            "get": api,
            "cancel": f"{api}/cancel",
            "stream": f"{api}/stream",
            "receipt": f"{api}/receipt",
        }

    def _page_url(self, cursor: str | None, asked: Mapping[str, str]) -> str | None:
        if cursor is None:
            return None
        return f"{self._public_url}/v1/predictions?{urlencode({**asked, 'cursor': cursor})}"

    def _file(self, name: str, file: StoredFile) -> dict[str, object]:
        return {
            "name": name,
            "url": self.link(file.key),
            "media_type": file.media_type,
            "width_px": file.width_px,
            "height_px": file.height_px,
            "thumbnail_url": self.thumbnail_link(file),
        }

    def thumbnail_link(self, file: StoredFile) -> str | None:
        """Make a signed link to a thumbnail of a picture; None where it can have none."""
        if not has_thumbnail(file):
            return None
        link = self._signer.sign(thumbnail_path(file.key), lifetime_s=self._link_lifetime_s)
        return f"{self._public_url}{link}&w={WIDTHS_PX[0]}"


def _metrics(row: Prediction) -> dict[str, float]:
    if row.completed_at is None:
        return {}
    metrics = {"total_time": (row.completed_at - row.created_at).total_seconds()}
    if row.measured is not None:
        metrics["predict_time"] = row.measured.predict_s
    return metrics


def _proof(output: StoredOutput, file: StoredFile) -> ReceiptOutput:
    return ReceiptOutput(name=output.name, media_type=file.media_type, size_bytes=file.size_bytes, sha256=file.sha256)


def _payment(row: Prediction) -> Literal["free", "held", "paid", "returned"]:
    if row.is_free:
        return "free"
    if not row.status.final:
        return "held"
    return "paid" if row.status is Status.SUCCEEDED else "returned"


def _items(row: Prediction) -> list[ReceiptLine]:
    return [
        ReceiptLine(
            to="creator" if code is TransferCode.CREATOR_SHARE else "platform",
            model=model if code is TransferCode.CREATOR_SHARE else None,
            amount_micros=amount,
        )
        for model, code, amount in price_lines(payment_of(row))
    ]
