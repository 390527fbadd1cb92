"""Helpers of ``theano.scan_module.scan_utils`` that programs use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.graph import Constant, Variable
from theano.graph.traversal import clone_replace, is_same_graph
from theano.loops.step import Returned, read, until
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.brackets import set_subtensor
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.sizes import lengths_of
from theano.updates import OrderedUpdates


def equal_computations(
    xs: Sequence[Any],
    ys: Sequence[Any],
    in_xs: Sequence[Variable] | None = None,
    in_ys: Sequence[Variable] | None = None,
) -> bool:
    """Whether each of ``xs`` is computed of ``in_xs`` as its counterpart in ``ys`` is of ``in_ys``.

    Raises
    ------
    ValueError
        The lengths differ.
    """
    pairs = zip(as_variables(xs), as_variables(ys), strict=True)
    givens = dict(zip(in_xs or (), in_ys or (), strict=True))
    return all(x.type == y.type and is_same_graph(x, y, givens) for x, y in pairs)


def as_variables(values: Sequence[Any]) -> list[Variable]:
    """Return values as variables."""
    return [v if isinstance(v, Variable) else as_tensor_variable(v) for v in values]


def safe_new(x: Any, tag: str = "", dtype: Any = None) -> Any:
    """Return a new variable like ``x``, with its name and ``tag`` behind it."""
    variable: Any = x if isinstance(x, Variable) else as_tensor_variable(x)
    kind = variable.type
    if isinstance(x, Constant) and dtype in (None, kind.dtype):
        return x
    new = (kind if dtype is None else kind.clone(dtype=dtype))()
    new.name = None if variable.name is None else variable.name + tag
    return new


def expand_empty(tensor_var: Any, size: Any) -> Any:
    """Return a tensor with ``size`` more elements behind it, zeros."""
    if size == 0:
        return tensor_var
    first, *rest = lengths_of(tensor_var)
    room = alloc(np.zeros((), tensor_var.type.dtype), first + size, *rest)
    return set_subtensor(room[:first], tensor_var)


def get_updates_and_outputs(ls: Any) -> tuple[Any, list[Any], OrderedUpdates]:
    """Return the condition, the outputs and the updates that a step returned."""
    returned = Returned()
    read(ls, returned, "the step")
    condition = None if returned.condition is None else until(returned.condition)
    return condition, returned.outputs, OrderedUpdates(returned.updates)


def traverse(
    out: Any, x: Any, x_copy: Any, d: dict[Any, Any], visited: Any = None
) -> dict[Any, Any]:
    """Return ``d``: values need no transfer to a device."""
    return d


def isNaN_or_Inf_or_None(x: Any) -> bool:
    """Whether a value is missing or no finite number."""
    if x is None or isinstance(x, str):
        return x is None
    try:
        return not abs(float(x)) < float("inf")
    except (TypeError, ValueError):
        return False


def forced_replace(out: Any, x: Any, y: Any) -> Any:
    """Return ``out`` with ``y`` in the place of ``x``."""
    return None if out is None else clone_replace(out, {x: y}, strict=False)
