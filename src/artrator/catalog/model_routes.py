"""Models over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from artrator.catalog.bodies import ModelChangeBody, NewModelBody
from artrator.catalog.errors import malformed
from artrator.catalog.schemas import (
    ModelPage,
    ModelReply,
    PastPriceReply,
    TagReply,
    past_price_reply,
    tag_reply,
    with_base,
)
from artrator.catalog.wire import CatalogService, Listing, ListQuery, ModelName, OwnerName, Writing, id_of
from artrator.catalog.words import MAX_QUERY_LENGTH
from artrator.identity.caller import MaybeCaller, Publisher
from artrator.kernel.errors import Forbidden

router = APIRouter()

MAX_QUERY_BODY_BYTES = 4096


@router.get("/v1/models")
async def list_models(query: Listing, catalog: CatalogService, writer: Writing, caller: MaybeCaller) -> ModelPage:
    """List or search models that everybody finds; with `owner` as your own handle, all of yours."""
    page = await catalog.list_models(
        query.filters(), query.order(), viewer=id_of(caller), cursor=query.cursor, limit=query.limit
    )
    return writer.page(page, query)


@router.get("/v1/search")
async def search_models(query: Listing, catalog: CatalogService, writer: Writing, caller: MaybeCaller) -> ModelPage:
    """Search models by words, the best match first."""
    return await list_models(query, catalog, writer, caller)


@router.api_route("/v1/models", methods=["QUERY"], include_in_schema=False)
async def query_models(request: Request, catalog: CatalogService, writer: Writing, caller: MaybeCaller) -> ModelPage:
    """Search models by the text in the body, as Replicate's client does."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_QUERY_BODY_BYTES:
            raise malformed("query", f"A search has at most {MAX_QUERY_LENGTH} characters.")
    text = body.decode("utf-8", "replace").replace("\0", " ")[:MAX_QUERY_LENGTH]
    return await list_models(ListQuery(query=text), catalog, writer, caller)


@router.post("/v1/models", status_code=201)
async def create_model(body: NewModelBody, catalog: CatalogService, writer: Writing, caller: Publisher) -> ModelReply:
    """Create a model without versions."""
    if body.owner not in {None, caller.handle}:
        raise Forbidden("not_the_owner", "You create models under your own handle.", field="owner")
    return writer.model(await catalog.create_model(caller, body.name, body.change()))


@router.get("/v1/models/{owner}/{name}")
async def get_model(
    owner: OwnerName, name: ModelName, catalog: CatalogService, writer: Writing, caller: MaybeCaller
) -> ModelReply:
    """Read a model."""
    listed = await catalog.get_model(owner, name, id_of(caller))
    reply, base = writer.model(listed), await catalog.base_of(listed, id_of(caller))
    return reply if base is None else with_base(reply, base)


@router.patch("/v1/models/{owner}/{name}")
async def change_model(
    *,
    owner: OwnerName,
    name: ModelName,
    body: ModelChangeBody,
    catalog: CatalogService,
    writer: Writing,
    caller: Publisher,
) -> ModelReply:
    """Change a model's texts, tags, price and visibility: all of it, or on an error nothing."""
    return writer.model(await catalog.change_model(owner, name, caller.id, body.change()))


@router.delete("/v1/models/{owner}/{name}", status_code=204)
async def delete_model(owner: OwnerName, name: ModelName, catalog: CatalogService, caller: Publisher) -> None:
    """Take a model away from everybody; nothing of it runs any more."""
    await catalog.delete_model(owner, name, caller.id)


@router.get("/v1/models/{owner}/{name}/prices")
async def list_prices(
    owner: OwnerName, name: ModelName, catalog: CatalogService, caller: MaybeCaller
) -> list[PastPriceReply]:
    """List what a run has cost, the newest price first."""
    history = await catalog.price_history(owner, name, id_of(caller))
    return [past_price_reply(price, catalog.currency) for price in history]


@router.get("/v1/tags")
async def list_tags(catalog: CatalogService) -> list[TagReply]:
    """List the tags of listed models, the most used first."""
    return [tag_reply(count) for count in await catalog.list_tags()]
