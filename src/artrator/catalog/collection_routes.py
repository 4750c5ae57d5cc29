"""Collections over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from artrator.catalog.bodies import NO_NUL, CollectionBody
from artrator.catalog.collections import Collections
from artrator.catalog.schemas import CollectionPage, CollectionReply, collection_reply
from artrator.catalog.wire import Writing
from artrator.identity.caller import Operator
from artrator.wire.provide import provided

router = APIRouter()

CollectionService = Annotated[Collections, Depends(provided(Collections))]
Slug = Annotated[str, Path(max_length=200, pattern=NO_NUL)]


@router.get("/v1/collections")
async def list_collections(collections: CollectionService) -> CollectionPage:
    """List all collections."""
    return CollectionPage(results=[collection_reply(each) for each in await collections.list()])


@router.get("/v1/collections/{slug}")
async def get_collection(slug: Slug, collections: CollectionService, writer: Writing) -> CollectionReply:
    """Read a collection with its models."""
    collection, models = await collections.get(slug)
    return collection_reply(collection, writer.models(models))


@router.put("/v1/collections/{slug}", status_code=204)
async def put_collection(slug: Slug, body: CollectionBody, collections: CollectionService, _operator: Operator) -> None:
    """Create a collection, or replace it."""
    await collections.put(slug, body.name, body.description, [(each.owner, each.name) for each in body.models])


@router.delete("/v1/collections/{slug}", status_code=204)
async def delete_collection(slug: Slug, collections: CollectionService, _operator: Operator) -> None:
    """Delete a collection; its models stay."""
    await collections.delete(slug)
