"""What a walk costs: each frame a part of the price of a run, held for all frames and paid for those that were made."""

from __future__ import annotations

from collections.abc import Sequence

from artrator.kernel.errors import Invalid
from artrator.kernel.money import MAX_AMOUNT, Micros, format_amount, split_amount
from artrator.ledger.run_payment import PriceShare, RunPayment, release, settle
from artrator.ledger.transfer import TransferGroup, TransferKind
from artrator.predictions.composition import Composition
from artrator.predictions.prediction import RunPart
from artrator.walks.walk import Walk

WHOLE_PERMILLE = 1000


def frame_price(composition: Composition, permille: int) -> Micros:
    """Price one frame, rounded up to a micro."""
    return Micros(-(-composition.price * permille // WHOLE_PERMILLE))


def frame_parts(composition: Composition, price: Micros) -> tuple[RunPart, ...]:
    """Say what renders beside the model, each with its part of the price of a frame."""
    whole = [composition.model.price, *(part.price for part in composition.parts)]
    prices: Sequence[Micros] = split_amount(price, whole) if any(whole) else [Micros(0)] * len(whole)
    return tuple(
        RunPart(model=part.model, version=part.version, owner_id=part.owner_id, price=each, weight=part.weight)
        for part, each in zip(composition.parts, prices[1:], strict=True)
    )


def check_total(price: Micros, frames: int) -> None:
    """Refuse a walk that costs more than any transfer may move. Raises: Invalid."""
    if price * frames > MAX_AMOUNT:
        most = format_amount(MAX_AMOUNT)
        raise Invalid("walk_too_dear", f"A walk costs {most} at most; ask for fewer frames.", field="frames")


def payment_of(walk: Walk) -> RunPayment:
    """Give what was agreed when the walk was accepted, for all frames."""
    own = walk.frame_price - sum(part.price for part in walk.parts)
    return RunPayment(
        run_id=walk.id,
        buyer=walk.user_id,
        creator=walk.owner_id,
        price=Micros(own * walk.frames),
        fee_permille=walk.fee_permille,
        memo=walk.model,
        more=tuple(PriceShare(part.owner_id, Micros(part.price * walk.frames), part.model) for part in walk.parts),
    )


def ending_transfers(walk: Walk) -> TransferGroup:
    """Pay for the frames that are rendered; the rest goes back. A share of every frame is whole, so nothing is rounded."""
    payment = payment_of(walk)
    if walk.rendered == 0:
        return release(payment)
    return settle(payment, Micros(walk.frame_price * walk.rendered))


def charged(transfers: TransferGroup) -> Micros:
    """Sum what a walk's ending pays."""
    return Micros(sum(each.amount for each in transfers.transfers if each.kind is TransferKind.POST))
