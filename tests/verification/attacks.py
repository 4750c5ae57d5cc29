"""The hostile bundles that a look at the files is enough for: what must catch each, and what it must say."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import TensorProto
from onnx import helper as make
from tests.bundle import graphs
from tests.verification.attack_builders import (
    MANIFEST,
    bomb,
    bundle,
    cycle,
    doubled_attribute,
    external,
    functions,
    giant_signature,
    inline_and_external,
    linked,
    linked_folder,
    loop,
    multiplying_functions,
    nested_ifs,
    nested_message,
    nested_types,
    of,
    old_opset,
    raw_blocksize,
    raw_weight,
    repeated_location,
    stray,
    twice_named,
    typed_weight,
    varint,
    with_manifest,
    with_nodes,
    yaml_bomb,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """How it is made, the check that must fail, and a word of its reason."""

    build: Callable[[Path], None]
    check: str
    reason: str


NAN, FP16_INF, BF16_NAN = np.float32("nan").tobytes(), b"\x00\x7c", b"\xc0\x7f"
SHAPE = "int64"

READ: Mapping[str, Attack] = {
    "external data beside the bundle": Attack(build=external("../secret.bin"), check="external_data", reason=".."),
    "external data by an absolute path": Attack(
        build=external("/etc/passwd"), check="external_data", reason="relative"
    ),
    "external data by a Windows path": Attack(build=external("C:\\x"), check="external_data", reason="relative"),
    "external data through a symbolic link": Attack(
        build=linked(lambda target, link: link.symlink_to(target)), check="structure", reason="link"
    ),
    "external data through a hard link": Attack(build=linked(os.link), check="structure", reason="hard link"),
    "external data in a linked folder": Attack(build=linked_folder, check="structure", reason="link"),
    "external data that is not there": Attack(
        build=external("none.bin"), check="external_data", reason="not in the bundle"
    ),
    "external data without a location": Attack(build=external(""), check="external_data", reason="characters"),
    "external data at a huge offset": Attack(
        build=external("weights.bin", offset=str(2**62)), check="external_data", reason="offset"
    ),
    "external data beyond the file's end": Attack(
        build=external("weights.bin", offset="60"), check="external_data", reason="60"
    ),
    "external data of a huge length": Attack(
        build=external("weights.bin", length=str(2**40)), check="external_data", reason="bytes"
    ),
    "external data at a negative offset": Attack(
        build=external("weights.bin", offset="-1"), check="external_data", reason="offset"
    ),
    "external data with injected attributes": Attack(
        build=external("weights.bin", __class__="os"), check="external_data", reason="unknown"
    ),
    "external data with two locations": Attack(build=repeated_location, check="external_data", reason="repeated"),
    "external data of a weight that has its values": Attack(
        build=inline_and_external, check="external_data", reason="itself"
    ),
    "a file that is no protobuf": Attack(
        build=lambda folder: bundle(folder, b"\x80\x04pickle"), check="structure", reason="not an ONNX"
    ),
    "an empty file": Attack(build=lambda folder: bundle(folder, b""), check="structure", reason="empty"),
    "a file that breaks off": Attack(
        build=lambda folder: bundle(folder, graphs.tensors().SerializeToString()[:-7]),
        check="structure",
        reason="breaks off",
    ),
    "a field that claims four gigabytes": Attack(
        build=lambda folder: bundle(folder, b"\x3a" + varint(2**32) + b"x"), check="structure", reason="breaks off"
    ),
    "messages nested without end": Attack(
        build=lambda folder: bundle(folder, nested_message(30_000)), check="structure", reason="nested deeper"
    ),
    "types nested without end": Attack(
        build=lambda folder: bundle(folder, nested_types(30_000)), check="structure", reason="nested deeper"
    ),
    "subgraphs nested too deep": Attack(build=of(lambda: nested_ifs(10)), check="operators", reason="nested deeper"),
    "a graph file that is a link": Attack(
        build=lambda folder: (bundle(folder, None), (folder / "model.onnx").symlink_to("/etc/passwd"))[0],
        check="structure",
        reason="link",
    ),
    "a missing graph": Attack(build=lambda folder: bundle(folder, None), check="structure", reason="not in the bundle"),
    "an Expand bomb": Attack(
        build=bomb("Expand", ["left", "s"], graphs.weight("s", [2**20, 2**20], SHAPE)),
        check="operators",
        reason="memory_bomb",
    ),
    "a ConstantOfShape bomb": Attack(
        build=bomb("ConstantOfShape", ["s"], graphs.weight("s", [2**31, 8], SHAPE)),
        check="operators",
        reason="memory_bomb",
    ),
    "a Tile bomb": Attack(
        build=bomb("Tile", ["left", "s"], graphs.weight("s", [2**20, 2**20], SHAPE)),
        check="operators",
        reason="memory_bomb",
    ),
    "a Resize bomb": Attack(
        build=bomb("Resize", ["left", "", "s"], graphs.weight("s", [1e6, 1e6])), check="operators", reason="memory_bomb"
    ),
    "a Pad bomb": Attack(
        build=bomb("Pad", ["left", "s"], graphs.weight("s", [0, 0, 0, 2**40], SHAPE)),
        check="operators",
        reason="memory_bomb",
    ),
    "a Range bomb": Attack(
        build=bomb(
            "Range",
            ["a", "b", "c"],
            graphs.weight("a", 0, SHAPE),
            graphs.weight("b", 2**60, SHAPE),
            graphs.weight("c", 1, SHAPE),
        ),
        check="operators",
        reason="memory_bomb",
    ),
    "a RandomNormal bomb": Attack(
        build=bomb("RandomNormal", [], shape=[2**20, 2**20]), check="operators", reason="memory_bomb"
    ),
    "a Reshape to negative sizes that overflow": Attack(
        build=bomb("Reshape", ["left", "s"], graphs.weight("s", [2**40, 2**40], SHAPE)),
        check="operators",
        reason="memory_bomb",
    ),
    "DepthToSpace with a blocksize of 2**32": Attack(build=raw_blocksize(2**32), check="operators", reason="blocksize"),
    "DepthToSpace with a blocksize of 0": Attack(build=raw_blocksize(0), check="operators", reason="blocksize"),
    "a convolution with a stride beyond 32 bits": Attack(
        build=bomb("MaxPool", ["left"], kernel_shape=[2**40]), check="operators", reason="32 bits"
    ),
    "a weight whose sizes overflow": Attack(
        build=raw_weight([2**32, 2**32], b"\0" * 4), check="weights_finite", reason="overflows"
    ),
    "a weight of negative size": Attack(
        build=raw_weight([-1, 4], b"\0" * 16), check="weights_finite", reason="negative"
    ),
    "a weight with too few bytes": Attack(
        build=raw_weight([1000], b"\0" * 16), check="weights_finite", reason="its shape needs"
    ),
    "a weight with too many values": Attack(
        build=typed_weight([1], [1.0] * 50), check="weights_finite", reason="its shape needs"
    ),
    "a weight of an unknown type": Attack(build=raw_weight([1], b"\0", 99), check="weights_finite", reason="data type"),
    "a weight that is not a number": Attack(build=raw_weight([1], NAN), check="weights_finite", reason="not finite"),
    "a half-precision weight that is infinite": Attack(
        build=raw_weight([1], FP16_INF, TensorProto.FLOAT16), check="weights_finite", reason="not finite"
    ),
    "a bfloat16 weight that is not a number": Attack(
        build=raw_weight([1], BF16_NAN, TensorProto.BFLOAT16), check="weights_finite", reason="not finite"
    ),
    "an input whose sizes overflow": Attack(build=of(giant_signature), check="operators", reason="overflows"),
    "compiled code in EPContext": Attack(
        build=of(
            lambda: with_nodes(
                make.make_node("EPContext", ["left"], ["x"], domain="com.microsoft", ep_cache_context="x")
            )
        ),
        check="operators",
        reason="EPContext",
    ),
    "an operator of a domain of its own": Attack(
        build=of(lambda: with_nodes(make.make_node("Evil", ["left"], ["x"], domain="com.evil"))),
        check="operators",
        reason="com.evil",
    ),
    "an operator that calls Python": Attack(
        build=of(lambda: with_nodes(make.make_node("PyOp", ["left"], ["x"], domain="ai.onnx.contrib"))),
        check="operators",
        reason="ai.onnx.contrib",
    ),
    "a decoder of strangers' files": Attack(
        build=of(lambda: with_nodes(make.make_node("ImageDecoder", ["left"], ["x"]))),
        check="operators",
        reason="ImageDecoder",
    ),
    "a Loop input that is also an initializer": Attack(
        build=of(lambda: loop(["times", "yes", "total"], initializer="x")),
        check="operators",
        reason="also an initializer",
    ),
    "a Scan input that is also an initializer": Attack(
        build=of(lambda: loop(["left", "right", "total"], initializer="go", op="Scan")),
        check="operators",
        reason="also an initializer",
    ),
    "two nodes that make one name": Attack(build=of(twice_named), check="operators", reason="made twice"),
    "a cycle": Attack(build=of(cycle), check="operators", reason="nothing makes"),
    "a function that calls itself": Attack(
        build=of(lambda: functions(("own", "f", [make.make_node("f", ["x"], ["y"], domain="own")]))),
        check="operators",
        reason="calls itself",
    ),
    "functions that multiply": Attack(build=of(multiplying_functions), check="operators", reason="inlined"),
    "a function in ONNX's own domain": Attack(
        build=of(lambda: functions(("ai.onnx", "Relu", [make.make_node("Neg", ["x"], ["y"])]))),
        check="operators",
        reason="own domain",
    ),
    "an attribute that is there twice": Attack(build=of(doubled_attribute), check="operators", reason="twice"),
    "an opset for the version converter": Attack(build=of(old_opset), check="operators", reason="opset 1"),
    "a pickle among the files": Attack(build=stray("weights.pkl", b"\x80\x04"), check="structure", reason="pickle"),
    "a program under another name": Attack(
        build=stray("notes.txt", b"\x7fELF..."), check="structure", reason="program"
    ),
    "a script under another name": Attack(
        build=stray("readme", b"#!/bin/sh\nrm -rf ~"), check="structure", reason="script"
    ),
    "a manifest that grows without end": Attack(build=with_manifest(yaml_bomb()), check="manifest", reason="anchors"),
    "a manifest with code in it": Attack(
        build=with_manifest("name: !!python/object/apply:os.system [ls]"), check="manifest", reason="tags"
    ),
    "a manifest that leads out of the bundle": Attack(
        build=with_manifest(MANIFEST.replace("model.onnx", "../../model.onnx")), check="manifest", reason=".."
    ),
    "a manifest that promises other tensors": Attack(
        build=with_manifest(MANIFEST.replace("shape: [N, 4]", "shape: [N, 5]", 1)),
        check="signature",
        reason="does not fit",
    ),
    "a licence that nobody knows": Attack(
        build=with_manifest(MANIFEST.replace("MIT", "Whatever-1.0")), check="licence", reason="SPDX"
    ),
}
"""Those that a look at the files is enough for; nothing of theirs is ever loaded."""
