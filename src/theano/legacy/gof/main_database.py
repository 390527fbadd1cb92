"""``optdb``: the rules that compiled functions go through, as programs know them.

It is ``theano.rewriting.optdb`` seen through the methods of earlier databases. A rule about nodes
that is registered in ``optdb["canonicalize"]`` becomes a rule of that stage; a rule about the
whole graph, or a database, that is registered at a position is applied once, at that position.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from theano.compile.mode import ALL, FEW, OPTIMIZERS, as_graph_rewriter
from theano.errors import usage_error
from theano.graph import FunctionGraph
from theano.graph.function_graph import Feature
from theano.legacy.gof.databases import DB, EquilibriumDB, SequenceDB, is_local, query_of
from theano.legacy.gof.destroying import DestroyHandler
from theano.legacy.gof.features import NoOutputFromInplace
from theano.legacy.gof.global_rules import Optimizer
from theano.legacy.gof.local_rules import as_node_rewriter
from theano.rewriting import Query, RewriteDatabase, rewrite_graph
from theano.rewriting import optdb as engine
from theano.rewriting.rule import GraphRewriter, NodeRewriter

__all__ = [
    "AddDestroyHandler",
    "AddFeatureOptimizer",
    "AddNoOutputFromInplace",
    "PrintCurrentFunctionGraph",
    "optdb",
    "register_canonicalize",
    "register_specialize",
    "register_specialize_device",
    "register_stabilize",
    "register_uncanonicalize",
    "register_useless",
]

POSITIONS = {
    "merge1": 0.0,
    "canonicalize": 1.0,
    "merge1.2": 1.2,
    "stabilize": 1.5,
    "specialize": 2.0,
    "uncanonicalize": 3.0,
    "merge2": 49.0,
    "add_destroy_handler": 49.5,
    "merge3": 100.0,
}
"""Where Theano had its own databases and rules: programs put theirs before or behind them."""


class Chosen(GraphRewriter):
    """A database among the rules: what it chooses depends on the query."""

    def __init__(self, name: str, database: DB) -> None:
        super().__init__(name, lambda fgraph: database.query(Query()).optimize(fgraph), once=True)
        self.database = database

    def for_query(self, query: Query) -> GraphRewriter:
        """Return what the database chooses, as one rule."""
        rule = self.database.query(query)
        return GraphRewriter(self.name, rule.optimize, once=True)


class Rewriting(Optimizer):
    """All rules that a query chooses."""

    def __init__(self, database: RewriteDatabase, query: Query) -> None:
        self.database, self.chosen = database, query

    def apply(self, fgraph: FunctionGraph) -> Any:
        """Apply them, stage by stage; return the report."""
        return rewrite_graph(fgraph, self.chosen, database=self.database)


def as_rule(name: str, obj: Any) -> NodeRewriter | GraphRewriter:
    """Return the rule of the engine that something is."""
    if isinstance(obj, DB):
        return Chosen(name, obj)
    return as_node_rewriter(obj, name) if is_local(obj) else as_graph_rewriter(obj)


class Stage(EquilibriumDB):
    """The rules of one stage of ``optdb``."""

    def __init__(self, name: str, database: RewriteDatabase, stage: str) -> None:
        super().__init__()
        self.name, self.database, self.stage = name, database, stage

    def register(self, name: str, obj: Any, *tags: str, **kwargs: Any) -> None:
        """Add a rule to the stage."""
        _check(name, obj)
        self.database.register(name, as_rule(name, obj), *tags, stage=self.stage)

    def add_tags(self, name: str, *tags: str) -> None:
        """Give more tags to a rule."""
        self.database.add_tags(name, *tags)

    def remove_tags(self, name: str, *tags: str) -> None:
        """Take tags away from a rule."""
        self.database.remove_tags(name, *tags)

    def query(self, *tags: Any, **kwtags: Any) -> Any:
        """Return the chosen rules of the stage as one."""
        return Rewriting(self.database, query_of(tags).requiring(self.stage))

    def __getitem__(self, name: str) -> Any:
        return self.database[name]

    def __contains__(self, name: object) -> bool:
        return name in self.database._entries


class MainDatabase(SequenceDB):
    """The rules of compiled functions; see the module."""

    name = "optdb"

    def __init__(self, database: RewriteDatabase) -> None:
        super().__init__()
        self.database = database
        self.__position__ = dict(POSITIONS)
        self._databases: dict[str, DB] = {}

    def register(
        self, name: str, obj: Any, position: float | str = "last", *tags: str, **kwargs: Any
    ) -> None:
        """Add a rule, or a database of rules, at a position."""
        _check(name, obj)
        place = self.place(position)
        rule = as_rule(name, obj)
        self.database.register(name, rule, *tags, stage=self.database.stage_at(place))
        self.__position__[name] = place
        if not isinstance(obj, (NodeRewriter, GraphRewriter)):
            obj.name = name
        if isinstance(obj, DB):
            self._databases[name] = obj

    def add_tags(self, name: str, *tags: str) -> None:
        """Give more tags to a rule."""
        self.database.add_tags(name, *tags)

    def remove_tags(self, name: str, *tags: str) -> None:
        """Take tags away from a rule."""
        self.database.remove_tags(name, *tags)

    def query(self, *tags: Any, **kwtags: Any) -> Any:
        """Return the chosen rules as one."""
        return Rewriting(self.database, query_of(tags))

    def __getitem__(self, name: str) -> Any:
        if name in self._databases:
            return self._databases[name]
        if name in POSITIONS and name not in self.database:
            return Stage(name, self.database, self.database.stage_at(POSITIONS[name]))
        return self.database[name]

    def __contains__(self, name: object) -> bool:
        return name in POSITIONS or name in self.database._entries


def _check(name: str, obj: Any) -> None:
    if isinstance(obj, (DB, NodeRewriter, GraphRewriter)):
        return
    if not hasattr(obj, "optimize") and not hasattr(obj, "transform"):
        raise usage_error(
            TypeError,
            f"something that is no rewrite rule was registered as `{name}`",
            expected="an Optimizer, a LocalOptimizer or a DB",
            got=obj,
        )


optdb = MainDatabase(engine)
"""The rules that compiled functions go through."""

OPT_NONE = Query(frozenset())
OPT_MERGE = OPT_FAST_COMPILE = FEW
OPT_FAST_RUN = OPT_FAST_RUN_STABLE = OPT_O2 = OPT_O3 = OPT_UNSAFE = ALL
OPT_STABILIZE = ALL.excluding("specialize")
predefined_optimizers = OPTIMIZERS


def _registering(stage: str, *own_tags: str) -> Callable[..., Any]:
    """Return the decorator that adds rules to a stage."""

    def register(rule: Any, *tags: str, name: str | None = None, **kwargs: Any) -> Any:
        if isinstance(rule, str):
            return lambda inner: register(inner, rule, *tags, name=name, **kwargs)
        called = name or getattr(rule, "__name__", None) or str(getattr(rule, "name", rule))
        optdb[stage].register(called, rule, "fast_run", *own_tags, *tags, **kwargs)
        return rule

    register.__name__ = f"register_{stage}"
    register.__doc__ = f"""Register a rule about nodes in the stage {stage!r}; return the rule.

    Used as a decorator, as it is or with tags: ``@register_{stage}("my_tag")``.
    """
    return register


register_canonicalize = _registering("canonicalize")
register_stabilize = _registering("stabilize")
register_specialize = _registering("specialize")
register_uncanonicalize = _registering("uncanonicalize")
register_specialize_device = _registering("specialize")
register_useless = _registering("canonicalize", "useless")


class AddFeatureOptimizer(Optimizer):
    """Attaches a feature to the graph."""

    def __init__(self, feature: Feature) -> None:
        self.feature = feature

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Attach it."""
        super().add_requirements(fgraph)
        fgraph.attach_feature(self.feature)


class AddDestroyHandler(Optimizer):
    """Attaches a DestroyHandler to the graph."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Attach it."""
        super().add_requirements(fgraph)
        fgraph.attach_feature(DestroyHandler())


class AddNoOutputFromInplace(Optimizer):
    """Attaches a NoOutputFromInplace to the graph."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Attach it."""
        super().add_requirements(fgraph)
        fgraph.attach_feature(NoOutputFromInplace())


class PrintCurrentFunctionGraph(Optimizer):
    """Prints the graph as it is at its position, under a header."""

    def __init__(self, header: str) -> None:
        self.header = header

    def apply(self, fgraph: FunctionGraph) -> None:
        """Print it."""
        sys.stdout.write(f"PrintCurrentFunctionGraph: {self.header}\n{fgraph}\n")
