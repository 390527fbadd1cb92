"""Features that remember the changes of a graph and undo them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from theano.errors import AlreadyThere
from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.function_graph import Feature

__all__ = ["FullHistory", "Giving", "History"]


class Giving(Feature):
    """A feature that gives methods to its graph; each takes the graph as its first argument."""

    methods: tuple[str, ...] = ()

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Give the graph its methods; AlreadyThere if it has one of them."""
        if any(name in vars(fgraph) for name in self.methods):
            raise AlreadyThere(f"{type(self).__name__}: the graph has its methods")
        self.unpickle(fgraph)

    def unpickle(self, fgraph: FunctionGraph) -> None:
        """Give a graph that was restored its methods."""
        for name in self.methods:
            setattr(fgraph, name, partial(getattr(self, name), fgraph))

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Take the methods away."""
        for name in self.methods:
            delattr(fgraph, name)


class History(Giving):
    """Remembers changes: ``fgraph.revert(point)`` undoes all since ``fgraph.checkpoint()``."""

    methods = ("checkpoint", "revert")

    def __init__(self) -> None:
        self.history: dict[FunctionGraph, list[Callable[[], None]] | None] = {}

    def unpickle(self, fgraph: FunctionGraph) -> None:
        """Start to remember."""
        self.history[fgraph] = []
        super().unpickle(fgraph)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Forget."""
        super().on_detach(fgraph)
        del self.history[fgraph]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "history": {}}

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        """Remember how to undo it."""
        steps = self.history.get(fgraph)
        if steps is not None:
            steps.append(partial(fgraph.change_input, node, i, old, reason=("Revert", reason)))

    def checkpoint(self, fgraph: FunctionGraph) -> int:
        """Return the number of changes so far."""
        return len(self.history[fgraph] or ())

    def revert(self, fgraph: FunctionGraph, checkpoint: int) -> None:
        """Undo the changes since ``checkpoint``, the last first."""
        steps = self.history[fgraph]
        assert steps is not None
        self.history[fgraph] = None
        while len(steps) > checkpoint:
            steps.pop()()
        self.history[fgraph] = steps


class FullHistory(Giving):
    """Remembers changes and goes back and forth among them: ``goto``, ``back`` and ``next``."""

    def __init__(self, callback: Callable[[], bool] | None = None) -> None:
        self.steps: list[tuple[Any, int, Variable, Variable, Any]] = []
        self.pointer = 0
        self.callback = callback
        self.fgraph: FunctionGraph | None = None
        self._moving = False

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Watch one graph."""
        if self.fgraph is not None:
            raise ValueError("a FullHistory watches one graph only")
        self.fgraph = fgraph

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        """Remember it, unless it is a step back or forth itself."""
        if self._moving:
            return
        del self.steps[self.pointer :]
        self.steps.append((node, i, old, new, reason))
        self.pointer += 1
        if self.callback is not None:
            self.callback()

    def goto(self, checkpoint: int) -> None:
        """Go to where the graph was after so many changes."""
        assert self.fgraph is not None
        self._moving = True
        try:
            while self.pointer > checkpoint:
                self.pointer -= 1
                node, i, old, _, reason = self.steps[self.pointer]
                self.fgraph.change_input(node, i, old, reason=("Revert", reason))
            while self.pointer < min(checkpoint, len(self.steps)):
                node, i, _, new, reason = self.steps[self.pointer]
                self.fgraph.change_input(node, i, new, reason=reason)
                self.pointer += 1
        finally:
            self._moving = False

    def start(self) -> None:
        """Go to the beginning."""
        self.goto(0)

    def end(self) -> None:
        """Go to the last change."""
        self.goto(len(self.steps))

    def prev(self) -> None:
        """Undo one change."""
        self.goto(max(self.pointer - 1, 0))

    back = prev

    def next(self) -> None:
        """Make one change again."""
        self.goto(self.pointer + 1)
