"""How items refuse."""

from __future__ import annotations

from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound


def item_not_found() -> NotFound:
    """Say that an item is not there, or not for the caller to see."""
    return NotFound("gallery_item_not_found", "There is nothing like this in the gallery, or it was taken down.")


def not_your_item() -> Forbidden:
    """Say that only its owner changes an item."""
    return Forbidden("not_your_item", "Only who put this in the gallery may change or withdraw it.")


def own_item() -> Forbidden:
    """Say that nobody counts for their own."""
    return Forbidden("own_item", "This is your own; likes are other people's.")


def work_hidden() -> Conflict:
    """Say that an operator's decision stands."""
    return Conflict("work_hidden", "An operator took this down; it cannot be put in the gallery again.")


def nothing_to_show(reason: str) -> Conflict:
    """Say that a run made nothing that hangs on a wall."""
    return Conflict("nothing_to_show", f"{reason} The gallery shows pictures of runs that succeeded, and walks.")


def no_such_output(field: str, message: str) -> Invalid:
    """Say that a run has no such picture."""
    return Invalid("output_not_found", message, field=field)


def model_not_public(model: str) -> Forbidden:
    """Say whose pictures these are to show."""
    return Forbidden("model_not_public", f"{model} is not public; only its owner may show what it makes.", model=model)
