"""Walk a parsed graph, its subgraphs and its functions once, and note what is there and what is dangerous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto

from artrator.bundle.facts import ExternalData, GraphCaps, Hazard
from artrator.bundle.onnx_bombs import node_faults
from artrator.bundle.onnx_weights import examine

DEFAULT_DOMAIN = "ai.onnx"
_NATIVE_OPERATORS = frozenset({"EPContext"})
_PYTHON_OPERATORS = frozenset({"PyOp", "PythonOp", "PyCustomOp", "PythonOpGrad"})
_LOOPS = ("Loop", "Scan")
_TEXT = 80


def domain_of(domain: str) -> str:
    """Give a domain's name; the empty one is ONNX's own."""
    return domain or DEFAULT_DOMAIN


class GraphWalk:
    """What was seen so far."""

    def __init__(self, model: ModelProto, folder: Path, caps: GraphCaps) -> None:
        self.operators: Counter[str] = Counter()
        self.external: list[ExternalData] = []
        self.non_finite: list[str] = []
        self.initializer_count = 0
        self.initializer_bytes = 0
        self.subgraph_depth = 0
        self._model = model
        self._folder = folder
        self._caps = caps
        self._hazards: dict[tuple[str, str], None] = {}
        self._functions = {f"{domain_of(each.domain)}:{each.name}": each for each in model.functions}

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """What was found, each once."""
        return tuple(Hazard(code=code, detail=detail) for code, detail in self._hazards)

    @property
    def functions(self) -> tuple[str, ...]:
        """The model's own functions."""
        return tuple(name[:_TEXT] for name in self._functions)

    def note(self, code: str, detail: str) -> None:
        """Keep a hazard, up to the cap; the first ones are enough for a verdict."""
        if len(self._hazards) < self._caps.listed:
            self._hazards[(code, detail)] = None

    def walk(self) -> None:
        """Look at everything."""
        self._graph(self._model.graph, frozenset(), {}, 0)
        if self._model.training_info:
            self.note("training_information", "the file carries training information; export it for inference")
        if len(self._functions) != len(self._model.functions):
            self.note("function_repeated", "two functions have the same name")
        for function in self._model.functions:
            self._function(function)

    def _graph(
        self, graph: GraphProto, outside: frozenset[str], outer_constants: dict[str, TensorProto], depth: int
    ) -> None:
        self.subgraph_depth = max(self.subgraph_depth, depth)
        if depth > self._caps.subgraph_depth:
            self.note("subgraph_too_deep", f"subgraphs are nested deeper than {self._caps.subgraph_depth}")
            return
        inputs = [value.name for value in graph.input]
        initializers = [tensor.name for tensor in graph.initializer]
        self._check_names(inputs, "input")
        self._check_names(initializers, "initializer")
        if depth and set(inputs) & set(initializers):
            self.note("subgraph_input_is_initializer", "an input of a Loop, Scan or If body is also an initializer")
        if graph.sparse_initializer:
            self.note("sparse_initializer", "sparse weights are not supported; store them dense")
        for tensor in graph.initializer:
            self._weight(tensor)
        constants = {**outer_constants, **{tensor.name: tensor for tensor in graph.initializer}}
        known = self._nodes(graph.node, outside | set(inputs) | set(initializers), outside, constants, depth)
        for value in graph.output:
            if value.name not in known:
                self.note("name_undefined", f"nothing makes the output {value.name[:_TEXT]!r}")

    def _check_names(self, names: Sequence[str], what: str) -> None:
        if len(set(names)) != len(names):
            self.note("name_repeated", f"two {what}s have the same name")
        if "" in names:
            self.note("name_repeated", f"an {what} has no name")

    def _nodes(
        self,
        nodes: Sequence[NodeProto],
        known: frozenset[str] | set[str],
        outside: frozenset[str],
        constants: dict[str, TensorProto],
        depth: int,
    ) -> set[str]:
        made = set(known)
        for node in nodes:
            self._node(node, made, constants)
            for graph in _subgraphs(node):
                if node.op_type in _LOOPS:
                    self._check_loop(graph, constants)
                self._graph(graph, frozenset(made), constants, depth + 1)
            for name in filter(None, node.output):
                if name in made and name not in outside:
                    self.note("name_repeated", f"{name[:_TEXT]!r} is made twice")
                made.add(name)
        return made

    def _node(self, node: NodeProto, made: set[str], constants: dict[str, TensorProto]) -> None:
        self.operators[f"{domain_of(node.domain)[:_TEXT]}:{node.op_type[:_TEXT]}"] += 1
        if node.op_type in _NATIVE_OPERATORS:
            self.note("native_code", f"{node.op_type} carries compiled code")
        if node.op_type in _PYTHON_OPERATORS:
            self.note("python_code", f"{node.op_type} calls Python")
        for name in filter(None, node.input):
            if name not in made:
                self.note("name_undefined", f"{node.op_type[:_TEXT]} takes {name[:_TEXT]!r}, which nothing makes")
        for code, detail in node_faults(node, constants, self._caps):
            self.note(code, detail)
        for attribute in node.attribute:
            for tensor in _tensors(attribute):
                self._weight(tensor)
            if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
                self.note("sparse_initializer", "sparse constants are not supported; store them dense")
            if node.op_type == "Constant" and attribute.HasField("t") and node.output:
                constants[node.output[0]] = attribute.t

    def _check_loop(self, body: GraphProto, constants: dict[str, TensorProto]) -> None:
        if any(value.name in constants for value in body.input):
            self.note("subgraph_input_is_initializer", "an input of a Loop or Scan body is also an initializer outside")

    def _weight(self, tensor: TensorProto) -> None:
        weight = examine(tensor, self._folder, self._caps)
        self.initializer_count += 1
        self.initializer_bytes += weight.size_bytes
        if self.initializer_bytes > self._caps.weight_bytes:
            self.note("weights_too_large", f"the weights have more than {self._caps.weight_bytes:,} bytes")
        if weight.external is not None and len(self.external) < self._caps.node_count:
            self.external.append(weight.external)
        if not weight.finite and len(self.non_finite) < self._caps.listed:
            self.non_finite.append(tensor.name[:_TEXT])
        for code, detail in weight.faults:
            self.note(code, f"the weight {tensor.name[:_TEXT]!r} {detail}")

    def _function(self, function: FunctionProto) -> None:
        if domain_of(function.domain) == DEFAULT_DOMAIN:
            self.note("function_shadows_operator", f"the function {function.name[:_TEXT]!r} is in ONNX's own domain")
        self._nodes(function.node, frozenset(function.input), frozenset(), {}, 1)
        if not set(function.output) <= set(function.input) | {name for node in function.node for name in node.output}:
            self.note("name_undefined", f"nothing makes an output of the function {function.name[:_TEXT]!r}")

    def inlined_nodes(self) -> int:
        """Count the nodes that there are when every function is written out; notes recursion and explosions."""
        sizes: dict[str, int] = {}
        open_names: set[str] = set()

        def size(name: str) -> int:
            if name in sizes:
                return sizes[name]
            if name in open_names or len(open_names) > 50:
                self.note("function_recursion", f"the function {name[:_TEXT]!r} calls itself, or calls nest too deep")
                return 1
            open_names.add(name)
            sizes[name] = min(count(self._functions[name].node), self._caps.node_count + 1)
            open_names.discard(name)
            return sizes[name]

        def count(nodes: Sequence[NodeProto]) -> int:
            total = 0
            for node in _all_nodes(nodes):
                name = f"{domain_of(node.domain)}:{node.op_type}"
                total += size(name) if name in self._functions else 1
                if total > self._caps.node_count:
                    break
            return total

        total = count(self._model.graph.node)
        if total > self._caps.node_count:
            self.note("graph_too_large", f"the graph has more than {self._caps.node_count:,} nodes, functions inlined")
        return total


def _subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _tensors(attribute: AttributeProto) -> Iterator[TensorProto]:
    if attribute.HasField("t"):
        yield attribute.t
    yield from attribute.tensors


def _all_nodes(nodes: Sequence[NodeProto]) -> Iterator[NodeProto]:
    for node in nodes:
        yield node
        for graph in _subgraphs(node):
            yield from _all_nodes(graph.node)
