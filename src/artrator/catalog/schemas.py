"""The catalog on the wire: Replicate's shapes, and beside its fields our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from artrator import __version__
from artrator.bundle.config import Pipeline
from artrator.bundle.schema import input_schema, output_schema
from artrator.bundle.translation import Translation
from artrator.catalog.model import (
    Collection,
    Listed,
    Model,
    Price,
    Runnable,
    TagCount,
    Version,
    VersionStatus,
    Visibility,
)
from artrator.kernel.money import Micros, format_amount
from artrator.storage.routes import blob_path
from artrator.storage.signing import UrlSigner

COVER_LIFETIME_S = 24 * 3600


class PriceReply(BaseModel):
    """What a run costs."""

    amount_micros: int = Field(description="millionths of the currency's unit; 0 is free")
    amount: str = Field(description="the same in units: 0.01", examples=["0.01"])
    currency: str


class PastPriceReply(PriceReply):
    """What a run cost from a moment on."""

    valid_from: datetime


class VersionReply(BaseModel):
    """A version; `id` is its digest."""

    id: str
    created_at: datetime
    cog_version: str = Field(description="which server answers, under the name that Replicate's clients ask for")
    openapi_schema: dict[str, JsonValue] = Field(description="components.schemas.Input and .Output are JSON Schemas")
    status: VersionStatus
    verified_at: datetime | None
    size_bytes: int
    batchable: bool
    pipeline: Pipeline
    license: str
    examples: Sequence[dict[str, JsonValue]]


class VersionDetailReply(VersionReply):
    """A version with its whole manifest."""

    manifest: dict[str, JsonValue]


class BaseReply(BaseModel):
    """What a LoRA adapts; it runs, and is paid, with every run of the LoRA."""

    owner: str
    name: str
    version: str
    price: PriceReply


class ModelReply(BaseModel):
    """A model as Replicate shows one, and what only we know of it."""

    url: str
    owner: str
    name: str
    description: str = Field(description="the summary, one line")
    visibility: Literal["public", "private"] = Field(description="unlisted counts as private; `listing` is exact")
    github_url: str | None = None
    paper_url: str | None = None
    license_url: str | None
    run_count: int
    cover_image_url: str | None
    default_example: None = None
    latest_version: VersionReply | None
    translations: Mapping[str, Translation] = Field(
        description="by language, of the latest version's manifest; in lists the summaries alone"
    )
    listing: Visibility
    wanted_listing: Visibility | None = Field(description="what the model becomes once a version passes")
    readme: str = Field(description="Markdown; show it sanitised")
    price: PriceReply = Field(description="of the model itself; `base` has its own")
    base: BaseReply | None = Field(
        default=None, description="of a LoRA, where one model is asked for and its base runs"
    )
    run_price: PriceReply | None = Field(default=None, description="of a LoRA, with its base's, in lists too")
    license: str | None
    pipeline: Pipeline | None
    tags: Sequence[str]
    created_at: datetime
    listed_at: datetime


class ModelPage(BaseModel):
    """One page of models."""

    next: str | None
    previous: str | None
    results: Sequence[ModelReply]


class VersionPage(BaseModel):
    """All versions, newest first."""

    next: None = None
    previous: None = None
    results: Sequence[VersionDetailReply]


class TagReply(BaseModel):
    """A tag and how many listed models carry it."""

    tag: str
    models: int


class CollectionReply(BaseModel):
    """A collection; `models` only where one collection was asked for."""

    slug: str
    name: str
    description: str
    models: Sequence[ModelReply] | None = None


class CollectionPage(BaseModel):
    """All collections."""

    next: None = None
    previous: None = None
    results: Sequence[CollectionReply]


def price_reply(amount: Micros, currency: str) -> PriceReply:
    """Write a price."""
    return PriceReply(amount_micros=amount, amount=format_amount(amount), currency=currency)


def run_price_reply(model: Model, currency: str) -> PriceReply | None:
    """Write what a run of a LoRA costs with its base; None for other models."""
    return None if model.base_digest is None else price_reply(model.run_price, currency)


def past_price_reply(price: Price, currency: str) -> PastPriceReply:
    """Write a price of a history."""
    return PastPriceReply(
        amount_micros=price.amount, amount=format_amount(price.amount), currency=currency, valid_from=price.valid_from
    )


def version_reply(version: Version) -> VersionReply:
    """Write a version."""
    return VersionReply.model_validate(_version_fields(version))


def version_detail_reply(version: Version) -> VersionDetailReply:
    """Write a version with its manifest."""
    fields = _version_fields(version)
    return VersionDetailReply.model_validate(fields | {"manifest": version.manifest.model_dump(mode="json")})


def _version_fields(version: Version) -> dict[str, object]:
    manifest = version.manifest
    return {
        "id": version.digest,
        "created_at": version.created_at,
        "cog_version": f"artrator-{__version__}",
        "openapi_schema": openapi_schema(version),
        "status": version.status,
        "verified_at": version.verified_at,
        "size_bytes": version.size_bytes,
        "batchable": version.batchable,
        "pipeline": manifest.pipeline,
        "license": manifest.license,
        "examples": manifest.examples,
    }


def openapi_schema(version: Version) -> dict[str, JsonValue]:
    """Write a version's inputs and output where Replicate's clients look for them."""
    manifest = version.manifest
    schemas: dict[str, JsonValue] = {"Input": input_schema(manifest), "Output": output_schema(manifest)}
    return {
        "openapi": "3.1.0",
        "info": {"title": manifest.name, "version": version.digest},
        "paths": {},
        "components": {"schemas": schemas},
    }


def model_reply(
    listed: Listed, *, currency: str, base_url: str, signer: UrlSigner, in_list: bool = False
) -> ModelReply:
    """Write a model. base_url: how the caller reached us, ending in /."""
    model = listed.model
    return ModelReply(
        url=f"{base_url}{model.owner}/{model.name}",
        owner=model.owner,
        name=model.name,
        description=model.summary,
        visibility="public" if model.visibility is Visibility.PUBLIC else "private",
        license_url=_license_url(model.license),
        run_count=model.run_count,
        cover_image_url=_cover_url(model, base_url, signer),
        latest_version=None if listed.latest is None else version_reply(listed.latest),
        translations=_translations(listed, in_list=in_list),
        listing=model.visibility,
        wanted_listing=model.wanted_visibility,
        readme=model.description,
        price=price_reply(model.price, currency),
        run_price=run_price_reply(model, currency),
        license=model.license,
        pipeline=model.pipeline,
        tags=model.tags,
        created_at=model.created_at,
        listed_at=model.listed_at,
    )


def _translations(listed: Listed, *, in_list: bool) -> Mapping[str, Translation]:
    """Give the translations of what is still said: its owner may have changed a model's texts since."""
    if listed.latest is None:
        return {}
    model, manifest = listed.model, listed.latest.manifest
    stale = {
        name: ""
        for name, said, now in (
            ("summary", manifest.summary, model.summary),
            ("description", manifest.description, model.description),
        )
        if said != now
    }
    if in_list:
        shown = {each: stale.get("summary", told.summary) for each, told in manifest.translations.items()}
        return {each: Translation(summary=summary) for each, summary in shown.items()}
    return {each: told.model_copy(update=stale) for each, told in manifest.translations.items()}


def with_base(reply: ModelReply, base: Runnable) -> ModelReply:
    """Itemise what a run of a LoRA costs."""
    price, currency = price_reply(base.price, reply.price.currency), reply.price.currency
    whole = price_reply(Micros(base.price + reply.price.amount_micros), currency)
    shown = BaseReply(owner=base.owner, name=base.name, version=base.digest, price=price)
    return reply.model_copy(update={"base": shown, "run_price": whole})


def collection_reply(collection: Collection, models: Sequence[ModelReply] | None = None) -> CollectionReply:
    """Write a collection."""
    return CollectionReply(
        slug=collection.slug, name=collection.name, description=collection.description, models=models
    )


def tag_reply(count: TagCount) -> TagReply:
    """Write a tag."""
    return TagReply(tag=count.tag, models=count.models)


def _license_url(license_id: str | None) -> str | None:
    if license_id is None or " " in license_id or license_id.startswith("LicenseRef-"):
        return None
    return f"https://spdx.org/licenses/{license_id}.html"


def _cover_url(model: Model, base_url: str, signer: UrlSigner) -> str | None:
    if model.cover_key is None:
        return None
    return base_url.rstrip("/") + signer.sign(blob_path(model.cover_key), lifetime_s=COVER_LIFETIME_S)
