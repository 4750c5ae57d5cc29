"""Models and versions as the catalog lists them."""

from __future__ import annotations

import msgspec


class PriceListing(msgspec.Struct, frozen=True):
    """What one run costs, in millionths of the currency's unit."""

    amount_micros: int = 0
    amount: str = "0.00"
    currency: str = ""


class VersionListing(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable version."""

    id: str
    status: str = ""
    created_at: str = ""
    openapi_schema: dict[str, object] | None = None


class ModelListing(msgspec.Struct, frozen=True, kw_only=True):
    """One model of the catalog."""

    owner: str
    name: str
    description: str | None = None
    visibility: str = "public"
    pipeline: str | None = None
    license: str | None = None
    run_count: int = 0
    price: PriceListing = PriceListing()
    run_price: PriceListing | None = None
    """Of a LoRA, with its base's."""
    latest_version: VersionListing | None = None


class ModelPage(msgspec.Struct, frozen=True):
    """One page of a list."""

    results: list[ModelListing]
    next: str | None = None
