"""What callers send to the catalog."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from artrator.catalog.model import ModelChange, Visibility
from artrator.kernel.errors import Invalid
from artrator.kernel.money import MAX_AMOUNT, Micros, parse_amount

NO_NUL = r"^[^\x00]*$"

Plain = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
"""A text that PostgreSQL takes."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _TextsAndPrice(_Body):
    description: str | None = Field(default=None, max_length=200, description="the summary, one line")
    readme: str | None = Field(default=None, max_length=20_000, description="Markdown")
    tags: list[str] | None = Field(default=None, max_length=20)
    price: str | None = Field(default=None, max_length=40, description="units, as text", examples=["0.01"])
    price_micros: int | None = Field(default=None, ge=0, le=MAX_AMOUNT, description="instead of `price`, exact")

    def texts_and_price(self) -> ModelChange:
        """Read it. Raises: Invalid for a price."""
        if self.price is not None and self.price_micros is not None:
            raise Invalid("price_twice", "Give the price as `price` or as `price_micros`, not both.", field="price")
        price = None if self.price_micros is None else Micros(self.price_micros)
        return ModelChange(
            summary=self.description,
            description=self.readme,
            tags=None if self.tags is None else tuple(self.tags),
            price=price if self.price is None else parse_amount(self.price, field="price"),
        )


class ModelChangeBody(_TextsAndPrice):
    """What to change; what is left out stays."""

    visibility: Visibility | None = Field(default=None, description="needs a version that passed, unless `private`")
    wanted_listing: Visibility | None = Field(default=None, description="now, or as soon as a version passes")

    def change(self) -> ModelChange:
        """Read it. Raises: Invalid for a price."""
        return replace(self.texts_and_price(), visibility=self.visibility, wanted_visibility=self.wanted_listing)


class NewModelBody(_TextsAndPrice):
    """A model to create."""

    visibility: Visibility = Field(
        default=Visibility.PRIVATE, description="a new model is private; another wish comes true once a version passes"
    )
    owner: Plain | None = Field(default=None, description="your own handle, which is the default")
    name: str = Field(max_length=64)
    hardware: str | None = Field(default=None, max_length=100, description="taken for compatibility and not used")

    def change(self) -> ModelChange:
        """Read it. Raises: Invalid for a price."""
        return replace(self.texts_and_price(), wanted_visibility=self.visibility)


class ModelName(_Body):
    """A model by its two names."""

    owner: Plain
    name: Plain


class CollectionBody(_Body):
    """A collection's texts and its models, in order."""

    name: str = Field(min_length=1, max_length=100)
    description: str = Field(default="", max_length=2000)
    models: list[ModelName] = Field(default_factory=list[ModelName], max_length=100)
