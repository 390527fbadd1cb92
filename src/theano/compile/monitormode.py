"""``MonitorMode``: call a function of the user's before and after each node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.compile.watching import WatchedInterpreter, WatchMode, describe_node
from theano.graph import Apply, FunctionGraph
from theano.graph.interpreter import watching
from theano.graph.op import perform_node

__all__ = ["MonitorMode", "detect_nan"]

Monitor = Callable[[int, Apply, "Step"], Any]


class MonitorMode(WatchMode):
    """Runs a function node by node, and calls functions of the user's before and after each.

    Parameters
    ----------
    pre_func, post_func : callable, optional
        Called with the number of the node, the node, and a :class:`Step` which has the values:
        ``[cell[0] for cell in fn.inputs]``, ``fn.outputs`` likewise. A step may be called, which
        computes the node (again); what is in ``fn.outputs`` in the end is its result.
    optimizer, linker
        See :class:`WatchMode`. ``optimizer="None"`` shows the graph as it was written.

    Notes
    -----
    Nodes of a function have the numbers 0, 1, … in the order in which they run; those inside of
    loops and branches follow after these, each with one number for all steps.
    """

    def __init__(
        self,
        pre_func: Monitor | None = None,
        post_func: Monitor | None = None,
        optimizer: Any = "default",
        linker: Any = None,
    ) -> None:
        super().__init__(optimizer, linker)
        self.pre_func = pre_func
        self.post_func = post_func

    def interpreter(self, fgraph: FunctionGraph, prepared: FunctionGraph) -> WatchedInterpreter:
        """Return what runs a graph."""
        return Monitored(self, prepared)

    def eval(self, i: int, node: Apply, fn: Step) -> None:
        """Run a step between the two functions; a subclass may do otherwise."""
        if self.pre_func is not None:
            self.pre_func(i, node, fn)
        fn()
        if self.post_func is not None:
            self.post_func(i, node, fn)


class Step:
    """One node about to run, or that has run.

    Attributes
    ----------
    inputs, outputs : list of lists
        One list for each variable, with its value; None before the node has run.
    """

    def __init__(self, node: Apply, values: Sequence[Any], run: Any) -> None:
        self.node = node
        self.inputs = [[value] for value in values]
        self.outputs: list[list[Any]] = [[None] for _ in node.outputs]
        self._run = run

    def __call__(self) -> None:
        """Compute the node from what is in ``inputs``."""
        with watching(self._run):
            results = perform_node(self.node, [cell[0] for cell in self.inputs])
        for cell, value in zip(self.outputs, results, strict=True):
            cell[0] = value


class Monitored(WatchedInterpreter):
    """Runs a graph by way of ``MonitorMode.eval``."""

    def __init__(self, mode: MonitorMode, graph: FunctionGraph) -> None:
        super().__init__(graph)
        self.mode = mode
        self.numbers = {node: i for i, node in enumerate(self.nodes)}

    def run(self, node: Apply, inputs: list[Any]) -> Sequence[Any]:
        """Run a node between the two functions of the mode."""
        step = Step(node, inputs, self.run)
        number = self.numbers.setdefault(node, len(self.numbers))
        # What the user's functions compute is not to be monitored.
        with watching(None):
            self.mode.eval(number, node, step)
        return [cell[0] for cell in step.outputs]


def detect_nan(i: int, node: Apply, fn: Step) -> None:
    """Print a node that gives NaN, with its values: ``MonitorMode(post_func=detect_nan)``."""
    outputs = [cell[0] for cell in fn.outputs]
    if any(getattr(x, "dtype", np.dtype(bool)).kind in "fc" and np.isnan(x).any() for x in outputs):
        inputs = [cell[0] for cell in fn.inputs]
        print(f"*** NaN detected ***\n{describe_node(node)}")  # noqa: T201
        print(f"Inputs : {inputs}\nOutputs: {outputs}")  # noqa: T201
