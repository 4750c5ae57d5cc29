"""What a prediction's row says about money, in the ledger's words."""

from __future__ import annotations

from collections.abc import Sequence

from artrator.kernel.money import Micros
from artrator.ledger.run_payment import PriceShare, RunPayment
from artrator.predictions.prediction import Prediction, RunPart


def shares_of(parts: Sequence[RunPart]) -> tuple[PriceShare, ...]:
    """Give what the creators of further models in a run ask."""
    return tuple(PriceShare(part.owner_id, part.price, part.model) for part in parts)


def payment_of(prediction: Prediction) -> RunPayment:
    """Give what was agreed when the run was accepted."""
    return RunPayment(
        run_id=prediction.id,
        buyer=prediction.user_id,
        creator=prediction.owner_id,
        price=Micros(prediction.price - sum(part.price for part in prediction.parts)),
        fee_permille=prediction.fee_permille,
        memo=prediction.model,
        more=shares_of(prediction.parts),
    )
