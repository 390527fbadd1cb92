"""What modes have in common that look at each node while a function runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from theano.compile.mode import Mode
from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.interpreter import Interpreter, watching
from theano.graph.op import perform_node
from theano.options import config


def given(value: Any, flag: Any) -> Any:
    """Return an argument, or the flag where it was left out."""
    return flag if value is None else value


class WatchMode(Mode):
    """Base of modes whose functions run node by node on the host, each node looked at.

    Graphs inside of ops, such as the step of a loop, are looked at too. A subclass overrides
    ``interpreter``.

    Parameters
    ----------
    optimizer : str or other
        As for ``Mode``.
    linker : optional
        Kept for programs that give it; these modes have their own.
    """

    def __init__(self, optimizer: Any = "default", linker: Any = None) -> None:
        super().__init__("py", optimizer)

    def __str__(self) -> str:
        return f"{type(self).__name__}(optimizer={self.optimizer!r})"

    __repr__ = __str__


class WatchedInterpreter(Interpreter):
    """An interpreter that hands each node to ``run``, of graphs inside of ops too."""

    def __init__(self, graph: FunctionGraph) -> None:
        super().__init__(graph.inputs, graph.outputs)

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``."""
        with watching(self.run):
            return super().__call__(*arrays)

    def run(self, node: Apply, inputs: list[Any]) -> Sequence[Any]:
        """Run a node; a subclass looks at what goes in and what comes out."""
        return perform_node(node, inputs)


LIMIT = 6
"""So many elements of a value are shown."""


def describe_variable(variable: Variable, value: Any) -> str:
    """Return one line about a variable and its value: type, shape, range or all elements."""
    name = variable.name or str(variable)
    if not (hasattr(value, "dtype") and hasattr(value, "shape")):
        return f"{name}: {variable.type}, a {type(value).__name__}"
    text = f"{name}: {variable.type}, shape {value.shape}"
    numbers = np.asarray(getattr(value, "data", value) if hasattr(value, "tocsr") else value)
    if numbers.size and numbers.size <= LIMIT:
        return f"{text}, value {np.array2string(numbers, max_line_width=10**6)}"
    if numbers.size and numbers.dtype.kind in "fiu":
        finite = numbers[np.isfinite(numbers)]
        if finite.size:
            text += f", from {finite.min():.6g} to {finite.max():.6g}"
        if finite.size < numbers.size:
            n_nan = int(np.isnan(numbers).sum())
            text += f", {n_nan} nan and {numbers.size - finite.size - n_nan} inf"
            text += f" among {numbers.size}"
    return text


def describe_node(
    node: Apply, inputs: Sequence[Any] = (), outputs: Sequence[Any] | None = None
) -> str:
    """Return some lines about a node, its line in the user's program and its values."""
    lines = [f"node:     {node.op}"]
    if node.source:
        lines.append(f"created:  {node.source}")
    lines += _listed("input", node.inputs, inputs)
    lines += _listed("output", node.outputs, () if outputs is None else outputs)
    if config.exception_verbosity == "high":
        lines.append(f"formula:  {node}")
    return "\n".join(f"  {line}" for line in lines)


def _listed(label: str, variables: Iterable[Variable], values: Iterable[Any]) -> list[str]:
    pairs = zip(variables, values, strict=False)
    return [f"{label} {i}: {describe_variable(v, value)}" for i, (v, value) in enumerate(pairs)]
