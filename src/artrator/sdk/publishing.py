"""Publishing a model, as flows: make the model, await the verdict, set the price, list it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from artrator.kernel.errors import Conflict, Unavailable
from artrator.sdk.flow import Ask, Flow, Pause, ask
from artrator.sdk.json_shape import read_json
from artrator.sdk.listing import VersionListing
from artrator.sdk.operations import get_version, split_reference

POLL_S = 0.5
_UNDECIDED = {"uploaded", "verifying"}


class FindingListing(msgspec.Struct, frozen=True, kw_only=True):
    """What one check of a verification found."""

    check: str
    verdict: str
    reason: str = ""
    what_to_do: str | None = None


class _Report(msgspec.Struct):
    findings: list[FindingListing] = []


class _Account(msgspec.Struct):
    username: str


def my_handle() -> Flow[str]:
    """Tell whose key this client holds."""
    response = yield from ask(Ask(method="GET", path="/v1/account"))
    return read_json(response.content, _Account).username


def create_model(reference: str) -> Flow[None]:
    """Make a private model unless it is there already."""
    owner, name, _ = split_reference(reference)
    try:
        yield from ask(
            Ask(method="POST", path="/v1/models", json={"owner": owner, "name": name, "visibility": "private"})
        )
    except Conflict:
        return


def await_verdict(reference: str, digest: str, *, deadline: float) -> Flow[VersionListing]:
    """Ask until verification has decided. deadline: in time.monotonic() seconds. Raises: Unavailable after it."""
    while True:
        version = yield from get_version(reference, digest)
        if version.status not in _UNDECIDED:
            return version
        if time.monotonic() > deadline:
            raise Unavailable("verification_takes_long", f"{reference} is still being verified; look again later.")
        yield Pause(POLL_S)


def findings_of(reference: str, digest: str) -> Flow[Sequence[FindingListing]]:
    """Read what each check found."""
    owner, name, _ = split_reference(reference)
    response = yield from ask(Ask(method="GET", path=f"/v1/models/{owner}/{name}/versions/{digest}/verification"))
    return read_json(response.content, _Report).findings


def offer_model(reference: str, *, amount_micros: int, public: bool) -> Flow[None]:
    """Set the price of a run, and list the model now or as soon as a version passes when asked."""
    owner, name, _ = split_reference(reference)
    body: dict[str, object] = {"price_micros": amount_micros}
    if public:
        body["wanted_listing"] = "public"
    yield from ask(Ask(method="PATCH", path=f"/v1/models/{owner}/{name}", json=body))
