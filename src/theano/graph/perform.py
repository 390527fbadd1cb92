"""How one node is run on the host: its op's ``perform`` or thunk, and what comes out of it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph.apply import Apply, NoParams
from theano.graph.variable import Constant, Variable


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function takes an argument of a name."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def call_perform(node: Apply, values: Sequence[Any], storage: Sequence[list[Any]]) -> None:
    """Call ``perform`` of a node, with the op's params where it has any."""
    params = node.run_params()
    if params is NoParams:
        node.op.perform(node, values, storage)
        return
    kind = getattr(node.op, "params_type", None)
    node.op.perform(node, values, storage, params if kind is None else kind.filter(params))  # type: ignore[call-arg]


class Thunk:
    """What the op of a node makes to run it, with the places of inputs and outputs."""

    def __init__(self, node: Apply) -> None:
        self.node = node
        self.storage: dict[Variable, list[Any]] = {
            v: [v.data if isinstance(v, Constant) else None] for v in (*node.inputs, *node.outputs)
        }
        self.computed = {v: [v in node.inputs] for v in self.storage}
        options = {"impl": None} if takes(node.op.make_thunk, "impl") else {}
        self.run = node.op.make_thunk(
            node, self.storage, self.computed, list(node.outputs), **options
        )

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """Return the outputs for the given values of the inputs; hold none of them afterwards."""
        try:
            for variable, value in zip(self.node.inputs, values, strict=True):
                self.storage[variable][0] = value
            self.run()
            return [self.storage[v][0] for v in self.node.outputs]
        finally:
            for variable in self.storage:
                self.storage[variable][0] = None
            for variable in self.node.outputs:
                self.computed[variable][0] = False


def run_thunk(node: Apply, values: Sequence[Any]) -> list[Any]:
    """Run the thunk that the op of ``node`` makes.

    It is kept. While it runs, another thread makes one of its own.
    """
    try:
        thunk = node.thunks.pop()
    except IndexError:
        thunk = Thunk(node)
    try:
        results: list[Any] = thunk(values)
        return results
    finally:
        node.thunks.append(thunk)


def checked_result(node: Apply, i: int, value: Any) -> Any:
    """Return a value that ``perform`` gave for output ``i``, as one of its type.

    Numbers, lists and arrays of a narrower dtype are converted; a float takes the precision of its
    output, as numbers that NumPy computes from arrays of float32 are often float64.

    Raises
    ------
    TypeError
        It cannot be without loss, or there is none.
    """
    kind = node.outputs[i].type
    rounds = isinstance(value, float) and str(getattr(kind, "dtype", "")).startswith("float")
    try:
        return kind.filter(value, allow_downcast=True) if rounds else kind.filter(value)
    except (TypeError, ValueError, OverflowError) as error:
        if value is None:
            what = f"perform() of {node.op} set no value for output {i}"
            fix = f"put it into output_storage[{i}][0]"
        else:
            what = f"perform() of {node.op} set a value for output {i} that does not fit its type"
            fix = "convert it there, or let make_node() give the output another type"
        raise usage_error(
            TypeError, what, expected=str(kind), got=describe_result(value), fix=fix
        ) from error


def describe_result(value: Any) -> str:
    """Return what an error says of a value: its dtype and shape, if it has them."""
    kind = type(value).__name__
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{kind} of dtype {value.dtype}, shape {value.shape}"
    return f"{textwrap.shorten(repr(value), 60)} ({kind})"
