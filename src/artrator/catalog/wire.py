"""What the catalog's routes share: their services, the parameters of lists, and writing models for a caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from artrator.bundle.config import Pipeline
from artrator.catalog.bodies import NO_NUL, Plain
from artrator.catalog.errors import malformed
from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import Listed
from artrator.catalog.schemas import ModelPage, ModelReply, model_reply
from artrator.catalog.service import Catalog
from artrator.identity.user import User
from artrator.kernel.ids import Digest, UserId
from artrator.kernel.money import Micros, parse_amount
from artrator.storage.signing import UrlSigner
from artrator.wire.page import MAX_PAGE_ROWS, Page
from artrator.wire.provide import provided

CatalogService = Annotated[Catalog, Depends(provided(Catalog))]
OwnerName = Annotated[str, Path(max_length=200, pattern=NO_NUL, description="the owner's handle")]
ModelName = Annotated[str, Path(max_length=200, pattern=NO_NUL, description="the model's name")]


class ListQuery(BaseModel):
    """Which models, in which order, and from where on."""

    model_config = ConfigDict(extra="forbid")

    query: Plain = Field(default="", description="words, beginnings of words, parts of Korean words")
    sort: Order | None = Field(default=None, description="by default `relevance` for a search, else `new`")
    pipeline: Pipeline | None = None
    tag: Plain | None = None
    license: Plain | None = Field(default=None, description="an SPDX id")
    owner: Plain | None = Field(default=None, description="a handle; your own shows your private models too")
    min_price: str | None = Field(default=None, max_length=40, examples=["0.01"])
    max_price: str | None = Field(default=None, max_length=40, examples=["0.05"])
    base: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="LoRAs on a version, by its digest")
    cursor: str | None = Field(default=None, max_length=500, description="from `next` or `previous`")
    limit: int = Field(default=20, ge=1, le=MAX_PAGE_ROWS)

    def filters(self) -> Filters:
        """Read the filters. Raises: Invalid for a price."""
        least, most = _amount(self.min_price, "min_price"), _amount(self.max_price, "max_price")
        if least is not None and most is not None and least > most:
            raise malformed("min_price", "The lowest price lies above the highest; swap them.")
        return Filters(
            query=self.query,
            pipeline=self.pipeline,
            tag=self.tag,
            license=self.license,
            owner=self.owner,
            min_price=least,
            max_price=most,
            base=None if self.base is None else Digest(self.base),
        )

    def order(self) -> Order:
        """Tell the order."""
        return self.sort or (Order.RELEVANCE if self.query.strip() else Order.NEW)


Listing = Annotated[ListQuery, Query()]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes models as the caller sees them: with links that lead back to where the request came in."""

    request: Request
    catalog: Catalog
    signer: UrlSigner

    def model(self, listed: Listed, *, in_list: bool = False) -> ModelReply:
        """Write a model."""
        base_url = str(self.request.base_url)
        return model_reply(
            listed, currency=self.catalog.currency, base_url=base_url, signer=self.signer, in_list=in_list
        )

    def models(self, found: Sequence[Listed]) -> Sequence[ModelReply]:
        """Write models."""
        return [self.model(listed, in_list=True) for listed in found]

    def page(self, page: Page[Listed], query: ListQuery) -> ModelPage:
        """Write a page with whole URLs of its neighbours."""
        return ModelPage(
            next=self._neighbour(query, page.next_cursor),
            previous=self._neighbour(query, page.previous_cursor),
            results=self.models(page.rows),
        )

    def _neighbour(self, query: ListQuery, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = query.model_dump(mode="json", exclude_defaults=True) | {"cursor": cursor}
        return str(self.request.url_for("list_models").include_query_params(**parameters))


def _writer(
    request: Request, catalog: CatalogService, signer: Annotated[UrlSigner, Depends(provided(UrlSigner))]
) -> Writer:
    return Writer(request, catalog, signer)


Writing = Annotated[Writer, Depends(_writer)]


def id_of(user: User | None) -> UserId | None:
    """Give a caller's id, or None for nobody."""
    return None if user is None else user.id


def _amount(text: str | None, field: str) -> Micros | None:
    return None if text is None else parse_amount(text, field=field)
