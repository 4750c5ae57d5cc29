"""The client raises what the server raised, by the same classes."""

from __future__ import annotations

import httpx
import pytest

from artrator.http.problems import STATUS_OF_KIND, problem_of
from artrator.kernel.errors import KINDS, ArtratorError, Invalid, RateLimited, Unavailable
from artrator.sdk import Prediction, RunFailed
from artrator.sdk.flow import Ask, Pause, raise_for_problem
from artrator.sdk.operations import get_model, read_output, split_reference


@pytest.mark.parametrize("kind", sorted(STATUS_OF_KIND))
def test_every_kind_is_raised_as_its_own_class(kind: str) -> None:
    reply = problem_of(KINDS[kind]("some_code", "A sentence.", field="inputs.x", limit=3))
    with pytest.raises(KINDS[kind]) as raised:
        raise_for_problem(httpx.Response(reply.status_code, content=bytes(reply.body)))
    error = raised.value
    assert (error.code, error.message, error.field, error.facts) == (
        "some_code",
        "A sentence.",
        "inputs.x",
        {"limit": 3},
    )


def test_a_limit_says_when_to_come_back() -> None:
    reply = problem_of(RateLimited("too_many", "Wait.", retry_after_s=1.5))
    assert reply.headers["Retry-After"] == "2"
    with pytest.raises(RateLimited) as raised:
        raise_for_problem(httpx.Response(429, content=bytes(reply.body)))
    assert raised.value.facts["retry_after_s"] == 1.5


@pytest.mark.parametrize(("status", "raised"), [(502, Unavailable), (418, ArtratorError)])
def test_a_reply_of_somebody_elses_is_an_error_all_the_same(status: int, raised: type[ArtratorError]) -> None:
    with pytest.raises(raised, match=str(status)):
        raise_for_problem(httpx.Response(status, content=b"<html>"))


@pytest.mark.parametrize("reference", ["", "name", "/name", "owner/", "a/b/c"])
def test_a_reference_that_names_no_model_is_invalid(reference: str) -> None:
    with pytest.raises(Invalid):
        split_reference(reference)


def test_a_run_that_failed_says_why() -> None:
    failed = Prediction(
        id="p", model="a/b", version="v", status="failed", error="It fell.", error_code="model_failed", input={}
    )
    with pytest.raises(RunFailed, match=r"It fell\.") as raised:
        failed.require_success()
    assert (raised.value.code, raised.value.facts) == ("model_failed", {"prediction": "p"})


@pytest.mark.parametrize(
    "output", ["http://elsewhere.example/blobs/x.png", "see http://h:1/blobs/x", "http://h:1/v1/keys"]
)
def test_a_text_that_a_model_made_is_never_fetched(output: str) -> None:
    made = Prediction(
        id="p", model="a/b", version="v", status="succeeded", output=output, urls={"get": "http://h:1/v1/predictions/p"}
    )
    with pytest.raises(StopIteration) as end:
        next(read_output(made))
    assert end.value.value == output


def test_a_file_of_the_server_is_fetched() -> None:
    url = "http://h:1/blobs/x.png"
    made = Prediction(
        id="p", model="a/b", version="v", status="succeeded", output=[url], urls={"get": "http://h:1/v1/predictions/p"}
    )
    asked = next(read_output(made))
    assert not isinstance(asked, Pause)
    assert asked == Ask(method="GET", path=url)


def test_a_reply_of_another_shape_is_one_clear_error() -> None:
    asking = get_model("a/b")
    next(asking)
    with pytest.raises(Unavailable, match="not what this client expects"):
        asking.send(httpx.Response(200, content=b'["not", "a", "model"]'))
