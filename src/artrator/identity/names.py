"""Handles and e-mail addresses: one spelling for each, and the handles that nobody may take."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email

from artrator.kernel.errors import Invalid

MAX_HANDLE_LETTERS = 39
MAX_EMAIL_LETTERS = 254
_HANDLE = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,38}")

_RESERVED = """
about abuse account accounts admin administrator api app artrator assets auth batches billing blobs blog
catalog collections contact creator dashboard docs earnings everyone explore favicon files gallery health
healthz help home images info jobs keys legal library login logout me metrics model models moderator new null official
openai openapi operator owner payments payouts pipelines platform postmaster predictions pricing privacy publish
readyz register replicate robots root runs search security self sessions settings shop sign-in sign-up signin
signup static status studio subscriptions support system team terms trainings trending undefined user users v1
v2 verification verify versions walks wallet webhooks webmaster www you
"""
RESERVED_HANDLES = frozenset(_RESERVED.split())
"""Words that a page, a route or an impostor would want."""


def check_handle(handle: str) -> str:
    """Return a handle. Raises: Invalid unless it is well formed and free to take."""
    if len(handle) > MAX_HANDLE_LETTERS or _HANDLE.fullmatch(handle) is None:
        raise Invalid(
            "handle_malformed",
            f"A handle has 2 to {MAX_HANDLE_LETTERS} of a-z, 0-9 and single hyphens between them.",
            field="handle",
        )
    if handle in RESERVED_HANDLES:
        raise Invalid("handle_reserved", "This handle is reserved; choose another one.", field="handle")
    return handle


def normalise_email(text: str) -> str:
    """Write an e-mail address in its one spelling: Unicode NFC, lower case, no spaces around it.

    Raises: Invalid. Nothing is looked up on the network. Mailboxes that differ by case alone do not exist in practice.
    """
    try:
        if len(text) > MAX_EMAIL_LETTERS:
            raise EmailNotValidError("it is too long")
        return validate_email(text.strip(), check_deliverability=False, allow_quoted_local=False).normalized.lower()
    except EmailNotValidError:
        raise Invalid(
            "email_malformed", "This is not an e-mail address; write it like name@example.org.", field="email"
        ) from None
