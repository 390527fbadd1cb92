"""Gradients of the last elements of stacks, which only the last step gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.gradient import grad
from theano.graph import Constant
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected, is_null
from theano.graph.traversal import ancestors, rebuild
from theano.loops.loop import Loop
from theano.options import change_flags
from theano.scalar.passing import Cast
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.brackets import inc_subtensor
from theano.tensor.ops.indexing import IncSubtensor
from theano.tensor.ops.shape import Alloc


def at_last_step(
    op: Loop, inputs: Sequence[Any], outputs: Sequence[Any], output_grads: Sequence[Any]
) -> tuple[list[Any], dict[int, Any]]:
    """Return the gradients of a loop's results with those of last elements as of last states.

    An element that is no state, but computed from what the states become, from elements of
    sequences and from what stays the same, is differentiated for the last step alone.

    Returns
    -------
    output_grads : list of Variable
    found : dict
        From places among the loop's inputs to gradients that come of that: those of sequences with
        respect to the element of the last step.
    """
    grads = list(output_grads)
    found: dict[int, Any] = {}
    n_steps, capacity = inputs[:2]
    if op.is_reverse or not (op.is_until or n_steps is capacity):
        return grads, found
    new = op.graph.outputs
    for k, element in enumerate(op.elements):
        last = gradient_of_last(grads[op.n_states + k], outputs[-1] if op.is_until else None)
        if last is None:
            continue
        states = [j for j in range(op.n_states) if new[j] is element]
        given = {states[0]: last} if states else None
        if given is None and op.truncate:
            given, more = of_element(op, element, inputs, outputs, last) or (None, {})
            for place, g in more.items():
                found[place] = found[place] + g if place in found else g
        if given is None:
            continue
        grads[op.n_states + k] = disconnected_type()
        for j, g in given.items():
            grads[j] = g if is_disconnected(grads[j]) else grads[j] + g
    return grads, found


def of_element(
    op: Loop, element: Any, inputs: Sequence[Any], outputs: Sequence[Any], g: Any
) -> tuple[dict[int, Any], dict[int, Any]] | None:
    """Return the gradients of the element that the last step gave for a stack.

    Parameters
    ----------
    op : Loop
    element : Variable
        Of the step.
    inputs, outputs : sequence of Variable
        Of the loop.
    g : Variable
        The gradient with respect to the element.

    Returns
    -------
    of_states : dict
        From the places of states to gradients with respect to what they became.
    of_inputs : dict
        From places among the inputs to gradients, of a sequence's last element for a sequence.

    None where the element depends on what the states were, or has no gradient.
    """
    inner = op.graph.inputs
    became = {v: v.type() for v in op.graph.outputs[: op.n_states] if not isinstance(v, Constant)}
    (element,), _ = rebuild([element], became)
    needed = set(ancestors([element]))
    if any(v in needed for v in op.inner_parts(inner)[1]):
        return None
    places = {stand_in: op.graph.outputs.index(v) for v, stand_in in became.items()}
    wrt = [v for v in (*places, *inner) if v in needed]
    with change_flags(compute_test_value="off"):
        found = grad(
            None,
            wrt,
            known_grads={ew.tensor_copy(element): g},
            disconnected_inputs="ignore",
            return_disconnected="disconnected",
            null_gradients="return",
        )
    if any(map(is_null, found)):
        return None
    n = outputs[-1] if op.is_until else inputs[0]
    outside = {v: outputs[j] for v, j in places.items()}
    for i, (v, x) in enumerate(zip(inner, inputs[2:], strict=True)):
        outside[v] = x[n - np.int64(1)] if i < op.n_sequences else x
    real = {v: z for v, z in zip(wrt, found, strict=True) if not is_disconnected(z)}
    values, _ = rebuild(list(real.values()), outside)
    of = dict(zip(real, values, strict=True))
    of_states = {places[v]: z for v, z in of.items() if v in places}
    return of_states, {2 + inner.index(v): z for v, z in of.items() if v not in places}


def add_last_elements(
    gradients: list[Any], found: dict[int, Any], n_sequences: int, n_steps: Any
) -> None:
    """Add to the gradients of a loop's inputs those that ``at_last_step`` found."""
    for place, g in found.items():
        whole = gradients[place]
        if not is_null(whole) and place - 2 < n_sequences:
            gradients[place] = inc_subtensor(whole[n_steps - np.int64(1)], g)
        elif not is_null(whole):
            gradients[place] = whole + g


def gradient_of_last(g: Any, count: Any) -> Any:
    """Return the gradient of the last element of a stack, where ``g`` is zero for all others.

    Parameters
    ----------
    g : Variable
        The gradient of the stack.
    count : Variable or None
        How many elements there are, if fewer than the stack has.
    """
    node = g.owner
    if node is None or not isinstance(node.op, IncSubtensor) or not is_zeros(node.inputs[0]):
        return None
    index = node.op.key.fill(list(node.inputs[2:]))
    if count is not None:
        is_cut = len(index) == 1 and isinstance(index[0], slice) and index[0].start is None
        return gradient_of_last(node.inputs[1], None) if is_cut and index[0].stop is count else None
    is_last = len(index) == 1 and isinstance(index[0], Constant) and int(index[0].data) == -1
    return node.inputs[1] if is_last else None


def is_zeros(variable: Any) -> bool:
    """Whether a tensor is made of zeros."""
    node = variable.owner
    if node is None:
        return isinstance(variable, Constant) and not np.any(variable.data)
    if isinstance(node.op, Elemwise) and node.op.scalar_op.name == "second":
        return is_zeros(node.inputs[1])
    if isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Cast):
        return is_zeros(node.inputs[0])
    return isinstance(node.op, (Alloc, DimShuffle)) and is_zeros(node.inputs[0])
