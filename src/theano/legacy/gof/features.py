"""Features of graphs: what watches one change, undoes changes, or refuses them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from functools import partial
from typing import Any

from theano.errors import AlreadyThere, InconsistencyError
from theano.graph import Apply, FunctionGraph, Op, Variable
from theano.graph.function_graph import Feature
from theano.legacy.gof.history import FullHistory, Giving, History

__all__ = [
    "AlreadyThere",
    "Bookkeeper",
    "Feature",
    "FullHistory",
    "History",
    "NoOutputFromInplace",
    "NodeFinder",
    "PreserveNames",
    "PreserveVariableAttributes",
    "PrintListener",
    "ReplaceValidate",
    "ReplacementDidntRemovedError",
    "Validator",
]


class ReplacementDidntRemovedError(Exception):
    """A replacement left a node in the graph that it should have made superfluous."""


class Validator(Giving):
    """Asks all features whether the graph is right: ``fgraph.validate()``, ``consistent()``."""

    methods = ("validate", "consistent")

    def unpickle(self, fgraph: FunctionGraph) -> None:
        """Give the graph its methods."""
        fgraph.validate = partial(self.validate_, fgraph)  # type: ignore[attr-defined]
        fgraph.consistent = partial(self.consistent_, fgraph)  # type: ignore[attr-defined]

    def validate_(self, fgraph: FunctionGraph) -> None:
        """Call ``validate(fgraph)`` of each feature, which raises InconsistencyError."""
        start = time.perf_counter()
        fgraph.execute_callbacks("validate")
        fgraph.validate_time = time.perf_counter() - start  # type: ignore[attr-defined]

    def consistent_(self, fgraph: FunctionGraph) -> bool:
        """Whether ``validate`` raises nothing."""
        try:
            fgraph.validate()  # type: ignore[attr-defined]
        except InconsistencyError:
            return False
        return True


class ReplaceValidate(Giving):
    """Lets the graph's ``replace_validate`` undo a replacement that a feature refuses."""

    methods = ("replace_validate", "replace_all_validate", "replace_all_validate_remove")

    def __init__(self) -> None:
        self._parts = (History(), Validator())
        self._own: list[Feature] = []

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Give the graph its methods, and those of History and Validator."""
        super().on_attach(fgraph)
        for part in self._parts:
            before = len(fgraph._features)
            fgraph.attach_feature(part)
            if len(fgraph._features) > before:
                self._own.append(part)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Take the methods away."""
        super().on_detach(fgraph)
        for part in self._own:
            fgraph.remove_feature(part)
        self._own = []

    def replace_validate(
        self,
        fgraph: FunctionGraph,
        r: Variable,
        new_r: Variable,
        reason: Any = None,
        verbose: Any = None,
    ) -> None:
        """Replace one variable, or raise what a feature raises, with nothing changed."""
        self.replace_all_validate(fgraph, [(r, new_r)], reason=reason)

    def replace_all_validate(
        self,
        fgraph: Any,
        replacements: Iterable[tuple[Variable, Variable]],
        reason: Any = None,
        verbose: Any = None,
    ) -> Any:
        """Replace several variables, or raise, with nothing changed; return the point before."""
        point = fgraph.checkpoint()
        try:
            for r, new_r in replacements:
                fgraph.replace(r, new_r, reason=reason)
            fgraph.validate()
        except Exception:
            fgraph.revert(point)
            raise
        return point

    def replace_all_validate_remove(
        self,
        fgraph: Any,
        replacements: Iterable[tuple[Variable, Variable]],
        remove: Iterable[Any],
        reason: Any = None,
        warn: bool = True,
    ) -> None:
        """Replace, and check that no node or variable in ``remove`` is left.

        Raises
        ------
        ReplacementDidntRemovedError
            One is; nothing is changed.
        """
        point = self.replace_all_validate(fgraph, replacements, reason=reason)
        for one in remove:
            if one in fgraph.apply_nodes or one in fgraph.variables:
                fgraph.revert(point)
                raise ReplacementDidntRemovedError(f"{reason} left {one} in the graph")


class Bookkeeper(Feature):
    """Takes the nodes in that are there when it is attached, and lets them go when it is removed.

    It calls ``on_import`` and ``on_prune`` for each.
    """

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Take the nodes in."""
        for node in fgraph.toposort():
            self.on_import(fgraph, node, "on_attach")

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Let the nodes go."""
        for node in fgraph.toposort():
            self.on_prune(fgraph, node, "Bookkeeper.detach")


class NodeFinder(Bookkeeper):
    """Gives its graph ``get_nodes(op)``: the nodes of an op."""

    def __init__(self) -> None:
        self.fgraph: FunctionGraph | None = None
        self.by_op: dict[Any, dict[Apply, None]] = {}

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Find the nodes that are there."""
        if self.fgraph is not None:
            raise ValueError("a NodeFinder finds the nodes of one graph only")
        if hasattr(fgraph, "get_nodes"):
            raise AlreadyThere("NodeFinder")
        self.fgraph = fgraph
        fgraph.get_nodes = partial(self.query, fgraph)  # type: ignore[attr-defined]
        super().on_attach(fgraph)

    def unpickle(self, fgraph: FunctionGraph) -> None:
        """Give a graph that was restored its method."""
        fgraph.get_nodes = partial(self.query, fgraph)  # type: ignore[attr-defined]

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Forget the nodes."""
        super().on_detach(fgraph)
        del fgraph.get_nodes  # type: ignore[attr-defined]
        self.fgraph = None

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """Remember a node."""
        self.by_op.setdefault(node.op, {})[node] = None

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """Forget a node."""
        self.by_op[node.op].pop(node, None)

    def query(self, fgraph: FunctionGraph, op: Op) -> list[Apply]:
        """Return the nodes of ``op``, in the order in which they came."""
        return list(self.by_op.get(op, ()))


class PrintListener(Feature):
    """Prints every change."""

    def __init__(self, active: bool = True) -> None:
        self.active = active

    def _say(self, text: str) -> None:
        if self.active:
            sys.stdout.write(f"-- {text}\n")

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Print which graph."""
        self._say(f"attaching to: {fgraph}")

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Print which graph."""
        self._say(f"detaching from: {fgraph}")

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """Print which node."""
        self._say(f"importing: {node}, reason: {reason}")

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """Print which node."""
        self._say(f"pruning: {node}, reason: {reason}")

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        """Print what became what."""
        self._say(f"changing ({node}.inputs[{i}]) from {old} to {new}")


class PreserveNames(Feature):
    """Gives a replacement the name of what it replaces, which every graph does here."""


class PreserveVariableAttributes(Feature):
    """Gives a replacement the name and the tags of what it replaces, where it has none."""

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        """Hand name and tags on."""
        if old.name is not None and new.name is None:
            new.name = old.name
        values_eq = getattr(old.tag, "values_eq_approx", None)
        if values_eq is not None and not hasattr(new.tag, "values_eq_approx"):
            new.tag.values_eq_approx = values_eq  # type: ignore[attr-defined]


class NoOutputFromInplace(Feature):
    """Refuses an output of the graph that was computed in the memory of something else."""

    def __init__(self, first_output_idx: int = 0, last_output_idx: int | None = None) -> None:
        self.first_idx, self.last_idx = first_output_idx, last_output_idx

    def validate(self, fgraph: FunctionGraph) -> None:
        """Raise InconsistencyError where there is one."""
        for output in fgraph.outputs[self.first_idx : self.last_idx]:
            node = output.owner
            if node is not None and output.index in node.op.destroy_map:
                raise InconsistencyError(
                    f"{node.op} computes an output of the graph in the memory of its input"
                )
