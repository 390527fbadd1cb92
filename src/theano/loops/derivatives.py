"""Gradients of a ``Loop``: a loop the other way, over what the first one left behind.

The backward step is the gradient of the step. What it needs of the step itself is not computed
again but kept by the loop, as further stacks, unless it is cheaper to compute than to read; which
is what reverse-mode differentiation does with a tape [Griewank and Walther, Evaluating
Derivatives, 2008].
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theano.gradient import Rop, grad
from theano.graph import Constant, FunctionGraph, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected, is_null
from theano.graph.queries import io_connection_pattern
from theano.graph.traversal import ancestors, rebuild
from theano.loops.fitting import fitted
from theano.loops.last_step import add_last_elements, at_last_step
from theano.loops.loop import Loop
from theano.loops.rewrites import LOOPS
from theano.options import change_flags, config
from theano.rewriting import SPECIALIZE, STABILIZE, Query, rewrite_graph
from theano.scalar.passing import Cast
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.brackets import set_subtensor
from theano.tensor.type import TensorType

CHEAP = frozenset(
    ("abs_", "add", "eq", "ge", "gt", "identity", "int_div", "le", "lt", "maximum")
    + ("minimum", "mul", "neg", "neq", "second", "sgn", "sqr", "sub", "switch")
)
"""Scalar ops that cost less than to keep what they give."""


def derivative_dtype(kind: Any) -> str:
    """Return the dtype of a derivative with respect to a tensor."""
    return kind.dtype if kind.dtype in CONTINUOUS_DTYPES else config.floatX


def derivative_of(variable: Any) -> Any:
    """Return a variable for the derivative of a tensor."""
    return variable.type.clone(dtype=derivative_dtype(variable.type))()


def is_continuous(variable: Any) -> bool:
    """Whether a variable can have a derivative other than zero."""
    return getattr(variable.type, "dtype", None) in CONTINUOUS_DTYPES


@dataclass
class Pullback:
    """The gradient of one step.

    Attributes
    ----------
    elements, states, others : list of (int, Variable)
        For the inputs of the step that have one, their places and their gradients.
    carried : dict
        From the places of states to the variables of the gradient of what they become.
    fed : dict
        From the places of stacks to the variables of the gradients of their elements.
    nulls : dict
        From places among all inputs to the reasons that there is no gradient.
    """

    elements: dict[int, Variable]
    states: dict[int, Variable]
    others: dict[int, Variable]
    carried: dict[int, Any]
    fed: dict[int, Any]
    nulls: dict[int, Variable]


def pull_back(op: Loop, fed_places: Sequence[int], last_places: Sequence[int]) -> Pullback:
    """Return the gradient of the step of a loop.

    Parameters
    ----------
    op : Loop
    fed_places, last_places : sequence of int
        The stacks, and the last states, that something depends on.
    """
    inner = op.graph
    elements, states, others = op.inner_parts(inner.inputs)
    pattern = io_connection_pattern(inner.inputs, inner.outputs)
    rows = pattern[op.n_sequences : op.n_sequences + op.n_states]
    # States whose gradient is not zero at some step.
    moving = {j for j in last_places if is_continuous(states[j])}
    while True:
        reached = {
            i
            for i, row in enumerate(rows)
            if is_continuous(states[i])
            and (any(row[j] for j in moving) or any(row[op.n_states + k] for k in fed_places))
        }
        if reached <= moving:
            break
        moving |= reached
    carried = {j: derivative_of(states[j]) for j in sorted(moving)}
    fed = {k: derivative_of(op.elements[k]) for k in fed_places}
    # Of copies, on which nothing else depends: one output may be computed from another.
    pairs = [(inner.outputs[j], g) for j, g in carried.items()]
    pairs += [(op.elements[k], g) for k, g in fed.items()]
    known = {ew.tensor_copy(variable): g for variable, g in pairs}
    found = grad(
        None,
        list(inner.inputs),
        known_grads=known,
        disconnected_inputs="ignore",
        return_disconnected="disconnected",
        null_gradients="return",
    )
    nulls = {i: g for i, g in enumerate(found) if is_null(g)}
    first = op.n_sequences

    def real(start: int, variables: Sequence[Variable]) -> dict[int, Variable]:
        return {
            i: ew.cast(g, derivative_dtype(v.type))
            for i, (v, g) in enumerate(
                zip(variables, found[start : start + len(variables)], strict=True)
            )
            if is_continuous(v) and not is_null(g) and not is_disconnected(g)
        }

    return Pullback(
        real(0, elements),
        real(first, states),
        real(first + op.n_states, others),
        carried,
        fed,
        nulls,
    )


def backward(
    op: Loop,
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    output_grads: Sequence[Any],
) -> list[Any]:
    """Return the gradients of a loop with respect to its inputs."""
    node = outputs[0].owner
    assert node is not None
    pattern = op.connection_pattern(node)
    given = [not is_disconnected(g) and not is_null(g) for g in output_grads]
    n_steps = outputs[-1] if op.is_until else inputs[0]
    output_grads, at_last = at_last_step(op, inputs, outputs, output_grads)
    wanted = [not is_disconnected(g) and not is_null(g) for g in output_grads]
    found: dict[int, Any] = {}
    if any(wanted):
        # There must be a last element.
        least = int(wanted != given and op.truncate != 0)
        found = through_steps(op, inputs, n_steps, output_grads, wanted, least)
    gradients: list[Any] = [disconnected_type(), disconnected_type()]
    for place, variable in enumerate(inputs[2:], 2):
        if place in found:
            gradients.append(found[place])
        elif any(w and c for w, c in zip(given, pattern[place], strict=True)):
            gradients.append(ew.zeros_like(variable, dtype=derivative_dtype(variable.type)))
        else:
            gradients.append(disconnected_type())
    add_last_elements(gradients, at_last, op.n_sequences, n_steps)
    return gradients


def through_steps(
    op: Loop,
    inputs: Sequence[Any],
    n_steps: Any,
    output_grads: Sequence[Any],
    wanted: Sequence[bool],
    min_steps: int,
) -> dict[int, Any]:
    """Return the gradients of a loop that come from step to step, by the places of its inputs.

    Parameters
    ----------
    op : Loop
    inputs : sequence of Variable
    n_steps : Variable
        How many steps were made.
    output_grads : sequence of Variable
    wanted : sequence of bool
        Which of those there are.
    min_steps : int
        Fewer steps are an error.
    """
    _, capacity, sequences, states, others = op.parts(inputs)
    of_stacks = output_grads[op.n_states :]
    fed_places = [k for k in range(op.n_stacks) if wanted[op.n_states + k]]
    # The step is on stand-ins, which have no test values.
    with change_flags(compute_test_value="off"):
        back = pull_back(op, fed_places, [j for j in range(op.n_states) if wanted[j]])
        graph, kept, totals = backward_step(op, back)

    given = [ew.cast(of_stacks[k], g.type.dtype) for k, g in back.fed.items()]
    stacks = [*sequences, *given, *taped(op, inputs, kept)]
    start = [
        ew.cast(output_grads[j], g.type.dtype)
        if wanted[j]
        else ew.zeros_like(states[j], dtype=g.type.dtype)
        for j, g in back.carried.items()
    ]
    start += [ew.zeros_like(others[i], dtype=g.type.dtype) for i, g in totals.items()]
    made, room = n_steps, capacity
    if op.truncate >= 0:
        made = room = ew.FUNCTIONS["minimum"](n_steps, np.int64(op.truncate))
        stacks = [s[last_steps(n_steps, made, op)] for s in stacks]
    loop = Loop(
        graph,
        len(stacks),
        len(start),
        is_reverse=not op.is_reverse,
        min_steps=min_steps,
        name=f"grad_of_{op.name}",
    )
    found = loop(made, room, *stacks, *start, *others, return_list=True)

    of_states = dict(zip(back.carried, found, strict=False))
    of_others = dict(zip(back.others, found[len(back.carried) :], strict=False))
    of_elements = dict(zip(back.elements, found[len(start) :], strict=True))
    if op.truncate >= 0:
        whole = ew.FUNCTIONS["eq"](made, n_steps)
        of_states = {
            j: ew.FUNCTIONS["switch"](whole, g, ew.zeros_like(g)) for j, g in of_states.items()
        }
        steps = last_steps(n_steps, made, op)
        of_elements = {i: put_back(g, sequences[i], steps) for i, g in of_elements.items()}
    else:
        of_elements = {
            i: g if is_length_of(room, sequences[i]) else put_back(g, sequences[i], slice(room))
            for i, g in of_elements.items()
        }
    places: dict[int, Any] = {}
    first = 2
    for group, real in ((sequences, of_elements), (states, of_states), (others, of_others)):
        places.update((first + i, g) for i, g in real.items())
        first += len(group)
    return {**places, **{2 + i: reason for i, reason in back.nulls.items()}}


def last_steps(n_steps: Any, made: Any, op: Loop) -> slice:
    """Return where the elements of the last steps lie."""
    return slice(made) if op.is_reverse else slice(n_steps - made, n_steps)


def put_back(g: Any, sequence: Any, steps: slice) -> Any:
    """Return the gradient of a sequence of which only some elements took part."""
    return set_subtensor(ew.zeros_like(sequence, dtype=g.type.dtype)[steps], g)


def is_length_of(n: Any, sequence: Any) -> bool:
    """Whether a number is the length of a sequence by its very expression."""
    node = n.owner
    return (
        node is not None
        and node.op.from_shapes
        and getattr(node.op, "i", None) == 0
        and node.inputs[0] is sequence
    )


def backward_step(op: Loop, back: Pullback) -> tuple[FunctionGraph, list[Variable], dict[int, Any]]:
    """Return the step of the backward loop.

    Returns
    -------
    graph : FunctionGraph
        ``elements of sequences…, gradients of elements…, kept…, carried…, totals…, others…`` to
        carried, totals and gradients of the sequences' elements.
    kept : list of Variable
        What the loop is to keep, in terms of its own step.
    totals : dict
        From places of the others to the variables that their gradients are added up in.
    """
    elements, states, others = op.inner_parts(op.graph.inputs)
    totals = {i: derivative_of(others[i]) for i in back.others}
    results = [
        fit(back.states[j], g) if j in back.states else ew.zeros_like(g)
        for j, g in back.carried.items()
    ]
    results += [fit(total + back.others[i], total) for i, total in totals.items()]
    results += [fit(g, derivative_of(elements[i])) for i, g in back.elements.items()]
    forward = [*elements, *states, *others]
    moving = [*back.fed.values(), *back.carried.values(), *totals.values()]
    graph = FunctionGraph([*forward, *moving], results)
    # No further: what a stabilized form needs would have to be kept besides what there is, and
    # loops in the step would no longer be the same as those that they are to be merged with.
    rewrite_graph(graph, Query().excluding(STABILIZE, SPECIALIZE, LOOPS))

    n = len(forward)
    past, moving = graph.inputs[:n], graph.inputs[n:]
    now, before, still = op.inner_parts(past)
    fed, carried = moving[: len(back.fed)], moving[len(back.fed) :]
    # A state is as long as its gradient, whose lengths are known before the loop.
    as_long = dict(zip((before[j] for j in back.carried), carried, strict=False))
    kept = tape_of(graph, moving, before, as_long, op.keeps)
    stand_ins = [v.type() for v in kept]
    outputs, _ = rebuild(graph.outputs, as_long | dict(zip(kept, stand_ins, strict=True)))
    step = FunctionGraph([*now, *fed, *stand_ins, *carried, *still], outputs)
    of_the_step, _ = rebuild(kept, dict(zip(past, forward, strict=True)), copy_all=True)
    return step, of_the_step, totals


def fit(new: Any, like: Any) -> Any:
    """Return a gradient in the type of a variable for it."""
    return fitted(ew.cast(new, like.type.dtype), like)


def taped(op: Loop, inputs: Sequence[Variable], kept: Sequence[Variable]) -> list[Variable]:
    """Return stacks of variables of the step of a loop, as that loop would keep them."""
    if not kept:
        return []
    old = op.graph
    end = op.n_states + op.n_stacks
    graph = FunctionGraph(old.inputs, [*old.outputs[:end], *kept, *old.outputs[end:]])
    found: list[Variable] = op.like(graph)(*inputs, return_list=True)
    return found[end : end + len(kept)]


def tape_of(
    graph: FunctionGraph,
    moving: Sequence[Variable],
    states: Sequence[Variable],
    as_long: Collection[Variable],
    keeps: bool,
) -> list[Variable]:
    """Return what is to be kept of the step so that the backward step has it, or has it cheaply.

    Parameters
    ----------
    graph : FunctionGraph
        The backward step, with the step in it.
    moving : sequence of Variable
        Its inputs that only the backward loop knows.
    states : sequence of Variable
        Its inputs that are states of the loop. What does not depend on them can be had of the
        sequences, all at once.
    as_long : collection of Variable
        Those of the states whose lengths the backward step has.
    keeps : bool
        Whether more than states may be kept.
    """
    dependent, on_states = depending(graph, moving), depending(graph, states)
    sizes = made_of_lengths(graph)
    todo = [
        v
        for node in graph.toposort()
        if node.outputs[0] in dependent and not node.op.from_shapes
        for v in node.inputs
        if v not in dependent
    ]
    todo += [v for v in graph.outputs if v not in dependent]
    kept: dict[Variable, None] = {}
    seen: set[Variable] = set()
    while todo:
        variable = todo.pop()
        if variable in seen or variable not in on_states:
            continue
        seen.add(variable)
        node = variable.owner
        if node is None or (keeps and variable not in sizes and not is_cheap(node.op)):
            kept[variable] = None
        elif node.op.from_shapes:
            reached = set(ancestors(node.inputs))
            todo.extend(v for v in states if v in reached and v not in as_long)
        else:
            todo.extend(node.inputs)
    return list(kept)


def depending(graph: FunctionGraph, variables: Sequence[Variable]) -> set[Variable]:
    """Return what depends on some inputs of a graph, and those."""
    found = set(variables)
    for node in graph.toposort():
        if any(v in found for v in node.inputs):
            found.update(node.outputs)
    return found


def made_of_lengths(graph: FunctionGraph) -> set[Variable]:
    """Return what is computed from lengths alone.

    Kept, it would be data, and what is as long as it says could not be compiled.
    """
    found: set[Variable] = set()
    for node in graph.toposort():
        if node.op.from_shapes or all(isinstance(v, Constant) or v in found for v in node.inputs):
            found.update(node.outputs)
    return found


def is_cheap(op: Any) -> bool:
    """Whether an op costs less than to keep what it gives."""
    return (
        op.from_shapes
        or isinstance(op, DimShuffle)
        or (isinstance(op, Elemwise) and is_cheap_scalar(op.scalar_op))
    )


def is_cheap_scalar(op: Any) -> bool:
    """Whether a scalar op costs less than to keep what it gives."""
    return op.name in CHEAP or isinstance(op, Cast)


def forward(
    op: Loop, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]
) -> list[Any]:
    """Return the derivatives of what a loop gives along directions of its inputs."""
    n_steps, capacity, sequences, states, others = op.parts(inputs)
    _, _, of_sequences, of_states, of_others = op.parts(eval_points)
    elements, inner_states, inner_others = op.inner_parts(op.graph.inputs)

    def directions(variables: Sequence[Any], points: Sequence[Any]) -> dict[int, Any]:
        return {
            i: derivative_of(v)
            for i, (v, point) in enumerate(zip(variables, points, strict=True))
            if is_continuous(v) and point is not None and isinstance(point.type, TensorType)
        }

    d_elements = directions(elements, of_sequences)
    d_states = {j: derivative_of(v) for j, v in enumerate(inner_states) if is_continuous(v)}
    d_others = directions(inner_others, of_others)
    moved = [(elements, d_elements), (inner_states, d_states), (inner_others, d_others)]
    wrt = [group[i] for group, points in moved for i in points]
    points = [point for _, group in moved for point in group.values()]
    real = [v for v in op.graph.outputs[: op.n_states + op.n_stacks] if is_continuous(v)]
    found = Rop(real, wrt, points, disconnected_outputs="ignore", return_disconnected="zero")
    of_outputs = dict(zip(real, found, strict=True))
    new = op.graph.outputs
    d_new = [fit(of_outputs[new[j]], point) for j, point in d_states.items()]
    kept = [k for k, v in enumerate(op.elements) if is_continuous(v)]
    d_kept = [of_outputs[op.elements[k]] for k in kept]
    end = op.n_states + op.n_stacks
    graph = FunctionGraph(
        [
            *(*elements, *d_elements.values()),
            *(*inner_states, *d_states.values()),
            *(*inner_others, *d_others.values()),
        ],
        [*new[: op.n_states], *d_new, *d_kept, *new[end:]],
    )

    def at_start(j: int) -> Any:
        point = of_states[j]
        if point is None or not isinstance(point.type, TensorType):
            return ew.zeros_like(states[j])
        return fit(point, d_states[j])

    results = op.like(
        graph,
        n_sequences=len(elements) + len(d_elements),
        n_states=op.n_states + len(d_states),
        name=f"Rop_of_{op.name}",
    )(
        *(n_steps, capacity),
        *(*sequences, *(of_sequences[i] for i in d_elements)),
        *(*states, *map(at_start, d_states)),
        *(*others, *(fit(of_others[i], v) for i, v in d_others.items())),
        return_list=True,
    )
    derivatives: list[Any] = [None] * (end + op.is_until)
    for j, value in zip(d_states, results[op.n_states :], strict=False):
        derivatives[j] = value
    for k, value in zip(kept, results[op.n_states + len(d_states) :], strict=False):
        derivatives[op.n_states + k] = value
    return derivatives
