"""What an API key may be used for, so that a key in a script can do no more than the script."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from artrator.kernel.errors import Forbidden


class Scope(StrEnum):
    """One kind of thing that a key allows; a browser session allows all of them."""

    RUN = "run"
    PUBLISH = "publish"
    WALLET = "wallet"
    KEYS = "keys"
    OPERATE = "operate"


EVERY_SCOPE = frozenset(Scope)


def check_grantable(wanted: Iterable[Scope], held: frozenset[Scope]) -> None:
    """See that a key is not used to make a stronger one. Raises: Forbidden naming what is missing."""
    missing = sorted(set(wanted) - held)
    if missing:
        raise Forbidden(
            "scope_missing",
            f"This key lacks the scope {', '.join(missing)} and cannot hand it on; use a key that has it, or log in.",
            field="scopes",
        )
