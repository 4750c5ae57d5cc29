"""A payment provider for development: everybody's money is good, and none of it is real."""

from __future__ import annotations

import logging

from artrator.kernel.errors import Unavailable
from artrator.ledger.top_up import StartedPayment, TopUp

log = logging.getLogger(__name__)


class SandboxPayments:
    """Confirms every payment at once; closed outside development unless the operator insists."""

    name = "sandbox"

    def __init__(self, *, is_development: bool, allow_outside_development: bool) -> None:
        self._is_open = is_development or allow_outside_development
        if allow_outside_development and not is_development:
            log.warning(
                "ANYBODY CAN HAVE CREDITS FOR NOTHING: payments.allow_sandbox is on outside development, and creators' "
                "earnings from such credits are backed by no money. Switch it off unless this is a trial."
            )

    def check_open(self) -> None:
        """Raise Unavailable where nobody may pay with play money."""
        if not self._is_open:
            raise Unavailable(
                "top_ups_unavailable",
                "Credits cannot be bought here: no payment provider is set up. An operator may allow play money with "
                "ARTRATOR_PAYMENTS__ALLOW_SANDBOX=true.",
            )

    async def start(self, top_up: TopUp) -> StartedPayment:
        """Take a payment; asking again for the same top-up answers the same."""
        self.check_open()
        return StartedPayment(reference=f"sandbox-{top_up.id}", is_confirmed=True)
