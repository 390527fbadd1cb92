"""Symbolic derivatives: ``grad``, ``Lop``, ``Rop``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from theano.errors import DisconnectedInputError, NullTypeGradError, usage_error
from theano.graph import Apply, DisconnectedType, NullType, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected, is_null
from theano.graph.traversal import toposort
from theano.options import config
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = [
    "DisconnectedInputError",
    "DisconnectedType",
    "Lop",
    "NullType",
    "NullTypeGradError",
    "Rop",
    "grad",
    "grad_not_implemented",
    "grad_undefined",
]


def as_list(x: Any) -> list[Any]:
    """Return a variable, or a sequence of variables, as a list."""
    return list(x) if isinstance(x, (list, tuple)) else [x]


def as_given(values: list[Any], like: Any) -> Any:
    """Return ``values`` in the form in which ``like`` was given: list, tuple or single variable."""
    if isinstance(like, tuple):
        return tuple(values)
    return values if isinstance(like, list) else values[0]


def grad(
    cost: Any,
    wrt: Any,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Mapping[Any, Any] | None = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """Return the gradient of a scalar cost.

    Parameters
    ----------
    cost : 0-d tensor or None
        What is differentiated; None where ``known_grads`` says everything.
    wrt : variable, or list or tuple of variables
        What it is differentiated with respect to.
    consider_constant : variables, optional
        Nothing is propagated through these.
    disconnected_inputs : {"raise", "warn", "ignore"}
        What to do where the cost does not depend on a variable of ``wrt``.
    add_names : bool
        Name the gradients ``(dcost/dx)`` where cost and variable have names.
    known_grads : mapping, optional
        Gradients of variables that are known already.
    return_disconnected : {"zero", "none", "disconnected"}
        What stands for the gradient of something that the cost does not depend on.
    null_gradients : {"raise", "return"}
        What to do with a gradient that is undefined.

    Returns
    -------
    variable, list or tuple
        As ``wrt``; each of the type of its variable, in ``floatX`` for integer variables.

    Raises
    ------
    TypeError
        The cost is not a scalar, or is complex.
    DisconnectedInputError
        The cost does not depend on a variable of ``wrt``.
    NullTypeGradError
        A gradient is undefined, or not implemented.
    """
    check_choice("disconnected_inputs", disconnected_inputs, ("raise", "warn", "ignore"))
    check_choice("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    check_choice("null_gradients", null_gradients, ("raise", "return"))
    known: dict[Variable, Any] = {v: as_tensor_variable(g) for v, g in (known_grads or {}).items()}
    if cost is None and not known:
        raise TypeError("grad() needs a cost, or known_grads")
    if cost is not None:
        known.setdefault(cost, grad_of_cost(cost))
    targets = as_list(wrt)
    for target in targets:
        if not isinstance(target, Variable):
            raise usage_error(
                TypeError,
                "grad() was asked for the gradient with respect to something that is no variable",
                got=target,
            )
    grads = propagate(known, targets, set(consider_constant or ()))

    results = []
    for target in targets:
        g = grads.get(target)
        if g is None or is_disconnected(g):
            report_disconnected(target, cost, disconnected_inputs)
            g = {
                "zero": lambda t=target: zero_grad_of(t),
                "none": lambda: None,
                "disconnected": disconnected_type,
            }[return_disconnected]()
        elif is_null(g) and null_gradients == "raise":
            raise NullTypeGradError(f"the gradient with respect to {target} has no value: "
                                    f"{g.type.why_null}")
        elif add_names and g.name is None and cost is not None and cost.name and target.name:
            g.name = f"(d{cost.name}/d{target.name})"
        results.append(g)
    return as_given(results, wrt)


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise ValueError unless ``value`` is among ``choices``."""
    if value not in choices:
        raise usage_error(
            ValueError,
            f"grad() was given a value of `{name}` that it does not know",
            expected=" or ".join(repr(c) for c in choices),
            got=value,
        )


def grad_of_cost(cost: Any) -> Any:
    """Return the gradient of a cost with respect to itself: one.

    Raises
    ------
    TypeError
        It is no real scalar.
    NullTypeGradError
        It is itself an undefined gradient.
    """
    if is_null(cost):
        raise NullTypeGradError(f"the cost has no value: {cost.type.why_null}")
    if not isinstance(getattr(cost, "type", None), TensorType) or cost.type.ndim:
        raise usage_error(
            TypeError,
            "grad() was given a non-scalar cost",
            expected="a 0-d cost",
            got=cost,
            fix="reduce it first, for example grad(cost.mean(), wrt)",
        )
    if cost.type.dtype.startswith("complex"):
        raise usage_error(
            TypeError, "grad() was given a complex cost", expected="a real cost", got=cost
        )
    dtype = cost.type.dtype if cost.type.dtype in CONTINUOUS_DTYPES else config.floatX
    return as_tensor_variable(np.ones((), dtype=dtype))


def report_disconnected(target: Variable, cost: Any, how: str) -> None:
    """Raise or warn, as ``how`` says, that the cost does not depend on ``target``."""
    error = usage_error(
        DisconnectedInputError,
        "grad() was asked for the gradient with respect to a variable that is not part of the "
        "computational graph of the cost, or is used only where no gradient passes",
        expected="a variable that the cost depends on"
        + (f"; the cost is {cost}" if cost is not None else ""),
        got=target,
        fix="check the graph with theano.printing.debugprint(cost), or give "
        "disconnected_inputs='ignore' for a gradient of zero",
    )
    if how == "raise":
        raise error
    if how == "warn":
        warnings.warn(str(error), stacklevel=3)


def zero_grad_of(variable: Any) -> Any:
    """Return a gradient of zero for ``variable``."""
    dtype = variable.type.dtype
    return ew.zeros_like(variable, dtype if dtype in CONTINUOUS_DTYPES else config.floatX)


def connected_nodes(
    starts: Iterable[Variable], targets: Sequence[Variable], constants: set[Variable]
) -> tuple[list[Apply], set[Variable]]:
    """Return the nodes between ``targets`` and ``starts`` through which a derivative passes.

    Returns
    -------
    nodes : list of Apply
        In the order of computation.
    reached : set of Variable
        Those that depend differentiably on a target.
    """
    reached = set(targets) - constants
    nodes = []
    for node in toposort(list(starts), constants):
        hit = [i for i, variable in enumerate(node.inputs) if variable in reached]
        if not hit:
            continue
        pattern = node.op.connection_pattern(node)
        touched = False
        for j, output in enumerate(node.outputs):
            if output not in constants and any(pattern[i][j] for i in hit):
                reached.add(output)
                touched = True
        if touched:
            nodes.append(node)
    return nodes, reached


def propagate(
    known: Mapping[Variable, Any], targets: Sequence[Variable], constants: set[Variable]
) -> dict[Variable, Any]:
    """Return the gradients of all variables between ``known`` ones and ``targets``.

    Each is of the type of its variable. Variables that nothing reaches are left out.
    """
    nodes, reached = connected_nodes(known, targets, constants)
    terms: dict[Variable, list[Any]] = {v: [g] for v, g in known.items()}
    grads: dict[Variable, Any] = {}

    def total(variable: Variable) -> Any:
        if variable not in grads:
            parts = [g for g in terms.get(variable, ()) if not is_disconnected(g)]
            undefined = [g for g in parts if is_null(g)]
            if undefined:
                grads[variable] = undefined[0]
            elif parts:
                grads[variable] = reduce(lambda a, b: a + b, parts)
            else:
                grads[variable] = None
        return grads[variable]

    for node in reversed(nodes):
        of_outputs = [total(output) for output in node.outputs]
        if all(g is None for g in of_outputs):
            continue
        undefined = [g for g in of_outputs if is_null(g)]
        if undefined:
            of_inputs: Sequence[Any] = [undefined[0] for _ in node.inputs]
        else:
            filled = [disconnected_type() if g is None else g for g in of_outputs]
            of_inputs = gradients_of_node(node, filled)
        for variable, g in zip(node.inputs, of_inputs, strict=True):
            if variable in reached and not is_disconnected(g):
                terms.setdefault(variable, []).append(fit_type(g, variable, node))
    for target in targets:
        total(target)
    return {v: g for v, g in grads.items() if g is not None}


def gradients_of_node(node: Apply, output_grads: Sequence[Any]) -> Sequence[Any]:
    """Return what the op's own gradient says, with its form checked.

    Raises
    ------
    NullTypeGradError
        The op has no gradient; only where the result is used.
    ValueError, TypeError
        The op's gradient breaks the rules of ``Op.L_op``.
    """
    try:
        of_inputs = list(node.op.L_op(node.inputs, node.outputs, list(output_grads)))
    except NotImplementedError as error:
        reason = f"{node.op} has no gradient ({error})" + (
            f", used at {node.source}" if node.source else ""
        )
        return [NullType(reason)() for _ in node.inputs]
    if len(of_inputs) != len(node.inputs):
        raise ValueError(
            f"the gradient of {node.op} gave {len(of_inputs)} results for {len(node.inputs)} inputs"
        )
    for i, g in enumerate(of_inputs):
        if g is None:
            raise TypeError(
                f"the gradient of {node.op} gave None for input {i}; use zeros, grad_undefined, "
                "grad_not_implemented or DisconnectedType()()"
            )
    return [g if isinstance(g, Variable) else as_tensor_variable(g) for g in of_inputs]


def fit_type(g: Any, variable: Variable, node: Apply) -> Any:
    """Return a gradient in the dtype and the pattern of its variable.

    Raises
    ------
    ValueError
        The rank differs.
    """
    if is_null(g) or not isinstance(g.type, TensorType):
        return g
    kind = variable.type
    if not isinstance(kind, TensorType):
        return g
    if g.type.ndim != kind.ndim:
        raise ValueError(
            f"the gradient of {node.op} has {g.type.ndim} dimensions for an input of {kind.ndim}"
        )
    if kind.dtype in CONTINUOUS_DTYPES and g.type.dtype != kind.dtype:
        g = ew.cast(g, kind.dtype)
    lengthen = [
        here and not there
        for here, there in zip(g.type.broadcastable, kind.broadcastable, strict=True)
    ]
    if any(lengthen):
        g = ew.fill(variable, g)
    return rebroadcast_to(g, kind.broadcastable)


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

    Returns
    -------
    variable, list or tuple
        As ``wrt``.
    """
    pairs = dict(zip(as_list(f), as_list(eval_points), strict=True))
    return grad(
        None,
        wrt,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        known_grads=pairs,
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

    Returns
    -------
    variable, list or tuple
        As ``f``.

    Raises
    ------
    ValueError
        A direction has another rank than its variable.
    """
    check_choice("disconnected_outputs", disconnected_outputs, ("raise", "warn", "ignore"))
    points: dict[Variable, Any] = {}
    for variable, point in zip(as_list(wrt), as_list(eval_points), strict=True):
        point = as_tensor_variable(point)
        if point.type.ndim != variable.type.ndim:
            raise usage_error(
                ValueError,
                "Rop() was given a direction of another rank than its variable",
                expected=variable,
                got=point,
            )
        points[variable] = point
    for node in toposort(as_list(f), set(points)):
        directions = [points.get(v) for v in node.inputs]
        if all(d is None for d in directions):
            continue
        results = node.op.R_op(node.inputs, directions)
        for output, result in zip(node.outputs, results, strict=True):
            if result is not None and not is_disconnected(result):
                points.setdefault(output, result)
    results = []
    for output in as_list(f):
        point = points.get(output)
        if point is None:
            report_disconnected(output, None, disconnected_outputs)
            point = zero_grad_of(output) if return_disconnected == "zero" else None
        results.append(point)
    return as_given(results, f)


def grad_undefined(op: Any, x_pos: int, x: Any, comment: str = "") -> Variable:
    """Return the mark of a gradient that mathematics does not define."""
    return NullType(f"the gradient of {op} with respect to input {x_pos} is undefined. {comment}")()


def grad_not_implemented(op: Any, x_pos: int, x: Any, comment: str = "") -> Variable:
    """Return the mark of a gradient that nobody has written yet."""
    return NullType(
        f"the gradient of {op} with respect to input {x_pos} is not implemented. {comment}"
    )()
