"""Show rows to their owner: links are made fresh each time, and work for whoever holds them, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import JsonValue

from artrator.catalog.schemas import PriceReply, price_reply
from artrator.kernel.ids import WalkId
from artrator.kernel.money import Micros
from artrator.predictions.view import PredictionViews
from artrator.walks.film import Film
from artrator.walks.plan import Plan
from artrator.walks.schemas import FilmReply, FrameReply, WalkMetrics, WalkPage, WalkQuote, WalkReply, WalkUrls
from artrator.walks.walk import Frame, Keyframe, Walk
from artrator.wire.page import Page


class WalkViews:
    """Write walks, frames and films for the wire. links: makes them to blobs and thumbnails."""

    def __init__(self, links: PredictionViews, *, public_url: str, currency: str) -> None:
        self._links = links
        self._public_url = public_url.rstrip("/")
        self._currency = currency

    def walk(self, walk: Walk, *, poster: Frame | None, gallery_item: str | None) -> WalkReply:
        """Write one."""
        return WalkReply(
            id=walk.id,
            model=walk.model,
            version=walk.version,
            title=walk.title,
            status=walk.status,
            error=walk.error,
            error_code=walk.error_code,
            keyframes=[self._inputs(each) for each in walk.keyframes],
            input=self._inputs(walk.shared),
            frames=walk.frames,
            rendered=walk.rendered,
            ending=walk.ending,
            easing=walk.easing,
            spacing=walk.spacing,
            sharing=walk.sharing,
            fps=walk.fps,
            frame_price=self._price(walk.frame_price),
            price=self._price(walk.price),
            charged=None if walk.charged is None else self._price(walk.charged),
            created_at=walk.created_at,
            started_at=walk.started_at,
            completed_at=walk.completed_at,
            metrics=WalkMetrics(
                evaluations=walk.evaluations,
                evaluations_alone=walk.evaluations_alone * walk.rendered,
                evenness=walk.evenness,
            ),
            poster=None if poster is None else self._links.thumbnail_link(poster.file),
            gallery_item=gallery_item,
            urls=self._urls(walk.id),
        )

    def page(
        self,
        page: Page[Walk],
        *,
        posters: Mapping[WalkId, Frame],
        gallery_items: Mapping[WalkId, str],
        asked: Mapping[str, str],
    ) -> WalkPage:
        """Write a page; its neighbours are absolute URLs."""
        return WalkPage(
            next=self._page_url(page.next_cursor, asked),
            previous=self._page_url(page.previous_cursor, asked),
            results=[
                self.walk(walk, poster=posters.get(walk.id), gallery_item=gallery_items.get(walk.id))
                for walk in page.rows
            ],
        )

    def frame(self, frame: Frame) -> FrameReply:
        """Write one frame."""
        return FrameReply(
            place=frame.place,
            url=self._links.link(frame.file.key),
            thumbnail_url=self._links.thumbnail_link(frame.file),
            width_px=frame.file.width_px,
            height_px=frame.file.height_px,
            distance=frame.distance,
            keyframe=frame.keyframe,
        )

    def film(self, film: Film) -> FilmReply:
        """Write a film."""
        return FilmReply(
            format=film.format,
            status=film.status,
            fps=film.fps,
            frames=film.frames,
            url=None if film.key is None else self._links.link(film.key),
            size_bytes=film.size_bytes,
            error=film.error,
        )

    def quote(self, plan: Plan) -> WalkQuote:
        """Write what a walk would cost."""
        return WalkQuote(
            frame_price=self._price(plan.frame_price),
            price=self._price(Micros(plan.frame_price * plan.wanted.frames)),
            frames=plan.wanted.frames,
            evaluations=plan.evaluations,
            evaluations_alone=plan.evaluations_alone * plan.wanted.frames,
        )

    def _inputs(self, keyframe: Keyframe) -> dict[str, JsonValue]:
        return {**keyframe.input, **{name: self._links.link(key) for name, key in keyframe.files.items()}}

    def _price(self, amount: Micros) -> PriceReply:
        return price_reply(amount, self._currency)

    def _urls(self, walk_id: WalkId) -> WalkUrls:
        api = f"{self._public_url}/v1/walks/{walk_id}"
        return WalkUrls(
            web=f"{self._public_url}/walks/{walk_id}",
            get=api,
            cancel=f"{api}/cancel",
            stream=f"{api}/stream",
            frames=f"{api}/frames",
        )

    def _page_url(self, cursor: str | None, asked: Mapping[str, str]) -> str | None:
        if cursor is None:
            return None
        return f"{self._public_url}/v1/walks?{urlencode({**asked, 'cursor': cursor})}"
