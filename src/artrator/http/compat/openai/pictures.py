"""Make what is asked for: one run or several, each held, run and billed as any other."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from artrator.catalog.service import Catalog
from artrator.http.compat.openai.plan import Plan, plan_runs
from artrator.http.compat.openai.schemas import ImageGeneration, ImageReply, ImagesReply
from artrator.identity.user import User
from artrator.kernel.errors import ArtratorError, Invalid, Unavailable
from artrator.predictions.prediction import Prediction, Source, Status, StoredFile
from artrator.predictions.service import Predictions
from artrator.predictions.submit import NewRun, VersionRef

WAIT_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a caller sends. files: `image` and `mask` of an edit."""

    user: User
    asked: ImageGeneration
    files: Mapping[str, bytes]
    source: Source
    idempotency_key: str | None


class Pictures:
    """Runs behind OpenAI's image API."""

    def __init__(self, catalog: Catalog, predictions: Predictions) -> None:
        self._catalog, self._predictions = catalog, predictions

    async def make(self, order: Order) -> ImagesReply:
        """Run until everything is there. Raises: as `Submission.submit`, and what was wrong with a run itself."""
        version, plan = await self.plan(order)
        runs = [self._run(order, version, plan, index) for index in range(len(plan.runs))]
        done = await asyncio.gather(*runs, return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                raise each
        rows = [each for each in done if isinstance(each, Prediction)]
        return await self.reply(order, rows)

    async def begin(self, order: Order) -> Prediction:
        """Accept one run and do not wait for it. Raises: as `Submission.submit`; Invalid for several pictures."""
        if order.asked.n != 1:
            raise Invalid("stream_of_several", "A stream shows one picture; leave `n` out.", field="n")
        version, plan = await self.plan(order)
        return await self._predictions.submission.submit(_new_run(order, version, plan, 0, wait_s=0))

    async def plan(self, order: Order) -> tuple[VersionRef, Plan]:
        """Find the model and what to ask of it. Raises: NotFound, Invalid."""
        wanted = VersionRef.read(order.asked.model)
        if wanted.owner is not None and wanted.name is not None:
            runnable = await self._catalog.resolve(wanted.owner, wanted.name, wanted.digest, order.user.id)
        else:
            assert wanted.digest is not None
            runnable = await self._catalog.resolve_digest(wanted.digest, order.user.id)
        version = VersionRef(owner=runnable.owner, name=runnable.name, digest=runnable.digest)
        return version, plan_runs(runnable.manifest, order.asked, order.files)

    async def reply(self, order: Order, rows: Sequence[Prediction]) -> ImagesReply:
        """Write what was made."""
        files = [file for row in rows for file in pictures_of(row)]
        by_url = order.asked.response_format == "url"
        urls = [url for row in rows for url in self._urls(row)] if by_url else []
        images = (
            [ImageReply(url=url) for url in urls]
            if by_url
            else [ImageReply(b64_json=await self.encoded(file)) for file in files]
        )
        return ImagesReply(
            created=int(rows[0].created_at.timestamp()),
            data=images,
            output_format=order.asked.output_format,
            size=size_of(files),
        )

    async def encoded(self, file: StoredFile) -> str:
        """Give a stored picture in base64. Raises: NotFound where its owner has deleted it meanwhile."""
        return b64encode(await self._predictions.reader.content(file)).decode()

    def _urls(self, row: Prediction) -> Sequence[str]:
        return [self._predictions.views.link(file.key) for file in pictures_of(row)]

    async def _run(self, order: Order, version: VersionRef, plan: Plan, index: int) -> Prediction:
        row = await self._predictions.submission.submit(_new_run(order, version, plan, index, wait_s=WAIT_S))
        if not row.status.final:
            await self._predictions.cancellation.cancel(order.user.id, row.id)
            raise Unavailable("images_too_slow", f"The run took longer than {WAIT_S:g} s; run it by /v1/predictions.")
        if row.status is not Status.SUCCEEDED:
            raise failure_of(row)
        return row


def pictures_of(row: Prediction) -> Sequence[StoredFile]:
    """List the pictures that a run made."""
    return [file for output in row.output or () for file in output.files if file.media_type.startswith("image/")]


def size_of(files: Sequence[StoredFile]) -> str | None:
    """Write the size of pictures, WIDTHxHEIGHT."""
    sizes = {f"{file.width_px}x{file.height_px}" for file in files if file.width_px and file.height_px}
    return sizes.pop() if len(sizes) == 1 else None


def failure_of(row: Prediction) -> ArtratorError:
    """Say why a run made nothing."""
    code, message = row.error_code or row.status.value, row.error or f"The run was {row.status.value}."
    return Invalid(code, message, prediction=row.id)


def _new_run(order: Order, version: VersionRef, plan: Plan, index: int, *, wait_s: float) -> NewRun:
    key = order.idempotency_key
    given: Mapping[str, JsonValue] = plan.runs[index]
    return NewRun(
        user=order.user,
        version=version,
        input=given,
        contents=plan.contents,
        source=order.source,
        wait_s=wait_s,
        idempotency_key=key if key is None or len(plan.runs) == 1 else f"{key}-{index}",
        output_format=order.asked.output_format,
    )
