"""``Draft``: a node of ``Loop`` taken apart, to be changed and put together again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.graph.ordering import toposort
from theano.graph.traversal import rebuild
from theano.loops.loop import Loop
from theano.rewriting.merging import merge


@dataclass(eq=False)
class Taken:
    """Something that a step takes: a sequence's element, or what stays the same."""

    outer: Any
    inner: Any


@dataclass(eq=False)
class State:
    """A state: its value at the start, in the step, what the step makes of it; and the last."""

    outer: Any
    inner: Any
    new: Any
    lasts: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Stack:
    """What a step gives, and outside, in nodes that were taken apart, the stacks of it."""

    inner: Any
    outers: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Draft:
    """A loop in parts.

    Attributes
    ----------
    op : Loop
        Whose options hold.
    n_steps, capacity : Variable
    sequences, others : list of Taken
    states : list of State
    stacks : list of Stack
    stop : Variable or None
        The condition of the step.
    counts : list of Variable
        The number of steps that were made, outside.
    wanted : set of Stack
        Those that something new outside needs.
    """

    op: Loop
    n_steps: Any
    capacity: Any
    sequences: list[Taken] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    stacks: list[Stack] = field(default_factory=list)
    others: list[Taken] = field(default_factory=list)
    stop: Any = None
    counts: list[Any] = field(default_factory=list)
    wanted: set[Stack] = field(default_factory=set)

    @classmethod
    def of(cls, node: Apply) -> Draft:
        """Take a node apart; the step is a copy."""
        op = node.op
        assert isinstance(op, Loop)
        graph = op.graph.clone()
        parts = op.parts(node.inputs)
        elements, states, others = op.inner_parts(graph.inputs)
        n = op.n_states
        draft = cls(op, parts.n_steps, parts.capacity)
        draft.sequences = [Taken(*pair) for pair in zip(parts.sequences, elements, strict=True)]
        new, lasts = graph.outputs[:n], [[v] for v in node.outputs[:n]]
        draft.states = [State(*four) for four in zip(parts.states, states, new, lasts, strict=True)]
        end = n + op.n_stacks
        draft.stacks = [
            Stack(inner, [outer])
            for inner, outer in zip(graph.outputs[n:end], node.outputs[n:end], strict=True)
        ]
        draft.others = [Taken(*pair) for pair in zip(parts.others, others, strict=True)]
        if op.is_until:
            draft.stop, draft.counts = graph.outputs[-1], [node.outputs[-1]]
        return draft

    @property
    def is_full(self) -> bool:
        """Whether it is known before the loop that all elements of the stacks are made."""
        return self.n_steps is self.capacity and self.stop is None

    def inputs(self) -> list[Any]:
        """Return the variables of the step that come from outside, in order."""
        return [x.inner for group in (self.sequences, self.states, self.others) for x in group]

    def outputs(self) -> list[Any]:
        """Return what the step gives, in order."""
        found = [s.new for s in self.states] + [s.inner for s in self.stacks]
        return found if self.stop is None else [*found, self.stop]

    def replace(self, pairs: dict[Any, Any]) -> None:
        """Replace variables of the step by others."""
        if not pairs:
            return
        outputs, _ = rebuild(self.outputs(), pairs)
        self.put(outputs)

    def put(self, outputs: Sequence[Any]) -> None:
        """Take other variables for what the step gives."""
        n = len(self.states)
        for state, new in zip(self.states, outputs, strict=False):
            state.new = new
        for stack, new in zip(self.stacks, outputs[n:], strict=False):
            stack.inner = new
        if self.stop is not None:
            self.stop = outputs[-1]

    def graph(self) -> FunctionGraph:
        """Return the step as a graph of its own."""
        return FunctionGraph(self.inputs(), self.outputs())

    def take(self, graph: FunctionGraph) -> None:
        """Take a graph, of the same inputs and outputs, for the step."""
        old = [x for group in (self.sequences, self.states, self.others) for x in group]
        for part, inner in zip(old, graph.inputs, strict=True):
            part.inner = inner  # type: ignore[attr-defined]
        self.put(graph.outputs)

    def merge_step(self) -> None:
        """Compute nothing twice in the step."""
        graph = self.graph()
        merge(graph)
        self.take(graph)

    def nodes(self) -> list[Apply]:
        """Return the nodes of the step, in order."""
        return toposort(self.outputs(), set(self.inputs()))

    def depending(self, variables: Iterable[Any]) -> set[Variable]:
        """Return what in the step depends on some of its variables, and those."""
        found = set(variables)
        for node in self.nodes():
            if any(v in found for v in node.inputs):
                found.update(node.outputs)
        return found

    def on_states(self) -> set[Variable]:
        """Return what in the step depends on the states."""
        return self.depending(s.inner for s in self.states)

    def new_other(self, outer: Any) -> Any:
        """Return the variable of the step for something from outside that stays the same."""
        if isinstance(outer, Constant):
            return outer
        for taken in self.others:
            if taken.outer is outer:
                return taken.inner
        self.others.append(Taken(outer, outer.type()))
        return self.others[-1].inner

    def stack_of(self, inner: Any) -> Stack:
        """Return the stack of a variable of the step; a new one where there is none."""
        for stack in self.stacks:
            if stack.inner is inner:
                return stack
        self.stacks.append(Stack(inner))
        return self.stacks[-1]

    def make(self, name: str | None = None) -> dict[Any, Any]:
        """Put the loop together.

        Returns
        -------
        dict
            From the parts (``State``, ``Stack``) to the variables of the new node; and the count
            under None.
        """
        op = self.op.like(
            self.graph(),
            n_sequences=len(self.sequences),
            n_states=len(self.states),
            is_until=self.stop is not None,
            name=name or self.op.name,
        )
        groups = (self.sequences, self.states, self.others)
        outputs = op(
            self.n_steps,
            self.capacity,
            *(x.outer for group in groups for x in group),  # type: ignore[attr-defined]
            return_list=True,
        )
        found: dict[Any, Any] = dict(zip([*self.states, *self.stacks], outputs, strict=False))
        if self.stop is not None:
            found[None] = outputs[-1]
        return found

    def replacements(self, made: dict[Any, Any]) -> list[tuple[Any, Any]]:
        """Return pairs of outputs of the node that was taken apart and what stands for them."""
        pairs = [(v, made[s]) for s in self.states for v in s.lasts]
        pairs += [(v, made[s]) for s in self.stacks for v in s.outers]
        return [*pairs, *((v, made[None]) for v in self.counts)]
