"""A graph computed for each row of the unit matrix: the rows of a Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.graph import Constant, FunctionGraph
from theano.graph.traversal import rebuild, toposort
from theano.loops.loop import Loop
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.ops.triangles import eye


def map_unit_rows(outputs: Sequence[Any], row: Any, n: Any) -> list[Any]:
    """Return ``outputs`` computed for each row of the unit matrix.

    It is a loop without states, whose steps are made at once. What does not depend on ``row`` is
    computed once, outside.

    Parameters
    ----------
    outputs : sequence of tensors
    row : vector
        A variable of their graph, without an owner.
    n : int or integer scalar
        The length of ``row``.

    Returns
    -------
    list of tensors
        Each of one dimension more, the first of length ``n``.
    """
    moving, nodes = {row}, []
    for node in toposort(list(outputs), {row}):
        if not moving.isdisjoint(node.inputs):
            moving.update(node.outputs)
            nodes.append(node)
    used = dict.fromkeys(v for node in nodes for v in node.inputs if not isinstance(v, Constant))
    fixed = [v for v in used if v not in moving]
    stand_ins = {v: v.type.make_variable(v.name) for v in (row, *fixed)}
    inner = [v for v in outputs if v in moving]
    stacks: list[Any] = []
    if inner:
        step, _ = rebuild(inner, stand_ins, copy_all=True)
        graph = FunctionGraph(list(stand_ins.values()), step, clone=False)
        loop = Loop(graph, n_sequences=1, n_states=0, name="jacobian")
        stacks = loop(n, n, eye(n, dtype=row.type.dtype), *fixed, return_list=True)
    found = iter(stacks)
    return [next(found) if v in moving else alloc(v, n, *lengths_of(v)) for v in outputs]
