"""``PdbBreakpoint``: a debugger in the middle of a function."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Op, Variable
from theano.graph.null_type import disconnected_type
from theano.tensor.conversion import as_tensor_variable

__all__ = ["PdbBreakpoint"]

DEBUGGERS = ("pudb", "ipdb", "pdb")
"""The first that is installed is used."""


class PdbBreakpoint(Op):
    """``condition, x_1 … x_n -> x_1 … x_n``: a debugger starts where the condition holds.

    There, ``monitored`` is the list of the values as arrays. What is written to them, or put into
    the list, is what the function goes on with. At least one of the outputs must be used.

    Parameters
    ----------
    name : str
        Printed when the debugger starts.

    Raises
    ------
    TypeError
        When it is applied to a condition that is no scalar.

    Examples
    --------
    >>> check = PdbBreakpoint("error too large")
    >>> error, target = check(T.gt(error.sum(), 100), error, target)
    """

    __props__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def make_node(self, condition, *monitored_vars):
        condition = as_tensor_variable(condition)
        if condition.type.ndim:
            raise usage_error(
                TypeError,
                f"the breakpoint {self.name!r} was given a condition that is no scalar",
                expected="a 0-d tensor",
                got=condition,
                fix="reduce it with theano.tensor.any or all",
            )
        monitored = [
            v if isinstance(v, Variable) else as_tensor_variable(v) for v in monitored_vars
        ]
        return Apply(self, [condition, *monitored], [v.type() for v in monitored])

    def perform(self, node, inputs, output_storage):
        condition, *values = inputs
        if condition:
            values = self.debugged(node, [np.array(value) for value in values])
        for cell, value in zip(output_storage, values, strict=True):
            cell[0] = value

    def debugged(self, node: Apply, monitored: list[Any]) -> list[Any]:
        """Return the values as the user leaves them."""
        print(
            f"\nBreakpoint {self.name!r}: `monitored` is the list of the {len(monitored)} monitored"
            " values. The function goes on with what it holds when you continue.\n"
        )
        start_debugger()
        return [v.type.filter(x) for v, x in zip(node.outputs, monitored, strict=True)]

    def infer_shape(self, node, shapes):
        return shapes[1:]

    def connection_pattern(self, node):
        n = len(node.outputs)
        return [[False] * n, *([i == j for j in range(n)] for i in range(n))]

    def grad(self, inputs, output_grads):
        return [disconnected_type(), *output_grads]

    def R_op(self, inputs, eval_points):
        return list(eval_points[1:])

    def do_constant_folding(self, node):
        return False


def start_debugger() -> None:
    """Start the first debugger there is, in the caller's frame."""
    name = next(name for name in DEBUGGERS if importlib.util.find_spec(name))
    importlib.import_module(name).set_trace()
