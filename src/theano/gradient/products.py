"""Jacobians times vectors, without the Jacobian: ``Lop`` from the left, ``Rop`` from the right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from theano.errors import usage_error
from theano.gradient.backward import MAX_CUTS, grad, where
from theano.gradient.fitting import in_dtype_of
from theano.gradient.forms import (
    as_given,
    as_list,
    check_choice,
    check_variables,
    paired,
    report_disconnected,
    when_disconnected,
    zero_derivative_of,
)
from theano.graph import Apply, Variable
from theano.graph.op import is_disconnected
from theano.graph.traversal import ancestors, graph_inputs, toposort
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.assertions import specify_shape
from theano.tensor.type import TensorType


def Lop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return ``eval_points`` times the Jacobian of ``f`` with respect to ``wrt``.

    Parameters
    ----------
    f : variable or list of variables
    wrt : variable or list of variables
    eval_points : variable or list of variables
        One for each of ``f``, of its shape.
    consider_constant, disconnected_inputs : optional
        As in ``grad``.

    Returns
    -------
    variable, list or tuple
        As ``wrt``.

    Raises
    ------
    ValueError
        There are not as many ``eval_points`` as ``f``.
    """
    known: dict[Any, Any] = {}
    for output, point in paired("Lop", "f", f, eval_points):
        known[output] = known[output] + point if output in known else point
    return grad(
        None,
        wrt,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        known_grads=known,
    )


def Rop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
) -> Any:
    """Return the Jacobian of ``f`` with respect to ``wrt`` times ``eval_points``.

    Parameters
    ----------
    f : variable or list of variables
    wrt : variable or list of variables
    eval_points : variable or list of variables
        One for each of ``wrt``, of its type.
    disconnected_outputs : {"raise", "warn", "ignore"}
        What to do where ``f`` does not depend on ``wrt``.
    return_disconnected : {"zero", "None", "Disconnected"}
        What then stands for the result.

    Returns
    -------
    variable, list or tuple
        As ``f``.

    Raises
    ------
    ValueError
        A direction has another rank than its variable, or they are not as many.
    DisconnectedInputError
        ``f`` does not depend on ``wrt``: it is one of the variables that the graph begins with, or
        no derivative passes. What is computed from others than ``wrt`` has a derivative of zero.
    NotImplementedError
        An op on the way has no R-op.
    """
    return_disconnected = return_disconnected.lower()
    choices = ("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    check_choice("Rop", *choices)
    choices = ("disconnected_outputs", disconnected_outputs, ("raise", "warn", "ignore"))
    check_choice("Rop", *choices)
    check_variables("Rop", "wrt", as_list(wrt))
    pairs = paired("Rop", "wrt", wrt, eval_points)
    walk = Forward({v: checked_point(v, p) for v, p in pairs})
    check_variables("Rop", "f", as_list(f))
    for node in toposort(as_list(f), set(walk.points)):
        walk.push(node)
    results = []
    for output in as_list(f):
        point = walk.points.get(output)
        if point is None and not walk.is_zero(output):
            what = (
                "Rop() was asked for the derivative of a variable that does not depend on `wrt`, "
                "or only where no derivative passes"
            )
            report_disconnected(
                "\n  cut at:   ".join([what, *walk.cuts[:MAX_CUTS]]),
                output,
                disconnected_outputs,
                fix="give disconnected_outputs='ignore' for a derivative of zero",
            )
        results.append(when_disconnected(output, return_disconnected) if point is None else point)
    used = set(ancestors([v for v in results if isinstance(v, Variable)]))

    def is_linear(v: Any) -> bool:
        return isinstance(v.type, TensorType) and v not in used and walk.points[v] in used

    if any(v.owner is None and is_linear(v) for v, _ in pairs):
        # A function of the variable and its direction compares them, and does not find it unused.
        points = [specify_shape(p, v.shape) if is_linear(v) else p for v, p in pairs]
        return Rop(f, [v for v, _ in pairs], points, disconnected_outputs, return_disconnected)
    return as_given(results, f)


def checked_point(variable: Any, point: Any) -> Any:
    """Return a direction in the dtype of its variable.

    Raises
    ------
    ValueError
        It is of another rank.
    """
    point = point if isinstance(point, Variable) else as_tensor_variable(point)
    if not isinstance(variable.type, TensorType) or not isinstance(point.type, TensorType):
        return point
    if point.type.ndim != variable.type.ndim:
        raise usage_error(
            ValueError,
            "Rop() was given a direction of another rank than its variable",
            expected=variable,
            got=point,
        )
    return in_dtype_of(variable, point)


class Forward:
    """One walk from variables with directions to what is computed from them.

    Parameters
    ----------
    points : dict
        From variables to their directions; takes up the derivatives of what depends on them.

    Attributes
    ----------
    resting : set of Variable
        What is computed from variables without a direction: its derivative is zero.
    lost : set of Variable
        Real and complex numbers that depend on directions, by the connection pattern of their op,
        but have no derivative.
    cuts : list of str
        Where no derivative passes.
    """

    def __init__(self, points: dict[Variable, Any]) -> None:
        self.points, self.starts = points, set(points)
        self.resting: set[Variable] = set()
        self.lost: set[Variable] = set()
        self.cuts: list[str] = []

    def push(self, node: Apply) -> None:
        """Add what is known of the outputs of ``node``.

        Raises
        ------
        NotImplementedError
            Its op has no R-op.
        """
        directions = [self.points.get(v) for v in node.inputs]
        is_moving = any(d is not None for d in directions)
        if is_moving:
            self.add_derivatives(node, directions)
            if all(v in self.points for v in node.outputs):
                return
        pattern = node.op.connection_pattern(node)
        at_rest = [
            i
            for i, v in enumerate(node.inputs)
            if v in self.resting or (v.owner is None and v not in self.points)
        ]
        lost = [i for i, v in enumerate(node.inputs) if v in self.points or v in self.lost]
        for j, output in enumerate(node.outputs):
            if output in self.points:
                continue
            is_smooth = getattr(output.type, "dtype", None) in CONTINUOUS_DTYPES
            if is_smooth and any(pattern[i][j] for i in lost):
                self.lost.add(output)
            elif any(pattern[i][j] for i in at_rest):
                self.resting.add(output)
            if is_moving and output not in self.resting:
                self.cuts.append(f"{node.op}{where(node)}")

    def is_zero(self, output: Variable) -> bool:
        """Return whether an output without a derivative has one of zero.

        That of something that does not depend on `wrt` at all is zero only if it is differentiable:
        directions of zero are then sent through all of it.
        """
        if output not in self.resting:
            return False
        if not self.starts.isdisjoint(ancestors([output])):
            return True
        leaves = [v for v in graph_inputs([output]) if isinstance(v.type, TensorType)]
        walk = Forward({v: zero_derivative_of(v) for v in leaves})
        for node in toposort([output]):
            walk.push(node)
        return output in walk.points or output in walk.resting

    def add_derivatives(self, node: Apply, directions: list[Any]) -> None:
        """Add what the R-op says of the outputs."""
        try:
            results = node.op.R_op(node.inputs, directions)
        except NotImplementedError as error:
            raise usage_error(
                NotImplementedError,
                f"Rop() met an op that has no R-op: {node.op} ({error})",
                got=node.outputs[0],
                fix="where it has a gradient, use two Lops: Lop(Lop(f, wrt, v), v, eval_points)",
            ) from error
        for output, result in zip(node.outputs, results, strict=True):
            if result is not None and not is_disconnected(result):
                if isinstance(result.type, TensorType) and isinstance(output.type, TensorType):
                    result = in_dtype_of(output, result)
                self.points.setdefault(output, result)
