"""``subgraph_grad``: backpropagation one part of a graph after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theano.errors import usage_error
from theano.gradient.backward import grad
from theano.graph import Variable


def subgraph_grad(
    wrt: Sequence[Variable],
    end: Sequence[Variable],
    start: Mapping[Variable, Variable] | None = None,
    cost: Any = None,
    details: bool = False,
) -> tuple[Any, ...]:
    """Return gradients with respect to parameters and to where a part of a graph begins.

    Nothing is propagated further back than ``end``. So the gradients of ``end`` may be the
    ``start`` of the part before, or be replaced in between where something is not differentiable.

    Parameters
    ----------
    wrt : list of Variable
        The parameters of this part.
    end : list of Variable
        Where it begins, seen from the inputs.
    start : mapping, optional
        Known gradients of variables at its other side.
    cost : 0-d tensor, optional
        A cost that is added. Its part in what ``start`` holds must not be counted there already.
    details : bool
        Return also what ``start`` and ``cost`` give by themselves, for all of ``wrt`` and ``end``
        in this order; None for one that is not given.

    Returns
    -------
    tuple of 2 or 4 lists
        Gradients of ``wrt``, gradients of ``end``, and those details. What nothing depends on has
        a gradient of zero.

    Raises
    ------
    TypeError
        Neither ``start`` nor ``cost`` is given, or an argument is of another type than above.
    """
    if start is None and cost is None:
        raise usage_error(
            TypeError,
            "subgraph_grad() was given nothing to differentiate",
            expected="start, or a cost, or both",
        )
    for name, given in (("wrt", wrt), ("end", end)):
        if not isinstance(given, (list, tuple)):
            raise usage_error(
                TypeError,
                f"subgraph_grad() was given no list as `{name}`",
                expected="a list of variables",
                got=given,
            )
    if start is not None and not isinstance(start, Mapping):
        raise usage_error(
            TypeError,
            "subgraph_grad() was given no mapping as `start`",
            expected="a dict from variables to their gradients",
            got=start,
        )
    params = list(dict.fromkeys([*wrt, *end]))

    def gradients(cost: Any, known: Mapping[Variable, Variable] | None) -> list[Any]:
        found: list[Any] = grad(
            cost,
            params,
            known_grads=known,
            consider_constant=list(end),
            disconnected_inputs="ignore",
        )
        return found

    of_start = None if start is None else gradients(None, start)
    of_cost = None if cost is None else gradients(cost, None)
    parts = [part for part in (of_start, of_cost) if part is not None]
    totals = parts[0] if len(parts) == 1 else [a + b for a, b in zip(*parts, strict=True)]
    total = dict(zip(params, totals, strict=True))
    results = [total[v] for v in wrt], [total[v] for v in end]
    return (*results, of_start, of_cost) if details else results
