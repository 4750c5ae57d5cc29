"""Rehearsal: the version is loaded and run in a disposable sandbox, within time and memory; a crash is a verdict."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Mapping

from artrator.bundle.config import PictureConfig, Pipeline
from artrator.bundle.manifest import Manifest
from artrator.engine.examination.examine import OutputStatistics, Rehearsal
from artrator.engine.fleet import InputValue
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.verification.case import Case
from artrator.verification.finding import Finding, Measured, failed, passed, skipped, warned
from artrator.verification.rehearsal_inputs import rehearsal_inputs
from artrator.verification.remark import Remark, in_one_line, remark, remark_of
from artrator.verification.settings import VerificationSettings

NAME = "rehearse"
NEARLY_CONSTANT = 1e-6
"""Standard deviation below which an output carries no picture."""
OUTSIDE_SHARE = 0.25
"""How far beyond the declared range values may lie; a little is clipped and nobody sees it."""


async def check(case: Case) -> Finding:
    """Load and run the version, unless an earlier check says that it is dangerous to."""
    if case.has_failed:
        return skipped(NAME, remark("not_rehearsed", "Not loaded, because an earlier check failed."))
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
            remark("rehearsal_failed", error.message),
            "Run the graph with ONNX Runtime on your own machine within the limits, put it right and publish again.",
            details=[remark_of(error)],
            wall_clock_s=case.settings.rehearsal_wall_clock_s,
            memory_bytes=case.settings.rehearsal_memory_bytes,
        )
    return judge_rehearsal(rehearsal, case.manifest, case.settings)


async def _inputs(case: Case) -> list[Mapping[str, InputValue]] | Finding:
    facts = await case.facts()
    specs = {} if case.manifest.lora is not None else {spec.name: spec for spec in facts[case.manifest.graph].inputs}
    try:
        return await asyncio.to_thread(rehearsal_inputs, case.manifest, case.folder, specs)
    except ArtratorError as error:
        said = remark("rehearsal_input_missing", error.message)
        advice = "Add an example to artrator.yaml that gives every required input."
        return failed(NAME, said, advice, details=[remark_of(error)])


def judge_rehearsal(rehearsal: Rehearsal, manifest: Manifest, settings: VerificationSettings) -> Finding:
    """Turn what was measured into a verdict."""
    measured = _measured(rehearsal)
    broken = next((each for each in rehearsal.output_statistics if each.non_finite), None)
    if broken is not None:
        text = f"The output {broken.name!r} holds {broken.non_finite:,} values that are not finite."
        return failed(
            NAME,
            remark("output_not_finite", text, name=broken.name, count=broken.non_finite),
            "Look for divisions by zero and overflows; float16 graphs overflow above 65,504.",
            details=(),
            **measured,
        )
    notes = [*_notes(rehearsal, settings), *_range_notes(rehearsal, manifest)]
    if notes:
        said = remark("rehearsed_with_notes", f"It runs, but {in_one_line(notes)}.")
        return warned(NAME, said, "Buyers see this; consider a new version.", details=notes, **measured)
    text = f"It loads in {rehearsal.load_s:.2f} s and runs in {_median(rehearsal):.3f} s."
    said = remark("rehearsed", text, load_s=round(rehearsal.load_s, 4), run_s=round(_median(rehearsal), 5))
    return passed(NAME, said, **measured)


def _notes(rehearsal: Rehearsal, settings: VerificationSettings) -> Iterator[Remark]:
    for each in filter(_is_constant, rehearsal.output_statistics):
        text = f"the output {each.name!r} is the same everywhere ({each.minimum})"
        yield remark("output_constant", text, name=each.name, value=each.minimum)
    if not rehearsal.deterministic:
        yield remark("not_deterministic", "the same seed does not give the same output twice")
    if _median(rehearsal) > settings.slow_run_s:
        yield remark("slow_run", f"a run takes {_median(rehearsal):.1f} s", run_s=round(_median(rehearsal), 5))


def _range_notes(rehearsal: Rehearsal, manifest: Manifest) -> list[Remark]:
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
    declared = f"{black:g} to {white:g}"
    if output.minimum < black - slack or output.maximum > white + slack:
        text = f"its values lie in {output.minimum:.2g} to {output.maximum:.2g}, outside of {declared}"
        least, most = float(f"{output.minimum:.2g}"), float(f"{output.maximum:.2g}")
        return [remark("output_outside_range", text, least=least, most=most, black=black, white=white)]
    if output.minimum >= (black + white) / 2:
        text = f"its values lie in the lighter half of {declared} alone, so image_range may be wrong"
        return [remark("output_lighter_half", text, black=black, white=white)]
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
