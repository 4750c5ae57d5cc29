"""Identity on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PlainSerializer, SecretStr

from artrator.identity.api_key import ApiKey, NewApiKey
from artrator.identity.profile import Language, NotificationsChange, Profile, ProfileChange, Theme
from artrator.identity.scope import EVERY_SCOPE, Scope
from artrator.identity.session import Session
from artrator.identity.user import Role, User
from artrator.wire.schemas import Reply, Strict

Email = Annotated[str, Field(min_length=3, max_length=254, description="An e-mail address; case does not matter.")]
Password = Annotated[SecretStr, Field(max_length=256, description="10 to 256 characters.")]
Handle = Annotated[
    str, Field(min_length=2, max_length=39, description="The public name: a-z, 0-9, single hyphens between them.")
]
SortedScopes = Annotated[frozenset[Scope], PlainSerializer(sorted, return_type=list[Scope])]


class RegistrationBody(Strict):
    """Who would like an account."""

    email: Email
    password: Password
    handle: Handle


class RegistrationReply(Reply):
    """The same answer whether or not the e-mail had an account already."""

    status: Literal["accepted"] = "accepted"
    detail: str = "Log in now. If this e-mail had an account before, nothing was changed: log in with its password."


class NotificationsReply(Reply):
    """What the pages tell their user of."""

    predictions: bool = Field(description="a run has ended")
    verifications: bool = Field(description="a version has passed or failed")
    earnings: bool = Field(description="a model was paid for")


class AccountReply(Reply):
    """The caller's own account: Replicate's fields, then ours."""

    type: Literal["user"] = "user"
    username: str
    name: str
    github_url: str | None = None
    avatar_url: str | None = None
    id: str
    email: str
    roles: list[Role]
    created_at: datetime
    bio: str
    language: Language | None = Field(description="null follows the browser")
    theme: Theme
    notifications: NotificationsReply

    @classmethod
    def of(cls, user: User, profile: Profile) -> AccountReply:
        """Write a user for themselves."""
        wanted = profile.notifications
        return cls(
            username=user.handle,
            name=profile.name or user.handle,
            id=user.id,
            email=user.email,
            roles=sorted(user.roles),
            created_at=user.created_at,
            bio=profile.bio,
            language=profile.language,
            theme=profile.theme,
            notifications=NotificationsReply(
                predictions=wanted.predictions, verifications=wanted.verifications, earnings=wanted.earnings
            ),
        )


class NotificationsBody(Strict):
    """Which notifications to switch."""

    predictions: bool | None = None
    verifications: bool | None = None
    earnings: bool | None = None


class AccountChangeBody(Strict):
    """What to change of the caller's account; what is left out stays."""

    name: Annotated[str | None, Field(max_length=60, description="empty shows the handle")] = None
    bio: Annotated[str | None, Field(max_length=500)] = None
    language: Annotated[Language | None, Field(description="null follows the browser")] = None
    theme: Theme | None = None
    notifications: NotificationsBody | None = None

    def change(self) -> ProfileChange:
        """Read it."""
        wanted = self.notifications
        return ProfileChange(
            name=self.name,
            bio=self.bio,
            language=self.language,
            language_follows_browser="language" in self.model_fields_set and self.language is None,
            theme=self.theme,
            notifications=None
            if wanted is None
            else NotificationsChange(
                predictions=wanted.predictions, verifications=wanted.verifications, earnings=wanted.earnings
            ),
        )


class UserReply(Reply):
    """A user as an operator sees one."""

    id: str
    username: str
    email: str
    roles: list[Role]
    created_at: datetime
    disabled: bool

    @classmethod
    def of(cls, user: User) -> UserReply:
        """Write a user for an operator."""
        return cls(
            id=user.id,
            username=user.handle,
            email=user.email,
            roles=sorted(user.roles),
            created_at=user.created_at,
            disabled=user.disabled,
        )


class UserPage(Reply):
    """A page of users, the newest first."""

    next: str | None
    previous: None = None
    results: list[UserReply]


class ProfileReply(Reply):
    """What everybody may know of a user."""

    username: str
    name: str
    bio: str
    is_creator: bool
    created_at: datetime

    @classmethod
    def of(cls, user: User, profile: Profile) -> ProfileReply:
        """Write a user for others."""
        return cls(
            username=user.handle,
            name=profile.name or user.handle,
            bio=profile.bio,
            is_creator=user.is_creator,
            created_at=user.created_at,
        )


class PasswordBody(Strict):
    """A change of the caller's password."""

    current_password: Password
    new_password: Password


class LoginBody(Strict):
    """Who would like to log in."""

    email: Annotated[str, Field(max_length=254)]
    password: Password


class SessionReply(Reply):
    """A browser that is logged in."""

    id: str
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool

    @classmethod
    def of(cls, session: Session, current: str | None) -> SessionReply:
        """Write a session; `current` is the one that asks."""
        return cls(
            id=session.id,
            address=session.address,
            user_agent=session.user_agent,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
            is_current=session.id == current,
        )


class SessionList(Reply):
    """Every session of the caller, the latest seen first."""

    results: list[SessionReply]


class CurrentSessionReply(Reply):
    """What a page needs to act for its user."""

    account: AccountReply
    csrf_token: str = Field(description="Send it as X-CSRF-Token with POST, PUT, PATCH and DELETE.")


class KeyBody(Strict):
    """A key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="For its owner's eyes.")]
    scopes: Annotated[
        frozenset[Scope],
        Field(min_length=1, description="What it is for; everything but `operate` if left out."),
    ] = EVERY_SCOPE - {Scope.OPERATE}
    expires_at: AwareDatetime | None = None


class KeyReply(Reply):
    """A key without its secret."""

    id: str
    name: str
    prefix: str
    scopes: SortedScopes
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyReply:
        """Write a key."""
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            scopes=key.scopes,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


class NewKeyReply(Reply):
    """A key with its secret, which is shown this once."""

    key: KeyReply
    secret: str

    @classmethod
    def of_new(cls, new: NewApiKey) -> NewKeyReply:
        """Write a new key."""
        return cls(key=KeyReply.of(new.key), secret=new.secret)


class KeyList(Reply):
    """Every key of the caller, the newest first."""

    results: list[KeyReply]
