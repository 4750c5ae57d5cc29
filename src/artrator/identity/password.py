"""Passwords: what is accepted, and argon2id hashes computed beside the event loop, a few at a time."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from artrator.identity.settings import PasswordSettings
from artrator.kernel.errors import Invalid, Unavailable

MIN_LETTERS, MAX_LETTERS = 10, 256
MIN_DIFFERENT_LETTERS = 5
Result = TypeVar("Result")


def check_password(password: str, *, email: str, handle: str, field: str = "password") -> None:
    """Raise Invalid unless a new password is long, varied and not the account's own name.

    Length is what matters (NIST SP 800-63B, 5.1.1.2); no kinds of characters are demanded.
    """
    if not MIN_LETTERS <= len(password) <= MAX_LETTERS:
        raise Invalid(
            "password_length",
            f"A password has {MIN_LETTERS} to {MAX_LETTERS} characters; a sentence is good.",
            field=field,
        )
    plain = password.casefold()
    if len(set(plain)) < MIN_DIFFERENT_LETTERS or plain in {email, email.partition("@")[0], handle}:
        raise Invalid("password_weak", "This password is easily guessed; choose several words.", field=field)


class Passwords:
    """Hash and verify; each takes tens of MB and of milliseconds by intent, so their number at a time is bounded."""

    def __init__(self, settings: PasswordSettings) -> None:
        hasher = Argon2Hasher(time_cost=settings.iterations, memory_cost=settings.memory_kib, parallelism=1)
        self._hash = PasswordHash([hasher])
        self._threads = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="password")
        self._places = settings.concurrency + settings.max_waiting
        self._nobodys_hash = self._hash.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Hash a password for keeping."""
        return await self._in_thread(lambda: self._hash.hash(_normalised(password)))

    async def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Tell whether a password is right, and give its new hash where the kept one is out of date.

        With no hash (nobody has that e-mail) the same work is done, and the answer is no.
        """
        if len(password) > MAX_LETTERS:
            password = ""  # as wrong as any other, at the same price
        right, renewed = await self._in_thread(lambda: self._verify(_normalised(password), kept or self._nobodys_hash))
        return (right, renewed) if kept is not None else (False, None)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, kept: str) -> tuple[bool, str | None]:
        try:
            return self._hash.verify_and_update(password, kept)
        except UnknownHashError:
            return False, None

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._places <= 0:
            raise Unavailable("login_busy", "Many people log in just now; try again in a few seconds.", retry_after_s=2)
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._places += 1


def _normalised(password: str) -> str:
    """Make the same characters typed on different keyboards the same bytes."""
    return unicodedata.normalize("NFKC", password)
