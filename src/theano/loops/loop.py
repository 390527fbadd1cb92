"""``Loop``: a graph that is run again and again, each time on what it gave the time before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, FunctionGraph, Op, Variable
from theano.graph.inner import operands_for_sizes
from theano.graph.interpreter import Interpreter
from theano.graph.queries import io_connection_pattern
from theano.graph.traversal import rebuild
from theano.loops.lowering import lower_loop
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.elementwise import cast
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.type import TensorType


class Parts(NamedTuple):
    """The inputs of a node of ``Loop``, or their values, by kind."""

    n_steps: Any
    capacity: Any
    sequences: Sequence[Any]
    states: Sequence[Any]
    others: Sequence[Any]


class Loop(Op):
    """``n_steps, capacity, sequences…, states…, others… -> last states…, stacks…[, count]``.

    Each step takes one element of every sequence and the states, and gives new states and one
    element for every stack.

    Parameters
    ----------
    graph : FunctionGraph
        One step: ``elements…, states…, others… -> new states…, elements of stacks…[, stop]``.
    n_sequences, n_states : int
    is_reverse : bool
        Whether the steps go from element ``n_steps - 1`` to 0, in sequences and in stacks.
    is_until : bool
        Whether the step ends with a condition: the loop stops after a step that gives a true one.
        There is then a last output, the number of steps that were made.
    min_steps : int
        Fewer steps are an error: somebody wants the element that the last one gave.
    truncate : int
        How many steps gradients are carried back; -1 for all.
    keeps : bool
        Whether the gradient may have what the steps computed kept for it; else only the states
        are, and the step is computed again.
    name : str, optional
        For printing.

    Attributes
    ----------
    is_improved : bool
        Whether ``theano.loops.rewrites`` has brought it into its best form.

    Notes
    -----
    ``n_steps`` and ``capacity`` are int64 scalars. Sequences have at least ``n_steps`` elements,
    stacks ``capacity``, zeros where no step was made. Where both are the same variable, the number
    of steps is part of the shapes of the results; a loop without stacks takes any number.
    """

    def __init__(
        self,
        graph: FunctionGraph,
        n_sequences: int,
        n_states: int,
        *,
        is_reverse: bool = False,
        is_until: bool = False,
        min_steps: int = 0,
        truncate: int = -1,
        keeps: bool = True,
        name: str | None = None,
    ) -> None:
        self.graph = graph
        self.n_sequences, self.n_states = n_sequences, n_states
        self.is_reverse, self.is_until = is_reverse, is_until
        self.min_steps = min_steps
        self.truncate = truncate
        self.keeps = keeps
        self.name = name
        self.is_improved = False

    @property
    def n_stacks(self) -> int:
        """How many stacks there are."""
        return len(self.graph.outputs) - self.n_states - self.is_until

    @property
    def inner_graphs(self) -> tuple[FunctionGraph, ...]:
        """The step."""
        return (self.graph,)

    def with_inner_graphs(self, graphs: Sequence[FunctionGraph]) -> Loop:
        """Return the loop with another graph for its step, of the same inputs and outputs."""
        return self.like(graphs[0])

    def like(self, graph: FunctionGraph, **changes: Any) -> Loop:
        """Return a loop with another step and other options."""
        options = {
            name: getattr(self, name)
            for name in (
                "n_sequences",
                "n_states",
                "is_reverse",
                "is_until",
                "min_steps",
                "truncate",
                "keeps",
                "name",
            )
        }
        return Loop(graph, **{**options, **changes})

    def parts(self, inputs: Sequence[Any]) -> Parts:
        """Return the inputs of a node, or their values, by kind."""
        n_steps, capacity, *rest = inputs
        a, b = self.n_sequences, self.n_sequences + self.n_states
        return Parts(n_steps, capacity, rest[:a], rest[a:b], rest[b:])

    def inner_parts(self, variables: Sequence[Any]) -> tuple[Any, Any, Any]:
        """Return what the step takes, by kind: elements, states, others."""
        a, b = self.n_sequences, self.n_sequences + self.n_states
        return variables[:a], variables[a:b], variables[b:]

    def make_node(self, n_steps: Any, capacity: Any, *rest: Any) -> Apply:
        """Return a node.

        Raises
        ------
        TypeError
            An input is not of the type that the step takes.
        """
        same = n_steps is capacity
        n_steps = as_count(n_steps)
        capacity = n_steps if same else as_count(capacity)
        inner = self.graph.inputs
        inputs = []
        for i, (x, v) in enumerate(zip(rest, inner, strict=True)):
            kind = stacked_type(v.type) if i < self.n_sequences else v.type
            inputs.append(kind.filter_variable(x))
        elements = self.graph.outputs[self.n_states : self.n_states + self.n_stacks]
        outputs = [v.type() for v in self.graph.outputs[: self.n_states]]
        outputs += [stacked_type(v.type)() for v in elements]
        if self.is_until:
            outputs.append(TensorType("int64", [])())
        return Apply(self, [n_steps, capacity, *inputs], outputs)

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Run the step by NumPy as often as is asked for."""
        n_steps, capacity, sequences, states, others = self.parts(inputs)
        n = int(n_steps)
        self.check_lengths(n, int(capacity), [len(s) for s in sequences])
        stacks: list[Any] = []
        count, now = 0, list(states)
        while count < n:
            i = n - 1 - count if self.is_reverse else count
            results = self.interpreter(*[s[i] for s in sequences], *now, *others)
            self.check_states([np.shape(x) for x in states], [np.shape(x) for x in results])
            now = list(results[: self.n_states])
            if not count:
                stacks = self.new_stacks(int(capacity), [np.shape(x) for x in results])
            for stack, value in zip(stacks, results[self.n_states :], strict=False):
                stack[i] = value
            count += 1
            if self.is_until and np.any(results[-1]):
                break
        if not count:
            stacks = self.new_stacks(int(capacity), self.shapes_of_results(inputs))
        # A result must not share the memory of an argument.
        found = [x.copy() if hasattr(x, "copy") else x for x in now] + stacks
        if self.is_until:
            found.append(np.asarray(count, "int64"))
        for cell, value in zip(output_storage, found, strict=True):
            cell[0] = value

    @property
    def elements(self) -> Sequence[Variable]:
        """What the step gives for the stacks."""
        return self.graph.outputs[self.n_states : self.n_states + self.n_stacks]

    @cached_property
    def interpreter(self) -> Interpreter:
        """The step, to be run by NumPy."""
        return Interpreter(self.graph.inputs, self.graph.outputs)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled; what was made of it is made again."""
        return {k: v for k, v in vars(self).items() if k != "interpreter"}

    def new_stacks(self, capacity: int, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
        """Return stacks of zeros for results of a step of the given shapes."""
        kept = shapes[self.n_states : self.n_states + self.n_stacks]
        return [
            np.zeros((capacity, *shape), v.type.dtype)  # type: ignore[attr-defined]
            for v, shape in zip(self.elements, kept, strict=True)
        ]

    def shapes_of_results(self, inputs: Sequence[Any]) -> list[tuple[int, ...]]:
        """Return the shapes of what a step would give, where none is made."""
        if not self.n_stacks:
            return [()] * len(self.graph.outputs)
        _, _, sequences, states, others = self.parts(inputs)
        elements = [np.zeros(s.shape[1:], s.dtype) for s in sequences]
        return [np.shape(x) for x in self.interpreter(*elements, *states, *others)]

    def check_lengths(self, n_steps: int, capacity: int, lengths: Sequence[int]) -> None:
        """Raise unless so many steps can be made.

        Raises
        ------
        IndexError
            The number is negative, or none are made where a last element is wanted.
        ValueError
            A sequence is too short.
        """
        name = self.name or "a scan"
        if n_steps < 0:
            raise usage_error(
                IndexError,
                f"Scan was asked to run for negative number of step {n_steps}: {name}",
                expected="n_steps of 0 or more",
                got=str(n_steps),
            )
        if n_steps < self.min_steps:
            raise usage_error(
                IndexError,
                f"the last element of what {name} gives was asked for",
                expected="at least one step",
                got=f"{n_steps} steps",
            )
        for i, length in enumerate(lengths):
            if length < n_steps:
                raise usage_error(
                    ValueError,
                    f"Sequence {i} is shorter than the required number of steps of {name}",
                    expected=f"at least {n_steps} elements",
                    got=f"{length}",
                    fix="give n_steps no larger than the shortest sequence, or leave it out",
                )

    def check_states(self, before: Sequence[Any], after: Sequence[Any]) -> None:
        """Raise ValueError where a state has changed its shape."""
        for i, (old, new) in enumerate(zip(before, after, strict=False)):
            if tuple(old) != tuple(new):
                variable = self.graph.inputs[self.n_sequences + i]
                raise usage_error(
                    ValueError,
                    f"state {i} of {self.name or 'a scan'} ({variable.name or variable}) "
                    "changes its shape from one step to the next",
                    expected=f"the shape of the initial state, {tuple(old)}",
                    got=f"{tuple(new)}, from the step",
                    fix="give an initial state (outputs_info) of the shape that the step returns; "
                    "T.zeros_like or T.alloc make one",
                )

    def lowers(self, node: Apply) -> bool:
        """Whether each op of the step can be lowered, and its sizes are known before the loop."""
        return self.has_lowered_step(node) and self.has_known_sizes(node)

    def has_lowered_step(self, node: Apply) -> bool:
        """Whether each op of the step can be lowered."""
        return all(isinstance(v.type, TensorType) for v in (*node.inputs, *node.outputs)) and all(
            inner.op.lowers(inner) and type(inner.op).infer_shape is not Op.infer_shape
            for inner in self.graph.apply_nodes
        )

    def has_known_sizes(self, node: Apply) -> bool:
        """Whether no size in the step depends on states, or on elements of sequences."""
        first = 2 + self.n_sequences + self.n_states
        return all(i < 2 or i >= first for i in self.static_inputs(node))

    def why_on_host(self, node: Apply) -> str:
        """Return the reason, where it is not that an op of the step has no ``lower``."""
        if self.has_known_sizes(node) or not self.has_lowered_step(node):
            return ""
        return (
            "a size in its step (of a slice, a reshape, a range) is computed from a state or from "
            "an element of a sequence"
        )

    def static_inputs(self, node: Apply) -> Sequence[int]:
        """Return the capacity, where there are stacks, and what sizes in the step are made of."""
        inside = [2 + i for i in operands_for_sizes([self.graph])]
        return [1, *inside] if self.n_stacks else inside

    def lower(self, ctx: Any, *inputs: Any) -> tuple[Any, ...]:
        """Return the results of XLA's loop, or of a vectorized map where there is no state."""
        return lower_loop(self, ctx, self.parts(inputs))

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return the lengths of states, which stay, and of stacks."""
        _, capacity, sequences, states, others = self.parts(node.inputs)
        # Of their shape; there may be no first one.
        elements = [alloc(np.zeros((), s.type.dtype), *lengths_of(s)[1:]) for s in sequences]
        stand_ins = [*elements, *states, *others]
        kept, _ = rebuild(self.elements, dict(zip(self.graph.inputs, stand_ins, strict=True)))
        found: list[Any] = [shapes[2 + self.n_sequences + i] for i in range(self.n_states)]
        found += [(capacity, *lengths_of(v)) for v in kept]
        return [*found, ()] if self.is_until else found

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return how the step connects them, any number of times."""
        inner = io_connection_pattern(self.graph.inputs, self.graph.outputs)
        n_out = self.n_states + self.n_stacks
        rows = [list(row[:n_out]) for row in inner]
        first = self.n_sequences
        for j in range(self.n_states):
            rows[first + j][j] = True  # with no step at all
        through_states = rows[first : first + self.n_states]
        changed = True
        while changed:
            changed = False
            for row in rows:
                for j, state in enumerate(through_states):
                    if row[j] and any(b and not a for a, b in zip(row, state, strict=True)):
                        row[:] = [a or b for a, b in zip(row, state, strict=True)]
                        changed = True
        end = [False] if self.is_until else []
        counts = [[False] * len(node.outputs)] * 2
        return [*counts, *([*row, *end] for row in rows)]

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> list[Any]:
        """Return the gradients, by a loop that goes the other way."""
        from theano.loops.derivatives import backward  # noqa: PLC0415  it makes loops in its turn

        return backward(self, inputs, outputs, output_grads)

    def R_op(self, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]) -> list[Any]:
        """Return the derivatives along directions, which are states beside the states."""
        from theano.loops.derivatives import forward  # noqa: PLC0415  as above

        return forward(self, inputs, eval_points)

    def do_constant_folding(self, node: Apply) -> bool:
        """Return False: XLA runs it faster."""
        return False

    def __str__(self) -> str:
        kind = "while" if self.is_until else "for" if self.n_states else "map"
        return f"{kind}{{{self.name or 'scan_fn'}}}"


def as_count(number: Any) -> Any:
    """Return an int64 scalar."""
    number = as_tensor_variable(number)
    return number if number.type.dtype == "int64" else cast(number, "int64")


def stacked_type(kind: Any) -> TensorType:
    """Return the type of a sequence whose elements are of ``kind``."""
    return TensorType(kind.dtype, (False, *kind.broadcastable))
