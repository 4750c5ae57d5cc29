"""What each check says of facts, licences and measurements, without a graph being loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.bundle import graphs

from artrator.bundle.detect import detect
from artrator.bundle.facts import GraphFacts
from artrator.bundle.manifest import Manifest, read_manifest, write_manifest
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.engine.examination.examine import OutputStatistics, Rehearsal
from artrator.verification.checks.licence import judge_licence
from artrator.verification.checks.operators import operator_faults
from artrator.verification.checks.rehearse import judge_rehearsal
from artrator.verification.checks.signature import judge_signature
from artrator.verification.finding import Verdict
from artrator.verification.settings import VerificationSettings

MAKERS = {
    "latent-to-image": graphs.latent_to_image,
    "image-to-image": graphs.image_to_image,
    "image-to-label": graphs.image_to_scores,
    "tensor": graphs.tensors,
}


def detected(pipeline: str, folder: Path) -> tuple[Manifest, GraphFacts]:
    facts = read_graph_facts(graphs.save(MAKERS[pipeline](), folder))
    return detect({"model.onnx": facts}, name="a", license="MIT"), facts


@pytest.mark.parametrize("pipeline", MAKERS)
def test_what_was_detected_fits_its_graph(pipeline: str, tmp_path: Path) -> None:
    assert judge_signature(*detected(pipeline, tmp_path)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("pipeline", "old", "new", "reason"),
    [
        ("latent-to-image", "seed: {type: seed,", "seed: {type: integer,", "`seed` of type seed"),
        ("latent-to-image", "image: {type: image}", "image: {type: video}", "one of type image"),
        ("image-to-image", "image: {type: image, desc", "image: {type: file, desc", "exactly one of type image"),
        ("image-to-label", "- class 4", "- class 4\n    - class 5", "gives 5 scores, but config.labels names 6"),
        ("image-to-label", "{type: label}", "{type: text}", "must be of type label"),
        ("tensor", "  left:", "  port:", "no input 'left'"),
        ("tensor", "  total:", "  sum:\n    type: json\n  total:", "no output 'sum'"),
    ],
)
def test_a_manifest_that_does_not_fit_its_graph_fails(
    pipeline: str, old: str, new: str, reason: str, tmp_path: Path
) -> None:
    manifest, facts = detected(pipeline, tmp_path)
    text = write_manifest(manifest).replace(
        "[class 0, class 1, class 2, class 3, class 4]",
        "\n    - class 0\n    - class 1\n    - class 2\n    - class 3\n    - class 4",
    )
    assert old in text, text
    finding = judge_signature(read_manifest(text.replace(old, new, 1)), facts)
    assert finding.verdict is Verdict.FAILED
    assert reason in finding.reason


def test_truncation_must_be_a_number(tmp_path: Path) -> None:
    manifest, facts = detected("latent-to-image", tmp_path)
    inputs = {**manifest.inputs, "truncation": manifest.inputs["seed"]}
    finding = judge_signature(manifest.model_copy(update={"inputs": inputs}), facts)
    assert finding.verdict is Verdict.FAILED
    assert "`truncation` must be of type number" in finding.reason


def test_a_fixed_batch_of_one_is_only_warned_of(tmp_path: Path) -> None:
    manifest, facts = detected("latent-to-image", tmp_path)
    fixed = replace(facts, inputs=tuple(replace(spec, dims=(1, *spec.dims[1:])) for spec in facts.inputs))
    assert judge_signature(manifest, fixed).verdict is Verdict.WARNED


def test_an_input_that_does_nothing_is_warned_of(tmp_path: Path) -> None:
    manifest, facts = detected("latent-to-image", tmp_path)
    text = write_manifest(manifest).replace("outputs:", "  mood: {type: number, default: 1.0}\noutputs:")
    finding = judge_signature(read_manifest(text), facts)
    assert finding.verdict is Verdict.WARNED
    assert "`mood` does nothing" in finding.reason


@pytest.mark.parametrize(
    ("declared", "verdict"),
    [
        ("MIT", Verdict.PASSED),
        ("CC-BY-4.0", Verdict.PASSED),
        ("Apache-2.0 OR MIT", Verdict.PASSED),
        ("CC-BY-NC-4.0", Verdict.WARNED),
        ("Free-For-All", Verdict.FAILED),
        ("MIT AND", Verdict.FAILED),
        ("LicenseRef-mine", Verdict.FAILED),
    ],
)
def test_a_licence_is_looked_up(declared: str, verdict: Verdict, tmp_path: Path) -> None:
    manifest, _ = detected("tensor", tmp_path)
    assert judge_licence(manifest.model_copy(update={"license": declared}), tmp_path).verdict is verdict


def test_a_licence_of_ones_own_passes_with_its_text(tmp_path: Path) -> None:
    manifest, _ = detected("tensor", tmp_path)
    mine = manifest.model_copy(update={"license": "LicenseRef-mine", "license_file": "LICENCE.txt"})
    assert judge_licence(mine, tmp_path).verdict is Verdict.FAILED
    (tmp_path / "LICENCE.txt").write_text("Be kind.")
    assert judge_licence(mine, tmp_path).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ir_version": 99}, "IR version"),
        ({"opsets": {"ai.onnx": 30}}, "opset 30"),
        ({"opsets": {}}, "opset 0"),
        ({"operators": {"com.evil:Add": 1}}, "com.evil"),
        ({"operators": {"com.microsoft:EPContext": 1}}, "com.microsoft"),
    ],
)
def test_what_the_runtime_does_not_know_is_not_allowed(change: dict[str, object], fault: str, tmp_path: Path) -> None:
    _, facts = detected("tensor", tmp_path)
    assert not list(operator_faults(facts, "model.onnx"))
    assert fault in next(operator_faults(replace(facts, **change), "model.onnx")).text


def statistics_of(**changes: object) -> OutputStatistics:
    honest = OutputStatistics(
        name="total", dtype="float32", shape=(1, 4), minimum=-1.0, maximum=1.0, mean=0.0, deviation=0.5, non_finite=0
    )
    return replace(honest, **changes)


def rehearsal_of(output: OutputStatistics, **changes: object) -> Rehearsal:
    honest = Rehearsal(
        load_s=0.1,
        latencies_s=(0.01, 0.02, 0.03),
        peak_memory_bytes=1000,
        output_statistics=(output,),
        deterministic=True,
        batchable=True,
        sample={},
    )
    return replace(honest, **changes)


@pytest.mark.parametrize(
    ("rehearsal", "verdict", "reason"),
    [
        (rehearsal_of(statistics_of()), Verdict.PASSED, "0.020"),
        (rehearsal_of(statistics_of(non_finite=3)), Verdict.FAILED, "3 values"),
        (rehearsal_of(statistics_of(deviation=0.0)), Verdict.WARNED, "the same everywhere"),
        (rehearsal_of(statistics_of(), deterministic=False), Verdict.WARNED, "same seed"),
        (rehearsal_of(statistics_of(), latencies_s=(99.0,)), Verdict.WARNED, "99.0 s"),
    ],
)
def test_a_rehearsal_is_judged_by_what_was_measured(
    rehearsal: Rehearsal, verdict: Verdict, reason: str, tmp_path: Path
) -> None:
    manifest, _ = detected("tensor", tmp_path)
    finding = judge_rehearsal(rehearsal, manifest, VerificationSettings())
    assert finding.verdict is verdict
    assert reason in finding.reason
    assert finding.measured["peak_memory_bytes"] == 1000


@pytest.mark.parametrize(
    ("minimum", "maximum", "reason"), [(-1.0, 1.0, ""), (-1.0, 9.0, "outside"), (0.1, 0.9, "image_range may be wrong")]
)
def test_pictures_outside_their_declared_range_are_warned_of(
    minimum: float, maximum: float, reason: str, tmp_path: Path
) -> None:
    manifest, _ = detected("latent-to-image", tmp_path)
    rehearsal = rehearsal_of(statistics_of(minimum=minimum, maximum=maximum))
    finding = judge_rehearsal(rehearsal, manifest, VerificationSettings())
    assert finding.verdict is (Verdict.WARNED if reason else Verdict.PASSED)
    assert reason in finding.reason
