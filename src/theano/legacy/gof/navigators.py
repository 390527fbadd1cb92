"""Ways of leading rules about one node through a graph."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from theano.errors import InconsistencyError, usage_error
from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.function_graph import Feature
from theano.graph.ordering import toposort
from theano.legacy.gof.features import NodeFinder, ReplaceValidate
from theano.legacy.gof.global_rules import Optimizer
from theano.legacy.gof.local_rules import LocalOptGroup, as_node_rewriter
from theano.options import config
from theano.rewriting.rule import NodeRewriter

__all__ = [
    "NavigatorOptimizer",
    "OpKeyOptimizer",
    "TopoOptimizer",
    "in2out",
    "out2in",
    "topogroup_optimizer",
]

_logger = logging.getLogger("theano.gof.opt")

FailureCallback = Callable[[Exception, Any, Any, Any, Any], None]


class _Updater(Feature):
    """Tells a navigator which nodes come and go."""

    def __init__(self, importer: Any, pruner: Any, chin: Any, name: str | None) -> None:
        self.importer, self.pruner, self.chin, self.name = importer, pruner, chin, name

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        if self.importer is not None:
            self.importer(node)

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        if self.pruner is not None:
            self.pruner(node)

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        if self.chin is not None:
            self.chin(node, i, old, new, reason)


class NavigatorOptimizer(Optimizer):
    """Base of what leads a rule through a graph.

    Parameters
    ----------
    local_opt : rule or None
        With ``transform(node)``, or a NodeRewriter.
    ignore_newtrees : bool or "auto"
        Whether it is not to be asked about nodes that come in meanwhile. "auto" says so for a rule
        that is not ``reentrant``.
    failure_callback : callable, optional
        Called with the exception, this object, the pairs of old and new variables, the rule and the
        node, where the rule or its replacement fails. Without one, the exception is raised.
    """

    def __init__(
        self,
        local_opt: Any,
        ignore_newtrees: bool | str = "auto",
        failure_callback: FailureCallback | None = None,
    ) -> None:
        self.local_opt = local_opt
        if ignore_newtrees == "auto":
            ignore_newtrees = not getattr(local_opt, "reentrant", True)
        self.ignore_newtrees = bool(ignore_newtrees)
        self.failure_callback = failure_callback
        self._rules: dict[int, tuple[Any, NodeRewriter]] = {}

    @staticmethod
    def warn(exc: Exception, nav: Any, repl_pairs: Any, local_opt: Any, node: Any) -> None:
        """Log that a rule failed, or raise, as ``config.on_opt_error`` says."""
        if config.on_opt_error == "raise":
            raise exc
        if config.on_opt_error != "ignore":
            _logger.error("the rule %s failed at %s: %s", local_opt, node, exc)

    @staticmethod
    def warn_inplace(exc: Exception, nav: Any, repl_pairs: Any, local_opt: Any, node: Any) -> None:
        """Do the same, but pass over replacements that a feature refuses."""
        if not isinstance(exc, InconsistencyError):
            NavigatorOptimizer.warn(exc, nav, repl_pairs, local_opt, node)

    @staticmethod
    def warn_ignore(exc: Exception, nav: Any, repl_pairs: Any, local_opt: Any, node: Any) -> None:
        """Pass over every failure."""

    def attach_updater(
        self,
        fgraph: FunctionGraph,
        importer: Any,
        pruner: Any,
        chin: Any = None,
        name: str | None = None,
    ) -> Feature | None:
        """Let functions hear of nodes that come, go, and change; return the feature that does."""
        if self.ignore_newtrees:
            importer = None
        if importer is None and pruner is None:
            return None
        updater = _Updater(importer, pruner, chin, name)
        fgraph.attach_feature(updater)
        return updater

    def detach_updater(self, fgraph: FunctionGraph, updater: Feature | None) -> None:
        """Undo ``attach_updater``."""
        if updater is not None:
            fgraph.remove_feature(updater)

    def process_node(self, fgraph: FunctionGraph, node: Apply, lopt: Any = None) -> bool:
        """Ask the rule about one node, and carry out its answer; return whether it changed."""
        lopt = self.local_opt if lopt is None else lopt
        pairs: Any = False
        try:
            pairs = self._rule(lopt).propose(fgraph, node)
            pairs = [(old, new) for old, new in pairs if old in fgraph.variables]
            if not pairs:
                return False
            fgraph.replace_all_validate(pairs, reason=lopt)
        except Exception as error:
            if self.failure_callback is None:
                raise
            self.failure_callback(error, self, pairs, lopt, node)
            return False
        return True

    def _rule(self, lopt: Any) -> NodeRewriter:
        # The rule is kept with its number, so that no other can take that over.
        if id(lopt) not in self._rules:
            self._rules[id(lopt)] = lopt, as_node_rewriter(lopt)
        return self._rules[id(lopt)][1]

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Let features refuse replacements, and do what the rule needs."""
        super().add_requirements(fgraph)
        fgraph.attach_feature(ReplaceValidate())
        if hasattr(self.local_opt, "add_requirements"):
            self.local_opt.add_requirements(fgraph)

    def __str__(self) -> str:
        return f"{self.name or getattr(self, '__name__', type(self).__name__)}({self.local_opt})"


class TopoOptimizer(NavigatorOptimizer):
    """Asks a rule about each node once, from the inputs on or from the outputs."""

    def __init__(
        self,
        local_opt: Any,
        order: str = "in_to_out",
        ignore_newtrees: bool | str = False,
        failure_callback: FailureCallback | None = None,
    ) -> None:
        if order not in ("out_to_in", "in_to_out"):
            raise ValueError(f"the order must be 'out_to_in' or 'in_to_out', got {order!r}")
        self.order = order
        super().__init__(local_opt, ignore_newtrees, failure_callback)

    def apply(self, fgraph: FunctionGraph, start_from: Iterable[Variable] | None = None) -> None:
        """Go through the graph, or what computes ``start_from``."""
        start = fgraph.outputs if start_from is None else start_from
        # Not the graph's own order, as its features may find that it has none yet.
        todo = deque(toposort(start, fgraph.inputs))
        current: Apply | None = None

        def importer(node: Apply) -> None:
            if node is not current:
                todo.append(node)

        updater = self.attach_updater(fgraph, importer, None, name=self.name)
        try:
            while todo:
                current = todo.pop() if self.order == "out_to_in" else todo.popleft()
                if current in fgraph.apply_nodes:
                    self.process_node(fgraph, current)
        finally:
            self.detach_updater(fgraph, updater)


class OpKeyOptimizer(NavigatorOptimizer):
    """Asks a rule about the nodes of the ops that its ``op_key`` names."""

    def __init__(
        self,
        local_opt: Any,
        ignore_newtrees: bool | str = False,
        failure_callback: FailureCallback | None = None,
    ) -> None:
        if not hasattr(local_opt, "op_key"):
            raise TypeError("OpKeyOptimizer needs a rule with a method op_key")
        super().__init__(local_opt, ignore_newtrees, failure_callback)

    def apply(self, fgraph: Any) -> None:
        """Go through the nodes."""
        key = self.local_opt.op_key()
        keys = list(key) if isinstance(key, (list, tuple)) else [key]
        todo = [node for one in keys for node in fgraph.get_nodes(one)]
        current: Apply | None = None

        def importer(node: Apply) -> None:
            if node is not current and node.op in keys:
                todo.append(node)

        updater = self.attach_updater(fgraph, importer, None, name=self.name)
        try:
            while todo:
                current = todo.pop()
                if current in fgraph.apply_nodes:
                    self.process_node(fgraph, current)
        finally:
            self.detach_updater(fgraph, updater)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Let the graph find the nodes of an op."""
        super().add_requirements(fgraph)
        fgraph.attach_feature(NodeFinder())


def topogroup_optimizer(
    order: str, *local_opts: Any, name: str | None = None, **kwargs: Any
) -> TopoOptimizer:
    """Return what leads rules, the first that answers, through a graph in one direction."""
    if not local_opts:
        raise usage_error(TypeError, "out2in or in2out was given no rule", expected="at least one")
    rule = local_opts[0] if len(local_opts) == 1 else LocalOptGroup(*local_opts)
    led = TopoOptimizer(
        rule,
        order,
        kwargs.pop("ignore_newtrees", False),
        kwargs.pop("failure_callback", TopoOptimizer.warn_inplace),
    )
    led.name = name
    return led


out2in = partial(topogroup_optimizer, "out_to_in")
in2out = partial(topogroup_optimizer, "in_to_out")
