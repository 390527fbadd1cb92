"""``Branches``: an ``ifelse`` with what each side alone needs inside, of which one side runs.

In a program it is a conditional of XLA's; on the host one of its two inner graphs is run. Such
nodes are made by ``theano.lowering.gathering`` once a graph is rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import NO_FAULT, NeedsPerform
from theano.graph import Apply, FunctionGraph, Op, Variable
from theano.graph.inner import operands_for_sizes
from theano.graph.interpreter import run_node, value_of
from theano.graph.traversal import rebuild
from theano.ifelse import check_same_shapes, is_true
from theano.lowering.context import Context, Faults, is_static
from theano.lowering.levels import is_small
from theano.lowering.program import Program
from theano.tensor.ops.elementwise import FUNCTIONS
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.type import TensorType

MAX_DEPTH = 24
"""Conditionals that are nested deeper run on the host, as JAX goes through them by recursion."""

EITHER = -1
"""Where 1 stands for the then-side and 0 for the other: the device finds out."""


class Branches(Op):
    """``condition, x_1 … x_m -> n`` variables: what one of two graphs computes of the ``x``.

    Parameters
    ----------
    then_graph, else_graph : FunctionGraph
        Both take all of the ``x``.
    is_sided : bool
        The shapes of the two sides may differ, and the host can tell: there is a second input,
        1 or 0 for the side to take, or ``EITHER`` where this time the shapes agree. It is static,
        so that each side is compiled on its own where they do not.
    is_alike : bool
        The shapes of the two sides are known to agree.

    Notes
    -----
    Where neither holds, the shapes are compared while tracing, and the node runs on the host if
    they differ. So it does if one side cannot be traced, as an error belongs to the run: that side
    may never be taken.
    """

    def __init__(
        self,
        then_graph: FunctionGraph,
        else_graph: FunctionGraph,
        is_sided: bool = False,
        is_alike: bool = False,
    ) -> None:
        self.then_graph, self.else_graph = then_graph, else_graph
        self.is_sided, self.is_alike = is_sided, is_alike
        self.n_outs = len(then_graph.outputs)
        self.n_before = 1 + is_sided
        inside = [node.op for graph in self.graphs for node in graph.apply_nodes]
        # Now, while those inside have theirs, so that no depth of nesting needs recursion.
        self._static_inputs = [1] if is_sided else []
        self._static_inputs += [self.n_before + i for i in operands_for_sizes(self.graphs)]
        self.depth: int = 1 + max(
            (op.depth for op in inside if isinstance(op, Branches)), default=0
        )

    def make_node(self, *inputs: Variable) -> Apply:
        """Return a node; the inputs are those of the class's description."""
        return Apply(self, inputs, [v.type() for v in self.then_graph.outputs])

    @property
    def graphs(self) -> tuple[FunctionGraph, FunctionGraph]:
        """The inner graphs."""
        return self.then_graph, self.else_graph

    @cached_property
    def programs(self) -> tuple[Program, Program]:
        """The inner graphs as programs."""
        then_program, else_program = (Program(g.inputs, g.outputs) for g in self.graphs)
        return then_program, else_program

    @property
    def is_pass_through(self) -> bool:
        """Whether there is nothing to compute on either side."""
        return not any(graph.apply_nodes for graph in self.graphs)

    def static_inputs(self, node: Apply) -> Sequence[int]:
        """Return the side, if it is given, and what the static inputs inside are computed from."""
        return self._static_inputs

    def lowers(self, node: Apply) -> bool:
        """Whether both sides can be part of a program."""
        return (
            self.depth <= MAX_DEPTH
            and all(isinstance(v.type, TensorType) for v in (*node.inputs, *node.outputs))
            and all(is_small(node.inputs[i]) for i in self.static_inputs(node))
            and all(
                inner.op.lowers(inner) and type(inner.op).infer_shape is not Op.infer_shape
                for graph in self.graphs
                for inner in graph.apply_nodes
            )
        )

    def lower(self, ctx: Context, condition: Any, *rest: Any) -> tuple[Any, ...]:
        """Return the results of one side, or of a conditional of both."""
        operands = rest[self.is_sided :]
        side = int(ctx.static(1)) if self.is_sided else EITHER
        if side == EITHER and self.is_alike and ctx.is_static(0):
            side = int(is_true(condition))
        if side != EITHER:
            return self.programs[1 - side](*operands, faults=ctx.faults)
        dynamic = [x for x in operands if not is_static(x)]
        traced = [TracedSide(program, operands, dynamic) for program in self.programs]
        of_then, of_else = traced
        check_same_shapes(ctx.node, of_then.results, of_else.results)
        n, n_then, n_else = self.n_outs, len(of_then.errors), len(of_else.errors)
        if ctx.is_static(0):
            taken = traced[1 - int(is_true(condition))]
            results = taken.call(*dynamic)
            ctx.faults.values.extend(results[n:])
            ctx.faults.errors.extend(taken.errors)
            return tuple(results[:n])
        chosen: Callable[..., Any] = choose if self.is_pass_through else lax.cond
        results = chosen(
            is_true(condition), of_then.padded(0, n_else), of_else.padded(n_then, 0), *dynamic
        )
        ctx.faults.values.extend(results[n:])
        ctx.faults.errors.extend([*of_then.errors, *of_else.errors])
        return tuple(results[:n])

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Run the side that the condition chooses."""
        given = set(map(id, inputs))
        for cell, value in zip(output_storage, run_branches(self, inputs), strict=True):
            # A result must not share the memory of an argument.
            cell[0] = value.copy() if id(value) in given and hasattr(value, "copy") else value

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return the lengths of the then-side, or where it is given, of the side that is taken."""
        operands = node.inputs[self.n_before :]
        sides = [lengths_on(graph, operands) for graph in self.graphs[: 1 + self.is_sided]]
        if not self.is_sided:
            return sides[0]
        switch, takes_else = FUNCTIONS["switch"], FUNCTIONS["eq"](node.inputs[1], 0)
        return [
            None
            if of_then is None
            else tuple(switch(takes_else, b, a) for a, b in zip(of_then, of_else, strict=True))
            for of_then, of_else in zip(*sides, strict=True)
        ]

    def do_constant_folding(self, node: Apply) -> bool:
        """Return False: it only exists once all rewriting is done."""
        return False

    def __str__(self) -> str:
        sizes = ", ".join(str(len(graph.apply_nodes)) for graph in self.graphs)
        return f"Branches{{{sizes}}}"


class TracedSide:
    """One side, traced: what it computes, of which shapes, and what may go wrong there.

    Raises
    ------
    NeedsPerform
        It cannot be traced.
    """

    def __init__(self, program: Program, operands: Sequence[Any], dynamic: Sequence[Any]) -> None:
        faults = Faults()

        def run(*arrays: Any) -> list[Any]:
            given = iter(arrays)
            values = [x if is_static(x) else next(given) for x in operands]
            outputs = program(*values, faults=faults)
            return [*outputs, *faults.values]

        try:
            jaxpr, shapes = jax.make_jaxpr(run, return_shape=True)(*dynamic)
        except NeedsPerform:
            raise
        except Exception as error:
            raise NeedsPerform(f"a side of an ifelse cannot be compiled: {error}") from error
        # Not with the module: `jax.extend` imports much that nothing else here needs.
        from jax.extend.core import jaxpr_as_fun  # noqa: PLC0415

        self.call = jaxpr_as_fun(jaxpr)
        self.errors = faults.errors
        self.results = shapes[: len(shapes) - len(self.errors)]

    def padded(self, before: int, after: int) -> Callable[..., list[Any]]:
        """Return the side with passed checks in the places of those of the other one."""
        n = len(self.results)
        passed = np.int64(NO_FAULT)

        def run(*arrays: Any) -> list[Any]:
            found = self.call(*arrays)
            return [*found[:n], *[passed] * before, *found[n:], *[passed] * after]

        return run


def choose(
    condition: Any, of_then: Callable[..., Any], of_else: Callable[..., Any], *operands: Any
) -> list[Any]:
    """Do what ``lax.cond`` does by computing both, which costs less where both are there."""
    pairs = zip(of_then(*operands), of_else(*operands), strict=True)
    return [lax.select(condition, jnp.asarray(a), jnp.asarray(b)) for a, b in pairs]


def lengths_on(graph: FunctionGraph, operands: Sequence[Variable]) -> list[Any]:
    """Return the lengths of what an inner graph computes of ``operands``."""
    outputs, _ = rebuild(graph.outputs, dict(zip(graph.inputs, operands, strict=True)))
    return [
        tuple(
            np.int64(1) if is_one else n
            for is_one, n in zip(v.type.broadcastable, lengths_of(v), strict=True)
        )
        if isinstance(v.type, TensorType)
        else None
        for v in outputs
    ]


class Frame:
    """An inner graph that is being run: its values so far, and the nodes that are left."""

    def __init__(self, op: Branches, arrays: Sequence[Any]) -> None:
        condition, operands = arrays[0], arrays[op.n_before :]
        program = op.programs[1 - is_true(condition)]
        self.outputs = program.outputs
        self.values = dict(zip(program.inputs, operands, strict=True))
        self.nodes = iter(program.nodes)
        self.waiting: Apply | None = None

    def results(self) -> list[Any]:
        """Return the values of the outputs."""
        return [value_of(v, self.values) for v in self.outputs]


def run_branches(op: Branches, arrays: Sequence[Any]) -> list[Any]:
    """Return the results of one side, run through ``perform``, however deep it is nested."""
    frames = [Frame(op, arrays)]
    while True:
        frame = frames[-1]
        for node in frame.nodes:
            if isinstance(node.op, Branches):
                frame.waiting = node
                inner = Frame(node.op, [value_of(v, frame.values) for v in node.inputs])
                frames.append(inner)
                break
            run_node(node, frame.values)
        else:
            frames.pop()
            results = frame.results()
            if not frames:
                return results
            outer = frames[-1]
            assert outer.waiting is not None
            outer.values.update(zip(outer.waiting.outputs, results, strict=True))
