"""Rehearsal: the version is loaded and run in a disposable sandbox, within time and memory; a crash is a verdict."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping

from artrator.bundle.config import PictureConfig, Pipeline
from artrator.bundle.manifest import Manifest
from artrator.engine.examine import OutputStatistics, Rehearsal
from artrator.engine.fleet import InputValue
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.verification.case import Case
from artrator.verification.finding import Finding, Measured, failed, passed, skipped, warned
from artrator.verification.rehearsal_inputs import rehearsal_inputs
from artrator.verification.settings import VerificationSettings

NAME = "rehearse"
NEARLY_CONSTANT = 1e-6
"""Standard deviation below which an output carries no picture."""
OUTSIDE_SHARE = 0.25
"""How far beyond the declared range values may lie; a little is clipped and nobody sees it."""


async def check(case: Case) -> Finding:
    """Load and run the version, unless an earlier check says that it is dangerous to."""
    if case.has_failed:
        return skipped(NAME, "Not loaded, because an earlier check failed.")
    inputs = await _inputs(case)
    if isinstance(inputs, Finding):
        return inputs
    try:
        rehearsal = await case.examiner.rehearse(
            case.bundle,
            inputs,
            wall_clock_s=case.settings.rehearsal_wall_clock_s,
            memory_bytes=case.settings.rehearsal_memory_bytes,
            runs=case.settings.rehearsal_runs,
        )
    except Unavailable:
        raise
    except ArtratorError as error:
        return failed(
            NAME,
            error.message,
            "Run the graph with ONNX Runtime on your own machine within the limits, put it right and publish again.",
            code=error.code,
            wall_clock_s=case.settings.rehearsal_wall_clock_s,
            memory_bytes=case.settings.rehearsal_memory_bytes,
        )
    return judge_rehearsal(rehearsal, case.manifest, case.settings)


async def _inputs(case: Case) -> list[Mapping[str, InputValue]] | Finding:
    facts = await case.facts()
    try:
        return await asyncio.to_thread(
            rehearsal_inputs,
            case.manifest,
            case.folder,
            {spec.name: spec for spec in facts[case.manifest.graph].inputs},
        )
    except ArtratorError as error:
        return failed(NAME, error.message, "Add an example to artrator.yaml that gives every required input.")


def judge_rehearsal(rehearsal: Rehearsal, manifest: Manifest, settings: VerificationSettings) -> Finding:
    """Turn what was measured into a verdict."""
    measured = _measured(rehearsal)
    broken = next((each for each in rehearsal.output_statistics if each.non_finite), None)
    if broken is not None:
        return failed(
            NAME,
            f"The output {broken.name!r} holds {broken.non_finite:,} values that are not finite.",
            "Look for divisions by zero and overflows; float16 graphs overflow above 65,504.",
            **measured,
        )
    notes = [*_notes(rehearsal, settings), *_range_notes(rehearsal, manifest)]
    if notes:
        return warned(NAME, f"It runs, but {'; '.join(notes)}.", "Buyers see this; consider a new version.", **measured)
    reason = f"It loads in {rehearsal.load_s:.2f} s and runs in {_median(rehearsal):.3f} s."
    return passed(NAME, reason, **measured)


def _notes(rehearsal: Rehearsal, settings: VerificationSettings) -> list[str]:
    notes = [
        f"the output {each.name!r} is the same everywhere ({each.minimum})"
        for each in rehearsal.output_statistics
        if _is_constant(each)
    ]
    if not rehearsal.deterministic:
        notes.append("the same seed does not give the same output twice")
    if _median(rehearsal) > settings.slow_run_s:
        notes.append(f"a run takes {_median(rehearsal):.1f} s")
    return notes


def _range_notes(rehearsal: Rehearsal, manifest: Manifest) -> list[str]:
    """Compare the pictures' values, as the graph gives them, with the declared range."""
    settings = manifest.settings()
    if manifest.pipeline not in (Pipeline.LATENT_TO_IMAGE, Pipeline.IMAGE_TO_IMAGE):
        return []
    if not isinstance(settings, PictureConfig) or not rehearsal.output_statistics:
        return []
    output, (black, white) = rehearsal.output_statistics[0], settings.image_range
    if output.minimum is None or output.maximum is None:
        return []
    slack = OUTSIDE_SHARE * (white - black)
    if output.minimum < black - slack or output.maximum > white + slack:
        return [f"its values lie in {output.minimum:.2g} to {output.maximum:.2g}, outside of {black:g} to {white:g}"]
    if output.minimum >= (black + white) / 2:
        return [f"its values lie in the lighter half of {black:g} to {white:g} alone, so image_range may be wrong"]
    return []


def _is_constant(output: OutputStatistics) -> bool:
    return len(output.shape) > 1 and output.deviation is not None and output.deviation < NEARLY_CONSTANT


def _median(rehearsal: Rehearsal) -> float:
    return statistics.median(rehearsal.latencies_s) if rehearsal.latencies_s else 0.0


def _measured(rehearsal: Rehearsal) -> dict[str, Measured]:
    outputs: dict[str, Measured] = {
        each.name: {
            "dtype": each.dtype,
            "shape": list(each.shape),
            "minimum": each.minimum,
            "maximum": each.maximum,
            "mean": each.mean,
            "deviation": each.deviation,
            "non_finite": each.non_finite,
        }
        for each in rehearsal.output_statistics
    }
    return {
        "load_s": round(rehearsal.load_s, 4),
        "p50_latency_s": round(_median(rehearsal), 5),
        "latencies_s": [round(each, 5) for each in rehearsal.latencies_s],
        "peak_memory_bytes": rehearsal.peak_memory_bytes,
        "deterministic": rehearsal.deterministic,
        "batchable": rehearsal.batchable,
        "outputs": outputs,
    }
