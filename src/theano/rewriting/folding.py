"""Constant folding: what depends on constants alone is computed once, while compiling."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import numpy as np

from theano.graph.apply import Apply
from theano.graph.function_graph import FunctionGraph
from theano.graph.op import perform_node
from theano.graph.variable import Constant, Variable
from theano.rewriting.database import STAGES, node_rewriter

MAX_ELEMENTS = 1 << 16
"""A larger value is folded only where it is no larger than what it is computed from: a program
should not carry ``zeros((1000, 1000))`` in full."""

_unfoldable: WeakSet[Apply] = WeakSet()


@node_rewriter(name="constant_folding", stage=STAGES, tags=("fast_run", "fast_compile"), depth=1)
def constant_folding(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a node whose inputs are all constants by the constants that it gives.

    A node whose evaluation fails is left as it is. The error belongs to the run: the node may
    stand in a branch that is never taken.
    """
    # A node without inputs is no function of constants; it may well read a state.
    if not node.inputs or not node.constant_inputs() or node in _unfoldable:
        return None
    if not node.op.do_constant_folding(node):
        return None
    try:
        with np.errstate(all="ignore"):
            values = perform_node(node, [x.data for x in node.inputs if isinstance(x, Constant)])
        constants = [
            output.type.make_constant(value)
            for output, value in zip(node.outputs, values, strict=True)
        ]
    except Exception:
        # Any failure, whatever its kind, is for the run to report.
        _unfoldable.add(node)
        return None
    given = sum(_elements(x.data) for x in node.inputs if isinstance(x, Constant))
    if sum(map(_elements, values)) > max(MAX_ELEMENTS, given):
        _unfoldable.add(node)
        return None
    return constants


def _elements(value: Any) -> int:
    return int(getattr(value, "size", 1))
