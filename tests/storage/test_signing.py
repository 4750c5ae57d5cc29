"""A link opens one path until it expires, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from artrator.kernel.errors import Forbidden
from artrator.storage.signing import UrlSigner

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def _parts(url: str) -> tuple[str, int, str]:
    split = urlsplit(url)
    query = parse_qs(split.query)
    return split.path, int(query["expires"][0]), query["signature"][0]


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def signer(hands: Hands) -> UrlSigner:
    return UrlSigner("a secret of the server", hands)


def test_a_fresh_link_is_good(signer: UrlSigner) -> None:
    signer.check(*_parts(signer.sign("/blobs/a.png", lifetime_s=60)))


def test_a_link_is_good_for_its_whole_lifetime_and_little_longer(signer: UrlSigner, hands: Hands) -> None:
    parts = _parts(signer.sign("/blobs/a.png", lifetime_s=80))
    hands.now = START + timedelta(seconds=79)
    signer.check(*parts)
    hands.now = START + timedelta(seconds=91)
    with pytest.raises(Forbidden) as caught:
        signer.check(*parts)
    assert caught.value.code == "link_expired"


def test_links_made_one_after_another_are_the_same(signer: UrlSigner, hands: Hands) -> None:
    hands.now = START + timedelta(seconds=1)
    first = signer.sign("/blobs/a.png", lifetime_s=3600)
    hands.now += timedelta(seconds=30)
    assert signer.sign("/blobs/a.png", lifetime_s=3600) == first


@pytest.mark.parametrize("change", ["path", "expires", "signature", "empty"])
def test_a_changed_link_is_refused(signer: UrlSigner, change: str) -> None:
    path, expires, signature = _parts(signer.sign("/blobs/a.png", lifetime_s=60))
    match change:
        case "path":
            path = "/blobs/b.png"
        case "expires":
            expires += 1
        case "signature":
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        case _:
            signature = ""
    with pytest.raises(Forbidden) as caught:
        signer.check(path, expires, signature)
    assert caught.value.code == "link_invalid"


def test_a_signature_that_is_not_ascii_is_refused(signer: UrlSigner) -> None:
    with pytest.raises(Forbidden):
        signer.check("/blobs/a.png", 2_000_000_000, "서명")


def test_another_secret_makes_other_links(signer: UrlSigner, hands: Hands) -> None:
    with pytest.raises(Forbidden):
        UrlSigner("another secret", hands).check(*_parts(signer.sign("/blobs/a.png", lifetime_s=60)))
