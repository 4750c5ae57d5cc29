"""The end of an account on the wire."""

from __future__ import annotations

from artrator.identity.schemas import Password
from artrator.wire.schemas import Strict


class AccountDeletionBody(Strict):
    """The caller's word that the account is to be deleted."""

    password: Password
