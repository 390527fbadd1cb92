"""The walk from known gradients back to variables, and ``grad``, which starts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

from theano.errors import NullTypeGradError, usage_error
from theano.gradient.fitting import check_test_shapes, checked_known_grad, fit_type
from theano.gradient.forms import (
    as_given,
    as_list,
    check_choice,
    check_variables,
    report_disconnected,
    when_disconnected,
)
from theano.graph import Apply, NullType, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected, is_null
from theano.graph.traversal import ancestors, toposort
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

MAX_CUTS = 3
"""How many places an error names where no gradient passes."""


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
        Gradients of variables that are known already; nothing else is added to them. A scalar
        holds for all elements of its variable.
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
    choices = ("disconnected_inputs", disconnected_inputs, ("raise", "warn", "ignore"))
    check_choice("grad", *choices)
    choices = ("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    check_choice("grad", *choices)
    check_choice("grad", "null_gradients", null_gradients, ("raise", "return"))
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
    check_variables("grad", "wrt", targets)
    constants = set() if consider_constant is None else set(as_list(consider_constant))
    walk = Backward(known, targets, constants)

    results = []
    for target in targets:
        g = walk.total(target)
        if g is None:
            report_disconnected(
                "grad() was asked for the gradient with respect to a variable that "
                + walk.reason(target),
                target,
                disconnected_inputs,
                expected="a variable that the cost depends on"
                + (f"; the cost is {cost}" if cost is not None else ""),
                fix="check the graph with theano.printing.debugprint(cost), or give "
                "disconnected_inputs='ignore' for a gradient of zero",
            )
            g = when_disconnected(target, return_disconnected)
        elif is_null(g) and null_gradients == "raise":
            raise usage_error(
                NullTypeGradError,
                f"the gradient with respect to {target} has no value: {g.type.why_null}"
                + walk.origin(g),
                got=target,
                fix="take the op out of the path, or give null_gradients='return'",
            )
        elif add_names and g.name is None and cost is not None and cost.name and target.name:
            g.name = f"(d{cost.name}/d{target.name})"
        results.append(g)
    return as_given(results, wrt)


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
    if not isinstance(cost, Variable):
        raise usage_error(
            TypeError,
            "grad() was given a cost that is no variable",
            expected="a 0-d tensor variable, computed from variables",
            got=cost,
            fix="compute it symbolically: get_value() and eval() take numbers out of the graph",
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


class Backward:
    """One walk from known gradients back to targets.

    Nothing is added to what is known, and nothing passes through ``constants``. Each gradient is
    of the type of its variable.

    Parameters
    ----------
    known : mapping
        From variables to their gradients.
    targets : sequence of Variable
        What gradients are wanted of.
    constants : set of Variable
    """

    def __init__(
        self, known: Mapping[Variable, Any], targets: Sequence[Variable], constants: set[Variable]
    ) -> None:
        self.known, self.constants = known, constants
        self.terms: dict[Variable, list[Any]] = {v: [g] for v, g in known.items()}
        self.grads: dict[Variable, Any] = {}
        self.null_from: dict[Variable, Apply] = {}
        self.stopped_by: dict[Apply, None] = {}
        nodes, self.reached = connected_nodes(known, targets, constants)
        for node in reversed(nodes):
            self.pass_back(node)

    def total(self, variable: Variable) -> Any:
        """Return the gradient with respect to ``variable``; None where nothing reaches it."""
        if variable not in self.grads:
            parts = [g for g in self.terms.get(variable, ()) if not is_disconnected(g)]
            undefined = [g for g in parts if is_null(g)]
            if undefined:
                self.grads[variable] = undefined[0]
            else:
                self.grads[variable] = reduce(lambda a, b: a + b, parts) if parts else None
        return self.grads[variable]

    def pass_back(self, node: Apply) -> None:
        """Add what ``node`` says to the gradients of its inputs."""
        of_outputs = [None if v in self.constants else self.total(v) for v in node.outputs]
        if all(g is None for g in of_outputs):
            return
        pattern = node.op.connection_pattern(node)
        defined = [j for j, g in enumerate(of_outputs) if g is not None and not is_null(g)]
        wanted = [row for v, row in zip(node.inputs, pattern, strict=True) if v in self.reached]
        if any(row[j] for row in wanted for j in defined):
            found = gradients_of_node(
                node, [disconnected_type() if g is None or is_null(g) else g for g in of_outputs]
            )
        else:
            found = [disconnected_type() for _ in node.inputs]
        for variable, row, g in zip(node.inputs, pattern, found, strict=True):
            if variable not in self.reached or variable in self.known:
                continue
            undefined = [
                g_z for g_z, here in zip(of_outputs, row, strict=True) if here and is_null(g_z)
            ]
            if undefined:
                g = undefined[0]
            elif is_disconnected(g):
                self.stopped_by[node] = None
                continue
            elif is_null(g):
                self.null_from.setdefault(g, node)
            self.terms.setdefault(variable, []).append(fit_type(g, variable, node))

    def origin(self, g: Variable) -> str:
        """Return the words for the node that an undefined gradient comes from."""
        node = self.null_from.get(g)
        return f"\n  at:       {node.op}{where(node)}" if node is not None else ""

    def reason(self, target: Variable) -> str:
        """Return the words for why nothing reaches ``target``."""
        if target not in set(ancestors(self.known)):
            return "is not part of the computational graph of the cost"
        cuts: dict[str, None] = {}
        reached = {target}
        for node in toposort(list(self.known)):
            hit = [i for i, variable in enumerate(node.inputs) if variable in reached]
            if not hit:
                continue
            pattern = node.op.connection_pattern(node)
            passed = [v for j, v in enumerate(node.outputs) if any(pattern[i][j] for i in hit)]
            constant = [v for v in passed if v in self.constants]
            reached.update(v for v in passed if v not in self.constants)
            if constant or not passed or node in self.stopped_by:
                why = ", which is considered constant" if constant else ""
                cuts[f"{node.op}{where(node)}{why}"] = None
        shown = (
            list(cuts)[:MAX_CUTS]
            + [f"and {len(cuts) - MAX_CUTS} more places"][: len(cuts) > MAX_CUTS]
        )
        return "\n  cut at:   ".join(["the cost depends on only where no gradient passes", *shown])


def where(node: Apply) -> str:
    """Return the words for where a node was created."""
    return f", created at {node.source}" if node.source else ""


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


def gradients_of_node(node: Apply, output_grads: Sequence[Any]) -> Sequence[Any]:
    """Return what the op's own gradient says, with its form checked.

    Raises
    ------
    ValueError, TypeError
        The op's gradient breaks the rules of ``Op.L_op``.
    """
    check_test_shapes(node, "output", node.outputs, output_grads)
    try:
        given = node.op.L_op(node.inputs, node.outputs, list(output_grads))
    except NotImplementedError as error:
        undefined = NullType(f"{node.op} has no gradient ({error})")
        return [undefined() for _ in node.inputs]
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
    of_inputs = [g if isinstance(g, Variable) else as_tensor_variable(g) for g in of_inputs]
    check_test_shapes(node, "input", node.inputs, of_inputs)
    return of_inputs
