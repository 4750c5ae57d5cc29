"""What the catalog says when something is not there or not allowed."""

from __future__ import annotations

from artrator.catalog.model import VersionStatus
from artrator.kernel.errors import ArtratorError, Conflict, Forbidden, Invalid, NotFound


def model_not_found(owner: str, name: str) -> NotFound:
    """Say that there is no such model, or that the viewer may not know of it."""
    return NotFound("model_not_found", f"There is no model {owner[:60]}/{name[:64]}; check the owner and the name.")


def version_not_found() -> NotFound:
    """Say that the model has no such version."""
    return NotFound("version_not_found", "There is no such version; the model's versions are listed under it.")


def collection_not_found(slug: str) -> NotFound:
    """Say that there is no such collection."""
    return NotFound("collection_not_found", f"There is no collection {slug[:64]}.")


def version_not_verified(status: VersionStatus | None) -> Conflict:
    """Say why a version cannot run: `status` in the facts, None where the model has no version that passed."""
    match status:
        case VersionStatus.QUARANTINED:
            return Conflict(
                "version_quarantined", "This version made its worker crash repeatedly and is blocked; use another.", status=status.value
            )  # fmt: skip
        case VersionStatus.FAILED:
            message = "This version failed verification; its report says why. Mend it and upload it again."
        case VersionStatus.AWAITING_CONSENT:
            message = "This version waits for the operator's consent before it can run."
        case None:
            message = "This model has no version that passed verification yet."
        case _:
            message = "This version is still being verified; try again shortly."
    return Conflict("version_not_verified", message, status=status.value if status else None)


def base_unavailable(base: str, cause: ArtratorError) -> Conflict:
    """Say that a LoRA cannot run because its base cannot, and why."""
    if cause.code == "version_quarantined":
        message = "The base of this LoRA made its worker crash repeatedly and is blocked, so the LoRA cannot run."
    elif isinstance(cause, NotFound):
        message = "The base of this LoRA was withdrawn by its owner, so the LoRA cannot run."
    else:
        message = "The base of this LoRA has no verification that it passed, so the LoRA cannot run."
    return Conflict("base_unavailable", message, base=base, cause=cause.code)


def base_not_found() -> Invalid:
    """Say that a LoRA cannot be published, for want of its base."""
    return Invalid(
        "base_not_found",
        "`base` names no version here that passed verification and that you may run; it is the digest on the base's page.",
        field="base",
    )


def not_the_owner() -> Forbidden:
    """Say that only the owner changes a model."""
    return Forbidden("not_the_owner", "Only its owner may change this model.")


def creator_only() -> Forbidden:
    """Say how to be allowed to publish."""
    return Forbidden("creator_only", "Only creators publish; become one under your account, it takes one call.")


def name_taken(name: str) -> Conflict:
    """Say that the owner has such a model."""
    return Conflict("model_exists", f"You have a model called {name} already; add a version to it.", field="name")


def malformed(field: str, message: str) -> Invalid:
    """Say what is wrong with a field."""
    return Invalid(f"{field}_malformed", message, field=field)


def upload_not_found() -> NotFound:
    """Say that there is no such upload, or that it is another's: which of the two is not told."""
    return NotFound("upload_not_found", "There is no such upload, or it has expired; start a new one.")


def upload_offset_wrong(received_bytes: int) -> Conflict:
    """Say where the next part begins."""
    return Conflict(
        "upload_offset_wrong",
        f"{received_bytes:,} bytes are here; send the part that begins there.",
        field="offset",
        received_bytes=received_bytes,
    )


def upload_incomplete(received_bytes: int, size_bytes: int) -> Conflict:
    """Say that parts are missing."""
    return Conflict(
        "upload_incomplete",
        f"{received_bytes:,} of {size_bytes:,} bytes are here; send the rest first.",
        received_bytes=received_bytes,
        size_bytes=size_bytes,
    )
