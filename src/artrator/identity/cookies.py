"""The cookies of a browser session, named and flagged so that neither a subdomain nor a script can plant or read them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

SESSION_COOKIE = "artrator_session"
CSRF_COOKIE = "artrator_csrf"


@dataclass(frozen=True, slots=True)
class CookieNames:
    """What the two cookies are called on this connection.

    Over https the `__Host-` prefix makes browsers refuse a cookie that another host or path set; plain http, on a
    developer's own machine, cannot have it.
    """

    session: str
    csrf: str
    secure: bool


def cookie_names(connection: HTTPConnection) -> CookieNames:
    """Choose the names by the scheme that the browser sees."""
    secure = connection.url.scheme in {"https", "wss"}
    prefix = "__Host-" if secure else ""
    return CookieNames(prefix + SESSION_COOKIE, prefix + CSRF_COOKIE, secure)


def set_session_cookies(
    connection: HTTPConnection, response: Response, *, token: str, csrf_token: str, lifetime_s: int
) -> None:
    """Give the browser its session, and the page the token that proves a request is the page's own."""
    names = cookie_names(connection)
    for name, value, hidden in ((names.session, token, True), (names.csrf, csrf_token, False)):
        response.set_cookie(
            name, value, max_age=lifetime_s, path="/", secure=names.secure, httponly=hidden, samesite="lax"
        )


def clear_session_cookies(connection: HTTPConnection, response: Response) -> None:
    """Make the browser forget its session."""
    names = cookie_names(connection)
    for name, hidden in ((names.session, True), (names.csrf, False)):
        response.delete_cookie(name, path="/", secure=names.secure, httponly=hidden, samesite="lax")
