"""``Composite``: a graph of scalar ops as one scalar op."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Constant, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.graph.traversal import missing_inputs, toposort
from theano.scalar.op import ScalarOp
from theano.scalar.passing import second, zeros_like
from theano.scalar.type import Scalar

Step = tuple[ScalarOp, tuple[Any, ...]]
"""An op and its arguments: places of values, or constants."""

SYMBOLS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "true_div": "/",
    "int_div": "//",
    "mod": "%",
    "pow": "**",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "and_": "&",
    "or_": "|",
    "xor": "^",
}


class Number:
    """A constant among the arguments of a step; equal to others of its dtype and bits."""

    def __init__(self, value: Any) -> None:
        self.array = np.asarray(value)
        self.key = (self.array.dtype.name, self.array.tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return f"Constant{{{self.array}}}"


def array_of(number: Number) -> np.ndarray:
    """Return the value of a constant, which keeps its dtype wherever it is put."""
    return number.array


def symbolic(op: ScalarOp, arguments: list[Any]) -> list[Any]:
    """Apply an op to numbers or tensors."""
    return op(*arguments, return_list=True)


def computed(op: ScalarOp, arguments: list[Any]) -> list[Any]:
    """Compute an op of whole arrays with NumPy."""
    dtypes = [x.dtype.name for x in arguments]
    cast = [
        x.astype(dtype, copy=False)
        for x, dtype in zip(arguments, op.compute_dtypes(*dtypes), strict=True)
    ]
    impl = op.impl if op.vectorized else np.frompyfunc(op.impl, len(cast), op.nout)
    found = impl(*cast)
    results = (found,) if op.nout == 1 else found
    return [
        np.asarray(z).astype(dtype)
        for z, dtype in zip(results, op.output_dtypes(*dtypes), strict=True)
    ]


def formatted(op: ScalarOp, arguments: list[Any]) -> list[str]:
    """Write an op as text."""
    symbol = SYMBOLS.get(op.name)
    if symbol:
        return [f"({f' {symbol} '.join(arguments)})"]
    call = f"{op}({', '.join(arguments)})"
    return [call] if op.nout == 1 else [f"{call}[{i}]" for i in range(op.nout)]


class Composite(ScalarOp):
    """Several scalar ops as one.

    ``Elemwise`` of it computes what the ops would one by one, in programs and in gradients; it is a
    name for them, not a faster way, as XLA joins elementwise ops in any case.

    Parameters
    ----------
    inputs : list of scalar variables
    outputs : list of scalar variables
        Computed from ``inputs`` and constants by scalar ops alone. Called with inputs of other
        dtypes, the ops are applied to those.

    Raises
    ------
    TypeError
        An input is no number, or one of the ops no scalar op.
    ValueError
        The outputs depend on something else.
    """

    __props__ = ("input_dtypes", "steps", "results")
    vectorized = True

    def __init__(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.inputs, self.outputs = list(inputs), list(outputs)
        for v in (*self.inputs, *self.outputs):
            if not (isinstance(v, Variable) and isinstance(v.type, Scalar)):
                raise usage_error(
                    TypeError, "Composite takes symbolic numbers", expected="a Scalar", got=v
                )
        missing = missing_inputs(self.inputs, self.outputs)
        if missing:
            raise usage_error(
                ValueError, "outputs of a Composite depend on what is no input", got=missing[0]
            )
        self.nin, self.nout = len(self.inputs), len(self.outputs)
        self.input_dtypes = tuple(v.type.dtype for v in self.inputs)
        steps: list[Step] = []

        def append(op: ScalarOp, arguments: list[Any]) -> list[int]:
            if isinstance(op, Composite):
                return op.run(arguments, append)
            steps.append((op, tuple(arguments)))
            places.extend(range(len(places), len(places) + op.nout))
            return places[-op.nout :]

        places = list(range(self.nin))
        known: dict[Variable, Any] = dict(zip(self.inputs, places, strict=True))

        def place(v: Variable) -> Any:
            return Number(v.data) if isinstance(v, Constant) and v not in known else known[v]

        for node in toposort(self.outputs, set(self.inputs)):
            if not isinstance(node.op, ScalarOp):
                raise usage_error(TypeError, "Composite is made of scalar ops", got=str(node.op))
            found = append(node.op, [place(v) for v in node.inputs])
            known.update(zip(node.outputs, found, strict=True))
        self.steps = tuple(steps)
        self.results = tuple(place(v) for v in self.outputs)
        texts = self.run([f"i{i}" for i in range(self.nin)], formatted, str)
        self.name = f"Composite{{{', '.join(texts)}}}"

    def run(
        self,
        inputs: Sequence[Any],
        apply: Callable[[ScalarOp, list[Any]], Any],
        number: Callable[[Number], Any] = lambda x: x,
    ) -> list[Any]:
        """Return the outputs for ``inputs`` of any kind.

        Parameters
        ----------
        inputs : sequence
        apply : callable
            Takes an op and its arguments, returns the list of its results.
        number : callable
            What becomes of a constant.
        """
        values = list(inputs)

        def value(place: Any) -> Any:
            return number(place) if isinstance(place, Number) else values[place]

        for op, arguments in self.steps:
            values.extend(apply(op, [value(place) for place in arguments]))
        return [value(place) for place in self.results]

    def applied(self, inputs: Sequence[Any]) -> list[Any]:
        return self.run(inputs, symbolic, array_of)

    def output_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        outputs = self.outputs
        if dtypes != self.input_dtypes:
            outputs = self.applied([Scalar(dtype)() for dtype in dtypes])
        return tuple(getattr(v, "type", v).dtype for v in outputs)  # type: ignore[union-attr]

    def compute_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        return dtypes

    def impl(self, *inputs: Any) -> Any:
        results = self.run([np.asarray(x) for x in inputs], computed, array_of)
        return results[0] if self.nout == 1 else tuple(results)

    def L_op(
        self, inputs: Sequence[Any], outputs: Sequence[Any], output_grads: Sequence[Any]
    ) -> list[Any]:
        nodes = []

        def apply(op: ScalarOp, arguments: list[Any]) -> list[Any]:
            made = symbolic(op, arguments)
            nodes.append(made[0].owner)
            return made

        grads: dict[Variable, Any] = {}

        def add(v: Variable, g: Any) -> None:
            if not is_disconnected(g):
                grads[v] = grads[v] + g if v in grads else g

        # Copies in the shape of the outputs: a gradient for each element, and for each of two
        # inputs that are one variable.
        own = [symbolic(second, [outputs[0], x])[0] for x in inputs]
        for v, g in zip(self.run(own, apply, array_of), output_grads, strict=True):
            if isinstance(v, Variable):
                add(v, g)
        for node in reversed(nodes):
            if any(v in grads for v in node.outputs):
                of_outputs = [grads[v] if v in grads else zeros_like(v) for v in node.outputs]
                for x, g in zip(
                    node.inputs, node.op.L_op(node.inputs, node.outputs, of_outputs), strict=True
                ):
                    add(x, g)
        return [grads.get(x, disconnected_type()) for x in own]
