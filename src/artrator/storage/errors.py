"""What storage says when something goes wrong."""

from __future__ import annotations

import errno

from artrator.kernel.errors import NotFound, Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_full() -> Unavailable:
    """Say that nothing more fits."""
    return Unavailable("storage_full", "The server's storage is full, so nothing was stored; try again later.")


def storage_unavailable() -> Unavailable:
    """Say that the store does not answer, without its address."""
    return Unavailable("storage_unavailable", "The file store cannot be reached now; try again in a few seconds.")


def of_os_error(error: OSError) -> Unavailable:
    """Tell a full disk from a broken one."""
    return storage_full() if error.errno in _FULL else storage_unavailable()


def blob_not_found() -> NotFound:
    """Say that there is no such blob."""
    return NotFound("blob_not_found", "There is no such file, or it was deleted.")
