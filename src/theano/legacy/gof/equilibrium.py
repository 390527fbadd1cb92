"""``EquilibriumOptimizer``: rules that are applied until nothing changes any more."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from theano.graph import FunctionGraph
from theano.legacy.gof.global_rules import as_optimizer
from theano.legacy.gof.local_rules import as_node_rewriter
from theano.legacy.gof.navigators import FailureCallback, NavigatorOptimizer
from theano.options import config
from theano.rewriting import Equilibrium
from theano.rewriting.rule import GraphRewriter, NodeRewriter

__all__ = ["EquilibriumOptimizer"]


class EquilibriumOptimizer(NavigatorOptimizer):
    """Applies rules, about nodes and about the graph, until none has anything left to say.

    Parameters
    ----------
    optimizers : list of rules
    failure_callback : callable, optional
        Kept for programs that give it: ``config.on_opt_error`` says what failures do.
    ignore_newtrees : bool
        Kept for programs that give it.
    max_use_ratio : float, optional
        How many times one rule may be applied, per node of the graph; by default
        ``config.optdb.max_use_ratio``.
    final_optimizers, cleanup_optimizers : lists of optimizers
        Applied after the others have come to rest.
    """

    def __init__(
        self,
        optimizers: Iterable[Any],
        failure_callback: FailureCallback | None = None,
        ignore_newtrees: bool = True,
        tracks_on_change_inputs: bool = False,
        max_use_ratio: float | None = None,
        final_optimizers: Iterable[Any] | None = None,
        cleanup_optimizers: Iterable[Any] | None = None,
    ) -> None:
        super().__init__(None, ignore_newtrees, failure_callback)
        self.optimizers = list(optimizers)
        self.max_use_ratio = max_use_ratio
        self.last = [*(final_optimizers or ()), *(cleanup_optimizers or ())]

    def apply(self, fgraph: FunctionGraph, start_from: Any = None) -> Any:
        """Apply the rules."""
        node_rules, graph_rules = [], []
        for one in self.optimizers:
            if isinstance(one, NodeRewriter) or hasattr(one, "transform"):
                node_rules.append(as_node_rewriter(one))
            elif isinstance(one, GraphRewriter):
                graph_rules.append(one)
            else:
                graph_rules.append(GraphRewriter(str(one), one.optimize))
        ratio = config.optdb.max_use_ratio if self.max_use_ratio is None else self.max_use_ratio
        on_error: Any = "warn" if config.on_opt_error == "pdb" else config.on_opt_error
        report = Equilibrium(
            node_rules, graph_rules, on_error=on_error, max_use_ratio=ratio, min_nodes=1
        ).run(fgraph)
        for one in self.last:
            as_optimizer(one).optimize(fgraph)
        return report

    def __str__(self) -> str:
        return self.name or f"EquilibriumOptimizer({', '.join(map(str, self.optimizers))})"

    def print_summary(self, stream: Any = sys.stdout, level: int = 0, depth: int = -1) -> None:
        """Write a line about each rule."""
        super().print_summary(stream, level, depth)
        for rule in self.optimizers if depth else ():
            print(f"{' ' * (level + 2)}{rule}", file=stream)
