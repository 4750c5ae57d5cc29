"""Inputs by URL, against servers that misbehave."""

from __future__ import annotations

import gzip
import time

import pytest
from tests.predictions.receiver import Answer, Received, receiving

from artrator.kernel.errors import ArtratorError, Forbidden, TooLarge
from artrator.predictions.fetch import fetch
from artrator.predictions.outbound import OutboundRules

HERE = OutboundRules(allow_loopback=True)


async def read(url: str, *, max_bytes: int = 1000, timeout_s: float = 5) -> bytes:
    return await fetch(url, HERE, max_bytes=max_bytes, timeout_s=timeout_s, field="inputs.picture")


def redirect(to: str) -> Answer:
    return Answer(status=302, headers={"Location": to})


async def test_content_is_read_and_the_name_is_kept_in_the_host_header() -> None:
    with receiving(lambda _: Answer(body=b"picture")) as server:
        named = server.url.replace("127.0.0.1", "localhost")
        assert await read(f"{named}/a?b=c") == b"picture"
        request = server.next()
    assert request.path == "/a?b=c"
    assert request.headers["Host"] == named.removeprefix("http://")


async def test_a_redirect_is_followed() -> None:
    def answer(request: Received) -> Answer:
        return Answer(body=b"there") if request.path == "/there" else redirect("/there")

    with receiving(answer) as server:
        assert await read(f"{server.url}/here") == b"there"


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"]
)
async def test_a_redirect_to_the_inside_is_refused(target: str) -> None:
    with receiving(lambda _: redirect(target)) as server, pytest.raises(Forbidden):
        await read(server.url)


async def test_a_redirect_to_another_scheme_is_refused() -> None:
    with receiving(lambda _: redirect("file:///etc/passwd")) as server, pytest.raises(ArtratorError) as refusal:
        await read(server.url)
    assert refusal.value.code == "url_malformed"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (redirect("/again"), "url_redirects"),
        (Answer(status=404), "url_refused"),
        (Answer(status=500), "url_refused"),
        (Answer(body=gzip.compress(bytes(10**6)), headers={"Content-Encoding": "gzip"}), "url_encoded"),
    ],
)
async def test_what_a_server_does_wrong_is_said(answer: Answer, code: str) -> None:
    with receiving(lambda _: answer) as server, pytest.raises(ArtratorError) as refusal:
        await read(server.url)
    assert (refusal.value.code, refusal.value.field, refusal.value.kind) == (code, "inputs.picture", "invalid")


async def test_more_than_the_limit_is_not_read() -> None:
    with receiving(lambda _: Answer(body=bytes(10**6))) as server, pytest.raises(TooLarge):
        await read(server.url)


async def test_a_slow_server_costs_no_more_than_the_time_limit() -> None:
    def slow(_: Received) -> Answer:
        time.sleep(1)
        return Answer()

    with receiving(slow) as server, pytest.raises(ArtratorError) as refusal:
        await read(server.url, timeout_s=0.2)
    assert refusal.value.code == "url_timed_out"


async def test_a_port_where_nobody_listens_is_an_input_at_fault() -> None:
    with receiving() as server:
        closed = server.url
    with pytest.raises(ArtratorError) as refusal:
        await read(closed)
    assert (refusal.value.code, refusal.value.kind) == ("url_unreachable", "invalid")
