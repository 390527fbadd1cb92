"""Symbolic derivatives: ``grad``, ``Lop``, ``Rop``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

from theano.errors import DisconnectedInputError, NullTypeGradError, usage_error
from theano.graph import Apply, DisconnectedType, NullType, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected, is_null
from theano.graph.traversal import toposort
from theano.options import config
from theano.scalar.type import COMPLEX_DTYPES, CONTINUOUS_DTYPES
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
    consider_constant : variable, or list of variables, optional
        Nothing is propagated through these.
    disconnected_inputs : {"raise", "warn", "ignore"}
        What to do where the cost does not depend on a variable of ``wrt``.
    add_names : bool
        Name the gradients ``(dcost/dx)`` where cost and variable have names.
    known_grads : mapping, optional
        Gradients of variables that are known already; nothing else is added to them.
    return_disconnected : {"zero", "None", "Disconnected"}
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
    ValueError
        The cost is itself an undefined gradient, or an option has an unknown value.
    """
    return_disconnected = return_disconnected.lower()
    check_choice("disconnected_inputs", disconnected_inputs, ("raise", "warn", "ignore"))
    check_choice("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    check_choice("null_gradients", null_gradients, ("raise", "return"))
    known = {v: checked_known_grad(v, g) for v, g in dict(known_grads or {}).items()}
    if cost is None and not known:
        raise usage_error(
            TypeError,
            "grad() was given nothing to differentiate",
            expected="a cost, or known_grads",
        )
    if cost is not None:
        known.setdefault(cost, grad_of_cost(cost))
    targets = as_list(wrt)
    for target in targets:
        if not isinstance(target, Variable):
            raise usage_error(
                TypeError,
                "grad() was asked for the gradient with respect to something that is no variable",
                expected="a variable, or a list or tuple of variables",
                got=target,
            )
    constants = set() if consider_constant is None else set(as_list(consider_constant))
    grads = propagate(known, targets, constants)

    results = []
    for target in targets:
        g = grads.get(target)
        if g is None or is_disconnected(g):
            report_disconnected(target, cost, disconnected_inputs)
            if return_disconnected == "zero":
                g = zero_grad_of(target)
            else:
                g = None if return_disconnected == "none" else disconnected_type()
        elif is_null(g) and null_gradients == "raise":
            raise usage_error(
                NullTypeGradError,
                f"the gradient with respect to {target} has no value: {g.type.why_null}",
                got=target,
                fix="take the op out of the path, or give null_gradients='return'",
            )
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


def checked_known_grad(variable: Any, g: Any) -> Any:
    """Return a gradient that the caller knows, as a variable.

    Raises
    ------
    TypeError
        It is of a discrete dtype.
    ValueError
        Its rank is not that of its variable.
    """
    g = g if isinstance(g, Variable) else as_tensor_variable(g)
    if not isinstance(g.type, TensorType) or not isinstance(variable.type, TensorType):
        return g
    if g.type.dtype not in CONTINUOUS_DTYPES:
        raise usage_error(
            TypeError,
            "a known gradient has a discrete dtype",
            expected="real or complex numbers",
            got=g,
            fix="cast it: theano.tensor.cast(g, 'floatX')",
        )
    if g.type.ndim != variable.type.ndim:
        raise usage_error(
            ValueError,
            "a known gradient is of another rank than its variable",
            expected=variable,
            got=g,
        )
    return g


def grad_of_cost(cost: Any) -> Any:
    """Return the gradient of a cost with respect to itself: one, in the shape of the cost.

    Raises
    ------
    TypeError
        It is no real scalar.
    ValueError
        It is itself an undefined gradient.
    """
    if isinstance(cost, Variable) and is_null(cost):
        raise usage_error(
            ValueError, f"grad() was given a cost that has no value: {cost.type.why_null}"
        )
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
    # Made from the cost, so that a gradient needs the inputs of a linear cost too.
    return ew.ones_like(cost, cost.type.dtype if cost.type.dtype in CONTINUOUS_DTYPES else "floatX")


def report_disconnected(target: Variable, cost: Any, how: str) -> None:
    """Raise or warn, as ``how`` says, that the cost does not depend on ``target``."""
    report(
        usage_error(
            DisconnectedInputError,
            "grad() was asked for the gradient with respect to a variable that is not part of the "
            "computational graph of the cost, or is used only where no gradient passes",
            expected="a variable that the cost depends on"
            + (f"; the cost is {cost}" if cost is not None else ""),
            got=target,
            fix="check the graph with theano.printing.debugprint(cost), or give "
            "disconnected_inputs='ignore' for a gradient of zero",
        ),
        how,
    )


def report_disconnected_output(output: Variable, how: str) -> None:
    """Raise or warn, as ``how`` says, that an output of ``Rop`` depends on nothing of ``wrt``."""
    report(
        usage_error(
            DisconnectedInputError,
            "Rop() was asked for the derivative of a variable that does not depend on `wrt`, or "
            "only where no derivative passes",
            got=output,
            fix="give disconnected_outputs='ignore' for a derivative of zero",
        ),
        how,
    )


def report(error: Exception, how: str) -> None:
    """Raise an error, make it a warning, or pass over it, as ``how`` says."""
    if how == "raise":
        raise error
    if how == "warn":
        warnings.warn(str(error), stacklevel=4)


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
    reached = set(targets)
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

    Each is of the type of its variable. Variables that nothing reaches are left out. Nothing is
    added to what is known, and nothing passes through ``constants``.
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
        of_outputs = [None if v in constants else total(v) for v in node.outputs]
        if all(g is None for g in of_outputs):
            continue
        undefined = [g for g in of_outputs if is_null(g)]
        if undefined:
            of_inputs: Sequence[Any] = [undefined[0] for _ in node.inputs]
        else:
            filled = [disconnected_type() if g is None else g for g in of_outputs]
            of_inputs = gradients_of_node(node, filled)
        for variable, g in zip(node.inputs, of_inputs, strict=True):
            if variable in reached and variable not in known and not is_disconnected(g):
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
        given = node.op.L_op(node.inputs, node.outputs, list(output_grads))
    except NotImplementedError as error:
        reason = f"{node.op} has no gradient ({error})" + (
            f", used at {node.source}" if node.source else ""
        )
        return [NullType(reason)() for _ in node.inputs]
    if not isinstance(given, (list, tuple)):
        raise usage_error(
            TypeError, f"the gradient of {node.op} gave no list", expected="a list", got=given
        )
    of_inputs = list(given)
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

    That of a real variable is the real part of a complex one.

    Raises
    ------
    ValueError
        The rank differs.
    TypeError
        The dtype is discrete.
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
    if g.type.dtype not in CONTINUOUS_DTYPES:
        raise TypeError(
            f"the gradient of {node.op} is of dtype {g.type.dtype}; gradients are real or complex "
            "numbers, also those of integers"
        )
    if g.type.dtype in COMPLEX_DTYPES and kind.dtype not in COMPLEX_DTYPES:
        g = ew.FUNCTIONS["real"](g)
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


def paired(caller: str, name: str, variables: Any, eval_points: Any) -> list[tuple[Any, Any]]:
    """Return variables with the points that belong to them, which are as many.

    Raises
    ------
    ValueError
        They are not.
    """
    these, points = as_list(variables), as_list(eval_points)
    if len(these) != len(points):
        raise usage_error(
            ValueError,
            f"{caller}() was given another number of eval_points than of `{name}`",
            expected=f"{len(these)}, one for each of `{name}`",
            got=f"{len(points)}",
        )
    return list(zip(these, points, strict=True))


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
        ``f`` does not depend on ``wrt``.
    NotImplementedError
        An op on the way has no R-op.
    """
    return_disconnected = return_disconnected.lower()
    check_choice("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    check_choice("disconnected_outputs", disconnected_outputs, ("raise", "warn", "ignore"))
    points: dict[Variable, Any] = {}
    for variable, point in paired("Rop", "wrt", wrt, eval_points):
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
                points.setdefault(output, result)
    results = []
    for output in as_list(f):
        point = points.get(output)
        if point is None:
            report_disconnected_output(output, disconnected_outputs)
            if return_disconnected == "zero":
                point = zero_grad_of(output)
            elif return_disconnected == "disconnected":
                point = disconnected_type()
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
