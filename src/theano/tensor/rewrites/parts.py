"""Sums of what is zero but for a slice: gradients of the slices of one tensor."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.rewriting import CANONICALIZE, node_rewriter
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.indexing import IncSubtensor
from theano.tensor.ops.parts import WriteParts
from theano.tensor.rewrites.words import vocabulary

add = ew.FUNCTIONS["add"]
Part = tuple[int, int, "int | None", Variable]
"""Axis, first place and the one behind the last, and what is written there."""


@node_rewriter([add], stage=CANONICALIZE)
def parts_side_by_side(fgraph: FunctionGraph, node: Apply) -> list[Any] | None:
    """``inc(0, y, [:, a:b]) + inc(0, z, [:, b:c])`` is written in one go.

    So are the gradients of gates that are slices of one product. XLA on the CPU would else compute,
    for every element, whether each of the slices has it.
    """
    if any(is_sum(user) for user, _ in fgraph.clients[node.outputs[0]]):
        return None  # of which this is a term
    groups: dict[Any, list[Part]] = {}
    rest = []
    for term in terms_of(fgraph, node):
        found = part_of(term)
        if found is None:
            rest.append(term)
        else:
            zeros, part = found
            groups.setdefault((zeros, part[0]), []).append(part)
    written = []
    for (zeros, axis), parts in groups.items():
        parts.sort(key=lambda part: part[1])
        bounds = [(start, stop) for _, start, stop, _ in parts]
        apart = all(
            stop is not None and stop <= start for (_, stop), (start, _) in pairwise(bounds)
        )
        if len(parts) == 1 or not apart:
            return None
        written.append(WriteParts(axis, bounds)(zeros, *(y for *_, y in parts)))
    return [add(*rest, *written) if rest or len(written) > 1 else written[0]] if written else None


def is_sum(node: Any) -> bool:
    """Whether a node adds."""
    return isinstance(node, Apply) and node.op == add


def terms_of(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Return what is added up, also in sums that nothing else needs."""
    kind = node.outputs[0].type
    found, todo = [], list(reversed(node.inputs))
    while todo:
        v = todo.pop()
        inner = v.owner
        if inner is not None and is_sum(inner) and len(fgraph.clients[v]) == 1 and v.type == kind:
            todo += reversed(inner.inputs)
        else:
            found.append(v)
    return found


def part_of(variable: Variable) -> tuple[Variable, Part] | None:
    """Return the zeros and the part that is written there; None where it is something else."""
    node = variable.owner
    if node is None or not isinstance(node.op, IncSubtensor):
        return None
    zeros, y, *numbers = node.inputs
    if (
        not is_zeros(zeros)
        or y.type.broadcastable != zeros.type.broadcastable
        or not all(isinstance(n, Constant) for n in numbers)
    ):
        return None
    cut = [
        (axis, entry)
        for axis, entry in enumerate(node.op.key.fill(numbers))
        if entry != slice(None)
    ]
    if len(cut) != 1 or not isinstance(cut[0][1], slice) or cut[0][1].step is not None:
        return None
    axis, entry = cut[0]
    start = 0 if entry.start is None else int(np.asarray(entry.start.data))
    stop = None if entry.stop is None else int(np.asarray(entry.stop.data))
    if start < 0 or (stop is not None and stop < start):
        return None
    return zeros, (axis, start, stop, y)


def is_zeros(variable: Variable) -> bool:
    """Whether a tensor is zero everywhere."""
    node = variable.owner
    if node is not None and node.op == ew.fill:
        variable = node.inputs[1]
    return vocabulary.is_number(variable, 0)
