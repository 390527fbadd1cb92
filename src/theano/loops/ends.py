"""The ends of stacks: where only the last elements are read, the others are not kept.

A loop of a thousand steps of whose states the last two are read would write all of them to memory,
which takes longer than a cheap step. So the last elements become states: a single one a state that
no step reads; several lie in a ring, where each new one takes the place of the oldest. What is
computed of an element, and needed by no later step, is computed of the last ones after the loop.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from theano.graph import Apply, Constant, FunctionGraph
from theano.graph.ordering import toposort
from theano.graph.traversal import rebuild
from theano.loops.draft import Draft, Stack, State
from theano.loops.loop import Loop
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.creation import arange
from theano.tensor.ops.elementwise import FUNCTIONS
from theano.tensor.ops.indexing import Subtensor
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.ops.windows import WriteWindow
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

ZERO, ONE = np.int64(0), np.int64(1)


@dataclass(eq=False)
class Ends:
    """The stacks of a loop of which only the last elements are read.

    Attributes
    ----------
    draft : Draft
        The loop.
    reads : dict
        From the stacks to the nodes that read them.
    far : int
        How far from the end the first of what is read lies.
    is_last : bool
        Whether it is the very last element that is read, and nothing else.
    needed : set of Stack
        Those of the loop that something reads as a whole.
    tail : Draft or None
        A loop without states, of what is computed of the ends of other stacks.
    carried : dict
        From stacks to the states that have their ends.
    """

    draft: Draft
    reads: dict[Stack, list[Apply]] = field(default_factory=dict)
    far: int = 0
    is_last: bool = False
    needed: set[Stack] = field(default_factory=set)
    tail: Draft | None = None
    carried: dict[Stack, State] = field(default_factory=dict)

    @property
    def count(self) -> Any:
        """How many elements there are to be read."""
        return FUNCTIONS["minimum"](self.draft.n_steps, np.int64(self.far))

    @property
    def rows(self) -> Any:
        """How many rows a ring of them has."""
        return FUNCTIONS["maximum"](self.count, ONE)

    def carry(self, needed: Container[Any]) -> None:
        """Turn stacks into states, but for those that something else needs as a whole."""
        draft = self.draft
        if not self.reads:
            return
        moved = [
            s
            for s in draft.stacks
            if s not in self.needed and s not in needed and (s in self.reads or not s.outers)
        ]
        draft.stacks = [s for s in draft.stacks if s not in moved]
        # The loop raises where there is no last element; if there still is a loop.
        self.is_last = self.is_last and bool(draft.states or moved)
        if self.is_last:
            draft.op = draft.op.like(draft.op.graph, min_steps=1)
            self.carried = {stack: last_state(draft, stack.inner) for stack in moved}
        elif moved:
            made: Any = TensorType("int64", [])()
            place = made % draft.new_other(self.rows)
            self.carried = {s: ring_state(draft, s.inner, self.rows, place) for s in moved}
            start = as_tensor_variable(ZERO)
            draft.states += [*self.carried.values(), State(start, made, made + ONE)]

    def replacements(self, made: dict[Any, Any]) -> list[tuple[Any, Any]]:
        """Return pairs of what is read of the ends, or of their stacks, and what stands for it.

        Parameters
        ----------
        made : dict
            From the parts of the loop to the variables outside.
        """
        n, m = self.draft.n_steps, self.count
        found = {stack: made[state] for stack, state in self.carried.items()}
        if not self.is_last:
            places = (arange(m) + (n - m)) % self.rows
            found = {stack: ring[places] for stack, ring in found.items()}

        def end_of(outer: Any) -> Any:
            if outer in found:
                return found[outer]
            whole = made[outer] if isinstance(outer, Stack) else outer
            return whole[n - ONE] if self.is_last else whole[n - m : n]

        tail = self.tail
        if tail is not None and self.is_last:
            given = {t.inner: t.outer for t in tail.others}
            given.update((t.inner, end_of(t.outer)) for t in tail.sequences)
            lasts, _ = rebuild([s.inner for s in tail.stacks], given)
            found.update(zip(tail.stacks, lasts, strict=True))
        elif tail is not None:
            for taken in tail.sequences:
                taken.outer = end_of(taken.outer)
            tail.n_steps = tail.capacity = m
            results = tail.make(f"{tail.op.name}_end")
            results[tail.stacks[0]].owner.op.is_improved = True
            found.update(results)
        read = [(stack, found[stack]) for stack in self.reads if stack in found]
        if self.is_last:
            return [
                (node.outputs[0], rest_of(node, last))
                for stack, last in read
                for node in self.reads[stack]
            ]
        return [(v, end) for stack, end in read for v in stack.outers]


def find_ends(fgraph: FunctionGraph, node: Apply, draft: Draft) -> Ends:
    """Return the stacks of which only the last elements are read.

    Of a loop without states, only the last steps are made then.

    Parameters
    ----------
    fgraph : FunctionGraph
    node : Apply
        The loop.
    draft : Draft
        The same, taken apart.
    """
    none = Ends(draft)
    is_map = not draft.states and draft.is_full
    if draft.n_steps is not draft.capacity or (draft.op.is_reverse and not is_map):
        return none
    # The shapes of what it gives are to be known without it.
    if not draft.op.has_lowered_step(node):
        return none
    ends = Ends(draft, needed=set(draft.wanted))
    places: set[int] = set()
    for stack in draft.stacks:
        found = [read for v in stack.outers for read in readers(fgraph, v)]
        if stack not in ends.needed and all(place is not None for _, place in found):
            ends.reads[stack] = [user for user, _ in found]
            places.update(place for _, place in found if place is not None)
    if not ends.reads or (is_map and len(ends.reads) < len(draft.stacks)):
        return none
    ends.far, ends.is_last = max(map(abs, places)), places == {-1}
    n, m = draft.n_steps, ends.count
    if isinstance(n, Constant) and ends.far >= int(n.data):
        return none
    if not is_map:
        return ends
    for taken in draft.sequences:
        taken.outer = taken.outer[n - m : n]
    draft.n_steps = draft.capacity = m
    return none


def readers(fgraph: FunctionGraph, variable: Any) -> list[tuple[Any, int | None]]:
    """Return the users of a stack, each with the first place that it reads, below 0 from the end.

    That of a slice is given as a positive number, as there may be fewer elements; it is None for
    those that may read more. Stacks of loops that stop by themselves end where they are cut.
    """
    users: list[Any] = [user for user, _ in fgraph.clients[variable]]
    node = variable.owner
    if node is None or not isinstance(node.op, Loop) or not node.op.is_until:
        return [(user, place_from_end(user)) for user in users]
    found: list[tuple[Any, int | None]] = []
    for user in users:
        cut = readers(fgraph, user.outputs[0]) if is_cut_at_count(user) else []
        is_last = cut and all(place == -1 for _, place in cut)
        found += cut if is_last else [(user, None)]
    return found


def place_from_end(user: Any) -> int | None:
    """Return the first place that a node reads of its input, as ``readers`` does."""
    if not isinstance(user, Apply) or not isinstance(user.op, Subtensor):
        return None
    if not user.op.key.entries:
        return None
    first = user.op.key.fill(list(user.inputs[1:]))[0]
    if not isinstance(first, slice):
        place = known(first)
        return place if place is not None and place < 0 else None
    start, stop, step = (known(n) for n in (first.start, first.stop, first.step))
    if start is None or start >= 0 or (first.step is not None and (step is None or step < 0)):
        return None
    return -start if first.stop is None or (stop is not None and stop < 0) else None


def known(number: Any) -> int | None:
    """Return the value of a constant."""
    return int(np.asarray(number.data)) if isinstance(number, Constant) else None


def is_cut_at_count(node: Any) -> bool:
    """Whether a node is ``stack[:count]`` of a loop that stops by itself."""
    if not isinstance(node, Apply) or not isinstance(node.op, Subtensor):
        return False
    stack, *numbers = node.inputs
    loop = stack.owner
    if loop is None or not isinstance(loop.op, Loop) or not loop.op.is_until:
        return False
    if len(numbers) != 1 or numbers[0] is not loop.outputs[-1]:
        return False
    entry = node.op.key.fill(numbers)[0]
    return isinstance(entry, slice) and entry.stop is numbers[0]


def rest_of(read: Apply, last: Any) -> Any:
    """Return what a node that reads the last element of a stack reads of that."""
    rest = read.op.key.fill(list(read.inputs[1:]))[1:]  # type: ignore[attr-defined]
    return last[tuple(rest)] if rest else last


def last_state(draft: Draft, element: Any) -> State:
    """Return the state that an element becomes; a new one where there is none."""
    for state in draft.states:
        if state.new is element:
            return state
    kind = element.type
    start = alloc(np.zeros((), kind.dtype), *lengths_before(draft, element))
    draft.states.append(State(rebroadcast_to(start, kind.broadcastable), kind(), element))
    return draft.states[-1]


def ring_state(draft: Draft, element: Any, rows: Any, place: Any) -> State:
    """Return a state of several rows, of which the step writes an element to one."""
    kind = TensorType(element.type.dtype, [False, *element.type.broadcastable])
    start = alloc(np.zeros((), kind.dtype), rows, *lengths_before(draft, element))
    ring = kind()
    # Without a check, which would be a result of every step: it is in range.
    new = WriteWindow((True,), add=False)(ring, element, place, ONE, ONE)
    return State(rebroadcast_to(start, kind.broadcastable), ring, new)


def lengths_before(draft: Draft, variable: Any) -> list[Any]:
    """Return the lengths of a variable of the step, as they are known before the loop."""
    for state in draft.states:
        if state.new is variable:
            return lengths_of(state.outer)
    fixed: list[Any] = [*draft.states, *draft.others]
    lengths = {x.inner: lengths_of(x.outer) for x in fixed}
    outside = {x.inner: x.outer for x in fixed}
    for element in draft.sequences:
        lengths[element.inner] = lengths_of(element.outer)[1:]
        # Of its shape; there may be no first one.
        kind = element.inner.type
        outside[element.inner] = alloc(np.zeros((), kind.dtype), *lengths[element.inner])
    for node in toposort([variable], set(draft.inputs())):
        shapes = [lengths.get(v) or lengths_of(v) for v in node.inputs]
        lengths.update(zip(node.outputs, node.op.infer_shape(node, shapes), strict=True))
    found, _ = rebuild([as_tensor_variable(n) for n in lengths[variable]], outside)
    return list(found)
