"""LoRAs by strangers against a base: names of every trainer, shapes, ranks, and what is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.bundle.weights_files import write

from artrator.bundle.adaptable import AdaptableWeight, Reach, WeightKind
from artrator.bundle.lora import Lora, open_lora
from artrator.bundle.lora_names import LoraName, Part, read_lora_name
from artrator.kernel.errors import ArtratorError

TO_Q = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
FLAT = TO_Q.replace(".", "_")
CONV = "down_blocks.0.resnets.0.conv1"


def weight(module: str, **more: object) -> AdaptableWeight:
    known = {"kind": WeightKind.LINEAR, "dtype": "float32", "inputs": 4, "outputs": 6}
    return AdaptableWeight(module=module, **(known | more))  # type: ignore[arg-type]


UNET = {
    TO_Q: weight(TO_Q),
    CONV: weight(CONV, kind=WeightKind.CONV, kernel=(3, 3)),
    "conv_in": weight("conv_in", kind=WeightKind.CONV),
}
TEXT = {"text_model.encoder.layers.0.self_attn.q_proj": weight("text_model.encoder.layers.0.self_attn.q_proj")}
BASE = {"unet": UNET, "text_encoder": TEXT}


def factors(rank: int = 2, inputs: int = 4, outputs: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return (
        rng.standard_normal((rank, inputs)).astype(np.float32),
        rng.standard_normal((outputs, rank)).astype(np.float32),
    )


def kohya(down: np.ndarray, up: np.ndarray, **more: np.ndarray) -> dict[str, np.ndarray]:
    return {f"lora_unet_{FLAT}.lora_down.weight": down, f"lora_unet_{FLAT}.lora_up.weight": up, **more}


def opened(folder: Path, tensors: Mapping[str, np.ndarray], *, alpha: float | None = None, **more: str) -> Lora:
    write(folder / "l.safetensors", tensors, more or None)
    return open_lora(folder, "l.safetensors", BASE, alpha=alpha)


def refusal(folder: Path, tensors: Mapping[str, np.ndarray], **more: str) -> ArtratorError:
    with pytest.raises(ArtratorError) as refused:
        lora = opened(folder, tensors, **more)
        for module in lora.modules:
            lora.factors(module)
    return refused.value


@pytest.mark.parametrize(
    ("down", "up"),
    [
        (f"lora_unet_{FLAT}.lora_down.weight", f"lora_unet_{FLAT}.lora_up.weight"),
        (f"unet.{TO_Q}.lora_A.weight", f"unet.{TO_Q}.lora_B.weight"),
        (f"unet.{TO_Q}.lora_A.default.weight", f"unet.{TO_Q}.lora_B.default.weight"),
        (f"unet.{TO_Q}.lora.down.weight", f"unet.{TO_Q}.lora.up.weight"),
        (f"base_model.model.{TO_Q}.lora_A.weight", f"base_model.model.{TO_Q}.lora_B.weight"),
        (
            f"unet.{TO_Q.removesuffix('.to_q')}.processor.to_q_lora.down.weight",
            f"unet.{TO_Q.removesuffix('.to_q')}.processor.to_q_lora.up.weight",
        ),
    ],
)
def test_the_names_of_every_trainer_mean_the_same_weight(tmp_path: Path, down: str, up: str) -> None:
    narrow, wide = factors()
    lora = opened(tmp_path, {down: narrow, up: wide})
    (module,) = lora.modules
    assert (module.role, module.weight.module, module.rank, module.scale) == ("unet", TO_Q, 2, 1.0)
    given_down, given_up = lora.factors(module)
    np.testing.assert_allclose(given_down @ given_up, (wide @ narrow).T, rtol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight",
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight",
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight",
        "text_encoder.encoder.layers.0.self_attn.q_proj.lora_A.weight",
    ],
)
def test_a_text_encoder_is_found_with_and_without_its_wrapper(tmp_path: Path, name: str) -> None:
    down, up = factors()
    other = name.replace("down", "up").replace("lora_A", "lora_B")
    (module,) = opened(tmp_path, {name: down, other: up}).modules
    assert (module.role, module.weight) == ("text_encoder", next(iter(TEXT.values())))


def test_the_second_text_encoder_has_a_role_of_its_own() -> None:
    assert read_lora_name("lora_te2_text_projection.alpha") == LoraName("text_encoder_2", "text_projection", Part.ALPHA)


def test_a_module_that_an_export_wrapped_around_the_model_is_looked_through(tmp_path: Path) -> None:
    down, up = factors()
    write(tmp_path / "l.safetensors", kohya(down, up))
    base = {"unet": {f"model.{name}": weight(f"model.{name}") for name in (TO_Q, "conv_out")}}
    (module,) = open_lora(tmp_path, "l.safetensors", base).modules
    assert module.weight.module == f"model.{TO_Q}"


def test_alpha_counts_by_rank_and_stands_beside_or_in_the_metadata_or_is_given(tmp_path: Path) -> None:
    down, up = factors()
    beside = opened(tmp_path, kohya(down, up, **{f"lora_unet_{FLAT}.alpha": np.array(3.0, np.float32)}))
    noted = opened(tmp_path, kohya(down, up), lora_adapter_metadata='{"unet.lora_alpha": 3, "unet.r": 2}')
    told = opened(tmp_path, kohya(down, up), alpha=3.0)
    assert [each.modules[0].scale for each in (beside, noted, told)] == [1.5, 1.5, 1.5]


def test_a_convolution_needs_a_base_that_is_open_further(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    flat, conv = "lora_unet_conv_in", "lora_unet_" + CONV.replace(".", "_")
    wide = {
        f"{conv}.lora_down.weight": rng.standard_normal((2, 4, 3, 3)).astype(np.float16),
        f"{conv}.lora_up.weight": rng.standard_normal((6, 2, 1, 1)).astype(np.float16),
    }
    pointwise = {f"{flat}.lora_down.weight": factors()[0], f"{flat}.lora_up.weight": factors()[1]}
    reaches = [opened(tmp_path, each).reach for each in (kohya(*factors()), pointwise, wide)]
    assert reaches == [Reach.LINEAR, Reach.POINTWISE, Reach.ALL]
    lora = opened(tmp_path, wide)
    down, up = lora.factors(lora.modules[0])
    assert (down.dtype, down.shape, up.shape) == (np.float32, (2, 4, 3, 3), (6, 2, 1, 1))
    assert lora.size_bytes == down.nbytes + up.nbytes


def test_what_is_no_lora_for_this_base_is_refused_by_name(tmp_path: Path) -> None:
    down, up = factors()
    unknown = {name.replace("to_q", "to_z"): each for name, each in kohya(down, up).items()}
    hidden = down.copy()
    hidden[0, 0] = np.nan
    large = {f"lora_unet_{FLAT}.alpha": np.array(1e30, np.float32)}
    short = {f"lora_unet_{FLAT}.alpha": np.array([1.0, 2.0], np.float32)}
    cases = {
        "lora_module_unknown": unknown,
        "lora_shape_mismatch": kohya(*factors(inputs=5)),
        "lora_rank_unsupported": kohya(np.zeros((0, 4), np.float32), np.zeros((6, 0), np.float32)),
        "lora_not_finite": kohya(hidden, up),
        "lora_kind_unsupported": kohya(down, up, **{f"lora_unet_{FLAT}.dora_scale": up}),
    }
    assert {refusal(tmp_path, tensors).code for tensors in cases.values()} == set(cases)
    for malformed in (
        {"something.weight": down},
        {},
        {f"lora_unet_{FLAT}.lora_down.weight": down},
        kohya(down, up, **large),
        kohya(down, up, **short),
        kohya(down, up, **{f"unet.{TO_Q}.lora_A.weight": down}),
    ):
        assert refusal(tmp_path, malformed).code == "lora_malformed"
    assert refusal(tmp_path, kohya(*factors(outputs=7))).code == "lora_shape_mismatch"
    assert refusal(tmp_path, kohya(np.zeros((1025, 4), np.float32), np.zeros((6, 1025), np.float32))).code == (
        "lora_rank_unsupported"
    )


def test_settings_that_change_what_factors_mean_are_refused(tmp_path: Path) -> None:
    told = '{"unet.lora_alpha": 3, "unet.use_rslora": true}'
    assert refusal(tmp_path, kohya(*factors()), lora_adapter_metadata=told).code == "lora_kind_unsupported"
    assert refusal(tmp_path, kohya(*factors()), lora_adapter_metadata="[").code == "lora_malformed"


def test_values_too_large_for_a_base_of_half_precision_are_refused(tmp_path: Path) -> None:
    down, up = factors()
    write(tmp_path / "l.safetensors", kohya(down, up * 1e5))
    lora = open_lora(tmp_path, "l.safetensors", {"unet": {TO_Q: weight(TO_Q, dtype="float16")}})
    with pytest.raises(ArtratorError, match="too large for float16"):
        lora.factors(lora.modules[0])


def test_a_base_that_keeps_no_names_is_told_from_a_lora_for_another_base(tmp_path: Path) -> None:
    write(tmp_path / "l.safetensors", kohya(*factors()))
    with pytest.raises(ArtratorError) as refused:
        open_lora(tmp_path, "l.safetensors", {"unet": {}, "text_encoder": {}})
    assert refused.value.code == "base_not_adaptable"
