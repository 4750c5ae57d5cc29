"""What users say of themselves, and how they like the pages to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    """The languages that the pages speak."""

    ENGLISH = "en"
    KOREAN = "ko"


class Theme(StrEnum):
    """Light or dark; `auto` follows the device."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """What the pages tell their user of."""

    predictions: bool = True
    """A run has ended."""
    verifications: bool = True
    """A version has passed or failed."""
    earnings: bool = True
    """A model was paid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A user's profile.

    name: empty shows the handle. language: None follows the browser.
    """

    name: str = ""
    bio: str = ""
    language: Language | None = None
    theme: Theme = Theme.AUTO
    notifications: Notifications = field(default_factory=Notifications)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsChange:
    """Which notifications to switch; None leaves one as it is."""

    predictions: bool | None = None
    verifications: bool | None = None
    earnings: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What to change; None leaves it as it is.

    language_follows_browser: forget the language that was chosen.
    """

    name: str | None = None
    bio: str | None = None
    language: Language | None = None
    language_follows_browser: bool = False
    theme: Theme | None = None
    notifications: NotificationsChange | None = None

    def apply(self, old: Profile) -> Profile:
        """Give the changed profile."""
        language = None if self.language_follows_browser else self.language or old.language
        return Profile(
            name=old.name if self.name is None else self.name.strip(),
            bio=old.bio if self.bio is None else self.bio.strip(),
            language=language,
            theme=self.theme or old.theme,
            notifications=_switched(old.notifications, self.notifications or NotificationsChange()),
        )


def _switched(old: Notifications, change: NotificationsChange) -> Notifications:
    return Notifications(
        predictions=old.predictions if change.predictions is None else change.predictions,
        verifications=old.verifications if change.verifications is None else change.verifications,
        earnings=old.earnings if change.earnings is None else change.earnings,
    )
