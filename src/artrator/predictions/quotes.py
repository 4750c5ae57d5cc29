"""What a run would cost, part by part, before it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artrator.catalog.service import Catalog
from artrator.kernel.ids import PredictionId, UserId
from artrator.kernel.money import Micros
from artrator.ledger.run_payment import RunPayment
from artrator.predictions.composition import Composition, LoraRef, VersionRef, check_price, compose
from artrator.predictions.payment import shares_of

NOBODY = UserId("")
"""Who asks without an account: a stranger, who pays for everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What would run, and how its price would be split."""

    composition: Composition
    payment: RunPayment
    currency: str


class Quotes:
    """Say what runs cost now; the price that a run holds is the one when it is accepted."""

    def __init__(self, catalog: Catalog, *, fee_permille: int) -> None:
        self._catalog = catalog
        self._fee_permille = fee_permille

    async def quote(self, version: VersionRef, loras: Sequence[LoraRef], viewer: UserId | None) -> Quote:
        """Price a run for a viewer. Raises: as `compose`; Invalid for one that costs too much."""
        composition = await compose(self._catalog, version, loras, viewer)
        check_price(composition)
        model = composition.model
        payment = RunPayment(
            run_id=PredictionId(""),
            buyer=viewer or NOBODY,
            creator=model.owner_id,
            price=Micros(model.price),
            fee_permille=self._fee_permille,
            memo=f"{model.owner}/{model.name}",
            more=shares_of(composition.parts),
        )
        return Quote(composition=composition, payment=payment, currency=self._catalog.currency)
