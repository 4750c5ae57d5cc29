"""Structure: every named file is there, nothing is hidden among them that runs, and every graph can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from artrator.bundle.digest import bundle_files
from artrator.bundle.facts import LoraFacts
from artrator.bundle.manifest import Manifest, example_files
from artrator.bundle.paths import file_fault
from artrator.kernel.errors import ArtratorError
from artrator.verification.case import Case, GraphUnreadable
from artrator.verification.finding import Finding, failed, passed
from artrator.verification.remark import Remark, remark, remark_of

NAME = "structure"
ABOUT_FIT = frozenset({"base_not_adaptable", "lora_module_unknown", "lora_shape_mismatch"})
"""Codes of what is wrong between a LoRA and its base."""
NOT_FINITE = "lora_not_finite"
_CODE_SUFFIXES = frozenset(
    [
        ".py",
        ".pyc",
        ".pyd",
        ".so",
        ".dll",
        ".dylib",
        ".exe",
        ".bat",
        ".cmd",
        ".ps1",
        ".sh",
        ".js",
        ".jar",
        ".class",
        ".wasm",
        ".pkl",
        ".pickle",
        ".pt",
        ".pth",
        ".ckpt",
        ".joblib",
        ".dill",
        ".h5",
        ".keras",
        ".pb",
        ".lua",
        ".rb",
        ".pl",
    ]
)
_CODE_BEGINS = {
    b"\x7fELF": "a Linux program",
    b"MZ": "a Windows program",
    b"\xcf\xfa\xed\xfe": "a macOS program",
    b"\xce\xfa\xed\xfe": "a macOS program",
    b"\xca\xfe\xba\xbe": "a macOS or Java program",
    b"\x00asm": "a WebAssembly program",
    b"#!": "a script",
    b"PK\x03\x04": "an archive",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
}
_WEIGHT_SUFFIXES = frozenset((".onnx", ".data", ".bin", ".onnx_data", ".safetensors", ".weights"))
"""Raw numbers may begin with any bytes, so their beginnings say nothing."""


async def check(case: Case) -> Finding:
    """Check the files, then that each graph can be read at all."""
    fault = await asyncio.to_thread(_files_fault, case.folder, case.manifest, case.settings.max_bundle_bytes)
    if fault is not None:
        said, *details = fault
        return failed(NAME, said, "Pack the bundle again with these files put right.", details=details)
    try:
        facts = await case.facts()
    except GraphUnreadable as error:
        return failed(
            NAME,
            remark(
                "graph_not_readable",
                f"The graph {error.path!r} could not be read: {error.cause.message}",
                path=error.path,
            ),
            "Export the graph again as an ONNX file within the limits.",
            details=[remark_of(error.cause)],
        )
    if case.manifest.lora is not None:
        return judge_lora_file(await case.lora())
    nodes = sum(each.node_count for each in facts.values())
    weights = sum(each.initializer_bytes for each in facts.values())
    said = remark("structure_sound", "All files are in place and every graph can be read.")
    return passed(NAME, said, node_count=nodes, weight_bytes=weights)


def judge_lora_file(lora: LoraFacts | ArtratorError) -> Finding:
    """Judge whether a LoRA's file is one; whether it fits its base is for the signature to say."""
    if isinstance(lora, LoraFacts):
        said = remark("lora_sound", f"It adapts {lora.modules} weights of its base.", count=lora.modules)
        return passed(NAME, said, modules=lora.modules, weight_bytes=lora.size_bytes, most_rank=lora.most_rank)
    if lora.code in ABOUT_FIT or lora.code == NOT_FINITE:
        return passed(NAME, remark("lora_readable", "The LoRA's file can be read."))
    return failed(
        NAME,
        remark("lora_not_readable", f"The LoRA could not be read: {lora.message}"),
        "Save the LoRA again as .safetensors, as kohya's trainers, peft or diffusers write it.",
        details=[remark_of(lora)],
    )


def _files_fault(folder: Path, manifest: Manifest, max_bytes: int) -> Sequence[Remark] | None:
    """Say what is wrong, and after it, where there is more to say, why."""
    try:
        paths = bundle_files(folder)
    except ArtratorError as error:
        return [remark_of(error)]
    size = sum((folder / path).stat().st_size for path in paths)
    if size > max_bytes:
        text = f"The files have {size:,} bytes together; at most {max_bytes:,} are allowed."
        return [remark("bundle_too_large", text, size_bytes=size, max_bytes=max_bytes)]
    for where, path in _named(manifest).items():
        fault = file_fault(folder, path)
        if fault is not None:
            text = f"{where} names the file {path!r}, which {fault}."
            return [remark("named_file_unsafe", text, field=where, path=path), remark(fault.code, fault)]
    for path in paths:
        fault = file_fault(folder, path)
        if fault is not None:
            return [remark("file_unsafe", f"The file {path!r} {fault}.", path=path), remark(fault.code, fault)]
    return next((found for path in paths if (found := _code(folder, path)) is not None), None)


def _named(manifest: Manifest) -> dict[str, str]:
    named = {f"graphs.{role}": path for role, path in manifest.graphs.items()}
    if manifest.lora is not None:
        named["lora.file"] = manifest.lora.file
    if manifest.license_file is not None:
        named["license_file"] = manifest.license_file
    return {**named, **example_files(manifest)}


def _code(folder: Path, path: str) -> Sequence[Remark] | None:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _CODE_SUFFIXES:
        text = f"A model is data, but the file {path!r} is code or a pickle by its name ({suffix})."
        return [remark("code_by_name", text, path=path, suffix=suffix)]
    if suffix in _WEIGHT_SUFFIXES:
        return None
    with (folder / path).open("rb") as file:
        begin = file.read(4)
    kind = next((kind for magic, kind in _CODE_BEGINS.items() if begin.startswith(magic)), None)
    if kind is None:
        return None
    return [remark("code_by_content", f"A model is data, but the file {path!r} is {kind}.", path=path)]
