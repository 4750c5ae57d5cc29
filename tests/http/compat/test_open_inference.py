"""Tensors in, tensors out by the Open Inference Protocol: with the official client, and against what no client sends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
import pytest
import tritonclient.http as triton
from onnx import helper
from tests.engine.graphs import constant, model, tensor_info
from tests.platforms import Plan, Platform, serving_platform
from tests.predictions.conftest import write_bundle
from tests.servers import LiveServer
from tritonclient.utils import InferenceServerException

from artrator.kernel.ids import UserId

CREDITS_MICROS, PRICE_MICROS = 1_000_000, 10_000
INFER = "/v2/models/atelier/doubler/infer"
ROW = [[1.0, -2.0, 3.5, 0.25]]
MANIFEST = """\
name: doubler
pipeline: tensor
license: CC0-1.0
graphs: {model: model.onnx}
inputs:
  x: {type: tensor, shape: [N, 4]}
  steps: {type: tensor, shape: [1], dtype: int64}
outputs:
  twice: {type: tensor, shape: [N, 4]}
  steps_more: {type: tensor, shape: [1], dtype: int64}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A live server with real workers, a model of tensors, its digest, and a client who can pay for it."""

    server: LiveServer
    platform: Platform
    buyer: httpx.Client
    buyer_id: UserId
    key: str
    digest: str

    def triton(self, key: str | None = None) -> triton.InferenceServerClient:
        client = triton.InferenceServerClient(self.server.url.removeprefix("http://"))
        client.register_plugin(_ByKey(key or self.key))
        return client

    def money(self) -> tuple[int, int]:
        """What the buyer has spent, and what is held of them."""
        balance = self.server.call(self.platform.wallets.balance(self.buyer_id))
        return CREDITS_MICROS - balance.available - balance.held, balance.held

    def post(self, body: bytes, header_length: object = None) -> httpx.Response:
        headers = (
            {} if header_length is None else {"Inference-Header-Content-Length": str(header_length).encode("latin-1")}
        )
        return self.buyer.post(INFER, content=body, headers={"Content-Type": "application/octet-stream", **headers})


class _ByKey:
    """How Triton's client is made to send a key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any) -> None:
        request.headers["Authorization"] = f"Bearer {self._key}"


def write_doubler(folder: Path) -> Path:
    bundle = folder / "doubler"
    bundle.mkdir(parents=True)
    nodes = [
        helper.make_node("Mul", ["x", "two"], ["twice"]),
        helper.make_node("Add", ["steps", "one"], ["steps_more"]),
    ]
    inputs = [tensor_info("x", ["N", 4]), tensor_info("steps", [1], onnx.TensorProto.INT64)]
    outputs = [tensor_info("twice", ["N", 4]), tensor_info("steps_more", [1], onnx.TensorProto.INT64)]
    weights = [constant("two", [2.0], np.float32), constant("one", [1], np.int64)]
    onnx.save(model(nodes, inputs, outputs, weights), bundle / "model.onnx")
    (bundle / "artrator.yaml").write_text(MANIFEST)
    return bundle


@pytest.fixture
def bench(dsn: str, tmp_path: Path) -> Iterator[Bench]:
    async def open_bench(platform: Platform) -> tuple[str, str, UserId]:
        creator = await platform.make_user("atelier")
        buyer = await platform.make_user("demo", credits_micros=CREDITS_MICROS)
        digest = await platform.publish(creator, write_doubler(tmp_path), price_micros=PRICE_MICROS)
        await platform.publish(creator, write_bundle(tmp_path, "painter"))
        return digest, await platform.key_of(buyer), buyer.id

    with serving_platform(Plan(dsn=dsn, home=tmp_path / "home")) as (server, platform):
        digest, key, buyer_id = server.call(open_bench(platform))
        with server.client(key) as buyer:
            yield Bench(server=server, platform=platform, buyer=buyer, buyer_id=buyer_id, key=key, digest=digest)


def _inputs(*, binary: bool, rows: Any = ROW) -> list[triton.InferInput]:
    values = np.array(rows, np.float32)
    x = triton.InferInput("x", list(values.shape), "FP32")
    x.set_data_from_numpy(values, binary_data=binary)
    steps = triton.InferInput("steps", [1], "INT64")
    steps.set_data_from_numpy(np.array([41], np.int64), binary_data=binary)
    return [x, steps]


def _tensor(good: str = "x", **changes: object) -> dict[str, object]:
    """One good tensor of a request, with changes; None takes a field away."""
    shape, datatype, data = {"x": ([1, 4], "FP32", ROW), "steps": ([1], "INT64", [41])}[good]
    tensor = {"name": good, "shape": shape, "datatype": datatype, "data": data, **changes}
    return {field: value for field, value in tensor.items() if value is not None}


def _json(*tensors: Mapping[str, object], **more: object) -> bytes:
    return json.dumps({"inputs": tensors, **more}).encode()


def test_tritons_client_finds_the_server_and_the_model(bench: Bench) -> None:
    with bench.triton() as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        assert client.is_model_ready("atelier/doubler")
        assert client.is_model_ready("atelier/doubler", bench.digest)
        assert not client.is_model_ready("atelier/nothing")
        assert not client.is_model_ready("atelier/painter"), "a model of pictures is not served here"
        described = client.get_model_metadata("atelier/doubler", bench.digest)
    assert described["versions"] == [bench.digest]
    assert described["inputs"] == [
        {"name": "x", "datatype": "FP32", "shape": [-1, 4]},
        {"name": "steps", "datatype": "INT64", "shape": [1]},
    ]
    assert described["outputs"][0] == {"name": "twice", "datatype": "FP32", "shape": [-1, 4]}


def test_tritons_client_runs_a_model_and_pays_for_it(bench: Bench, subtests: pytest.Subtests) -> None:
    for runs, (sends_binary, wants_binary) in enumerate(product((True, False), repeat=2), start=1):
        with subtests.test(sends_binary=sends_binary, wants_binary=wants_binary):
            wanted = [triton.InferRequestedOutput(name, binary_data=wants_binary) for name in ("steps_more", "twice")]
            with bench.triton() as client:
                result = client.infer(
                    "atelier/doubler", _inputs(binary=sends_binary), outputs=wanted, request_id="mine"
                )
            assert result.as_numpy("twice").tolist() == [[2.0, -4.0, 7.0, 0.5]]
            assert result.as_numpy("twice").dtype == np.float32
            assert result.as_numpy("steps_more").tolist() == [42]
            reply = result.get_response()
            assert (reply["id"], reply["model_name"], reply["model_version"]) == (
                "mine",
                "atelier/doubler",
                bench.digest,
            )
            assert [each["name"] for each in reply["outputs"]] == ["steps_more", "twice"]
            assert bench.money() == (runs * PRICE_MICROS, 0)
            row = bench.buyer.get(f"/v1/predictions/{reply['parameters']['prediction']}").json()
            assert (row["status"], row["output"]["twice"]["shape"]) == ("succeeded", [1, 4])


def test_several_rows_and_a_version_are_run(bench: Bench) -> None:
    rows = np.arange(400, dtype=np.float32).reshape(100, 4)
    with bench.triton() as client:
        result = client.infer("atelier/doubler", _inputs(binary=True, rows=rows), model_version=bench.digest)
    np.testing.assert_array_equal(result.as_numpy("twice"), rows * 2)


def test_a_stranger_and_a_poor_caller_are_refused_in_words_that_tritons_client_reads(bench: Bench) -> None:
    with bench.triton("art_aaaaaaaa_" + "a" * 43) as stranger, pytest.raises(InferenceServerException) as refused:
        stranger.infer("atelier/doubler", _inputs(binary=True))
    assert (refused.value.status(), "key" in refused.value.message()) == ("401", True)
    with bench.server.client() as nobody:
        assert nobody.post(INFER, content=b"{}").status_code == 401

    async def poor_key() -> str:
        return await bench.platform.key_of(await bench.platform.make_user("poor"))

    with bench.triton(bench.server.call(poor_key())) as poor, pytest.raises(InferenceServerException) as unpaid:
        poor.infer("atelier/doubler", _inputs(binary=True))
    assert unpaid.value.status() == "402"


def test_a_repeated_key_runs_nothing_again(bench: Bench) -> None:
    body = _json(_tensor(), _tensor("steps"))
    once, again = (bench.buyer.post(INFER, content=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert once.status_code == 200
    assert (again.status_code, again.json()["code"]) == (409, "output_not_kept")
    other = _json(_tensor(data=[[9, 9, 9, 9]]), _tensor("steps"))
    assert bench.buyer.post(INFER, content=other, headers={"Idempotency-Key": "k"}).status_code == 409
    assert bench.money() == (PRICE_MICROS, 0)


WRONG_TENSORS: Sequence[tuple[Mapping[str, object], str]] = [
    (_tensor(data=[[1, 2, 3, float("inf")]]), "json_malformed"),
    (_tensor(data=[[1, 2, 3, 1e39]]), "tensor_dtype_wrong"),
    (_tensor(data=[["1", "2", "3", "4"]]), "tensor_malformed"),
    (_tensor(data=[[True, True, False, True]]), "tensor_malformed"),
    (_tensor(data=[[1, 2, 3, None]]), "tensor_malformed"),
    (_tensor(data=[[1, 2], [3, 4, 5]]), "tensor_malformed"),
    (_tensor(data=[1, 2, 3]), "tensor_malformed"),
    (_tensor(data=[]), "tensor_malformed"),
    (_tensor(data=None), "tensor_malformed"),
    (_tensor(data="AAAA"), "request_malformed"),
    (_tensor(datatype="FP64"), "tensor_dtype_wrong"),
    (_tensor(datatype="BYTES"), "tensor_dtype_wrong"),
    (_tensor(datatype=7), "request_malformed"),
    (_tensor(shape=[4]), "tensor_shape_wrong"),
    (_tensor(shape=[1, 1, 4]), "tensor_shape_wrong"),
    (_tensor(shape=[1, 5]), "tensor_shape_wrong"),
    (_tensor(shape=[0, 4]), "tensor_shape_wrong"),
    (_tensor(shape=[-1, 4]), "request_malformed"),
    (_tensor(shape=[-1, -4]), "request_malformed"),
    (_tensor(shape=[10**9, 4]), "tensor_malformed"),
    (_tensor(shape=[2**62, 2**62]), "request_malformed"),
    (_tensor(shape=[1.5, 4]), "request_malformed"),
    (_tensor(shape=[1] * 40), "request_malformed"),
    (_tensor(name="y"), "input_unknown"),
    (_tensor(name="steps", shape=[1, 4], data=[[1, 2, 3, 4]]), "request_malformed"),
    (_tensor(parameters={"binary_data_size": 16}, data=None), "tensor_malformed"),
    (_tensor(parameters={"binary_data_size": -16}, data=None), "request_malformed"),
    (_tensor(parameters={"binary_data_size": 0}), "tensor_malformed"),
]


def test_a_tensor_that_is_not_what_it_says_is_refused_and_costs_nothing(
    bench: Bench, subtests: pytest.Subtests
) -> None:
    for tensor, code in WRONG_TENSORS:
        with subtests.test(tensor=tensor):
            reply = bench.post(_json(tensor, _tensor("steps")))
            assert 400 <= reply.status_code < 500
            assert reply.json()["code"] == code
            assert reply.json()["error"] == reply.json()["detail"]
    assert bench.money() == (0, 0)


def _binary(x_size: object, raw: bytes, *, shape: object = (1, 4), steps: Mapping[str, object] | None = None) -> bytes:
    head = {"shape": shape, "data": None, "parameters": {"binary_data_size": x_size}}
    return _json(_tensor(**head), steps or _tensor("steps")) + raw


LIES: Sequence[tuple[bytes, int, Sequence[int], str]] = [
    (b"", 16, [1, 4], "tensor_malformed"),
    (b"\0" * 15, 16, [1, 4], "tensor_malformed"),
    (b"\0" * 15, 15, [1, 4], "tensor_malformed"),
    (b"\0" * 17, 16, [1, 4], "request_malformed"),
    (b"\0" * 16, 10**12, [1, 4], "tensor_malformed"),
    (b"\0" * 16, 2**70, [1, 4], "request_malformed"),
    (b"\0" * 16, 4 * 10**9, [10**9, 4], "tensor_malformed"),
    (b"\0" * 16, 16, [10**9, 4], "tensor_malformed"),
    (b"\0" * 32, 32, [1, 4], "tensor_malformed"),
    (np.array([1, np.nan, 3, 4], np.float32).tobytes(), 16, [1, 4], "tensor_not_finite"),
    (np.array([1, np.inf, 3, 4], np.float32).tobytes(), 16, [1, 4], "tensor_not_finite"),
]


def test_a_binary_length_that_lies_is_refused_and_costs_nothing(bench: Bench, subtests: pytest.Subtests) -> None:
    for raw, size, shape, code in LIES:
        with subtests.test(code=code, size=size, shape=shape):
            body = _binary(size, raw, shape=shape)
            reply = bench.post(body, len(body) - len(raw))
            assert (400 <= reply.status_code < 500, reply.json()["code"]) == (True, code)
    assert bench.money() == (0, 0)


def test_a_header_length_that_lies_is_refused(bench: Bench, subtests: pytest.Subtests) -> None:
    for length in ["-1", "x", "99999", "99999999999999999999", "1e3", "\u00b2", ""]:
        with subtests.test(length=length):
            reply = bench.post(_json(_tensor(), _tensor("steps")), length)
            assert 400 <= reply.status_code < 500


def test_a_header_length_within_the_json_is_refused(bench: Bench) -> None:
    body = _json(_tensor(), _tensor("steps"))
    reply = bench.post(body, len(body) - 10)
    assert (reply.status_code, reply.json()["code"]) == (400, "json_malformed")


NONSENSE: Sequence[bytes] = [
    b"",
    b"{",
    b"[]",
    b"{}",
    b'{"inputs": {}}',
    b'{"inputs": []}',
    b'{"inputs": [{}]}',
    b"\xff\xfe\x00",
    b'{"inputs": ' + b"[" * 100_000,
    _json(_tensor()),
    _json(_tensor(), _tensor(), _tensor("steps")),
    _json(*[_tensor()] * 1000),
    _json(_tensor(), _tensor("steps"), outputs=[{"name": "thrice"}]),
    _json(_tensor(), _tensor("steps"), outputs=[{"name": "twice"}] * 1000),
    _json(_tensor(), _tensor("steps"), parameters=7),
    _json(_tensor(), _tensor("steps"), id="i" * 500),
]


def test_a_request_that_makes_no_sense_is_refused(bench: Bench, subtests: pytest.Subtests) -> None:
    for body in NONSENSE:
        with subtests.test(body=body[:80]):
            reply = bench.post(body)
            assert 400 <= reply.status_code < 500
            assert reply.headers["content-type"] == "application/problem+json"
    assert bench.money() == (0, 0)


def test_a_packed_body_is_refused(bench: Bench) -> None:
    reply = bench.buyer.post(INFER, content=b"{}", headers={"Content-Encoding": "gzip"})
    assert (reply.status_code, reply.json()["code"]) == (415, "content_type_unsupported")


def test_other_models_are_run_elsewhere(bench: Bench) -> None:
    reply = bench.buyer.post("/v2/models/atelier/painter/infer", content=_json(_tensor()))
    assert (reply.status_code, reply.json()["code"]) == (409, "model_not_of_tensors")
    assert bench.buyer.post("/v2/models/atelier/nothing/infer", content=_json(_tensor())).status_code == 404
    missing = bench.buyer.post(f"/v2/models/atelier/doubler/versions/{'0' * 64}/infer", content=_json(_tensor()))
    assert missing.status_code == 404
