"""Rules about a whole graph, as programs write them, and sequences of them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

from theano.graph import FunctionGraph
from theano.legacy.gof.destroying import DestroyHandler
from theano.options import config
from theano.rewriting import merge
from theano.rewriting.rule import GraphRewriter

__all__ = [
    "FromFunctionOptimizer",
    "MergeOptimizer",
    "Optimizer",
    "SeqOptimizer",
    "as_optimizer",
    "inplace_optimizer",
    "optimizer",
]

_logger = logging.getLogger("theano.gof.opt")


class Optimizer:
    """A rule that changes a whole graph; a subclass gives ``apply``."""

    name: str | None = None

    def apply(self, fgraph: FunctionGraph) -> Any:
        """Change the graph, by its ``replace`` and ``replace_validate``."""

    def optimize(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> Any:
        """Attach what the rule needs to the graph, and apply it."""
        self.add_requirements(fgraph)
        return self.apply(fgraph, *args, **kwargs)

    def __call__(self, fgraph: FunctionGraph) -> Any:
        """Do the same as ``optimize``."""
        return self.optimize(fgraph)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Attach what the rule needs to a graph."""

    def __str__(self) -> str:
        return self.name or getattr(self, "__name__", None) or type(self).__name__

    def print_summary(self, stream: Any = sys.stdout, level: int = 0, depth: int = -1) -> None:
        """Write one line about the rule."""
        print(f"{' ' * level}{type(self).__name__} {self.name or ''}", file=stream)


class FromFunctionOptimizer(Optimizer):
    """The rule that a function of a graph is."""

    def __init__(
        self,
        fn: Callable[[FunctionGraph], Any],
        requirements: Iterable[Callable[[FunctionGraph], None]] = (),
    ) -> None:
        self.apply = fn  # type: ignore[assignment, method-assign]
        self.requirements = tuple(requirements)
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)
        self.__doc__ = fn.__doc__

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Do what was given."""
        for requirement in self.requirements:
            requirement(fgraph)


def optimizer(fn: Callable[[FunctionGraph], Any]) -> FromFunctionOptimizer:
    """Make a rule of a function that changes a graph."""
    return FromFunctionOptimizer(fn)


def inplace_optimizer(fn: Callable[[FunctionGraph], Any]) -> FromFunctionOptimizer:
    """Make a rule of a function that puts nodes into a graph which write to their inputs."""
    return FromFunctionOptimizer(fn, [lambda fgraph: fgraph.attach_feature(DestroyHandler())])


def as_optimizer(rule: Any) -> Any:
    """Return ``rule``, or an Optimizer where it is a rule of the engine."""
    return FromFunctionOptimizer(rule) if isinstance(rule, GraphRewriter) else rule


class SeqOptimizer(Optimizer, list[Any]):
    """Rules about a graph, applied one after another.

    Parameters
    ----------
    *opts : optimizers, or one list of them
    failure_callback : callable, optional
        Called with the exception, this object and the rule, where a rule raises.
    """

    def __init__(self, *opts: Any, failure_callback: Any = None, **kwargs: Any) -> None:
        if len(opts) == 1 and isinstance(opts[0], (list, tuple)):
            (opts,) = opts
        list.__init__(self, map(as_optimizer, opts))
        self.failure_callback = failure_callback

    @staticmethod
    def warn(exc: Exception, self: Any, optimizer: Any) -> None:
        """Log that a rule failed, or raise, as ``config.on_opt_error`` says."""
        if config.on_opt_error == "raise":
            raise exc
        if config.on_opt_error != "ignore":
            _logger.error("the rule %s failed: %s", optimizer, exc)

    def apply(self, fgraph: FunctionGraph) -> None:
        """Apply each rule once."""
        for rule in self:
            try:
                rule.optimize(fgraph)
            except Exception as error:
                if self.failure_callback is None:
                    raise
                self.failure_callback(error, self, rule)

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __str__(self) -> str:
        return f"SeqOpt({', '.join(map(str, self))})"

    __repr__ = __str__

    def print_summary(self, stream: Any = sys.stdout, level: int = 0, depth: int = -1) -> None:
        """Write a line about each rule."""
        super().print_summary(stream, level, depth)
        for rule in self if depth else ():
            rule.print_summary(stream, level + 2, depth - 1)


class MergeOptimizer(Optimizer):
    """Computes once what is computed twice."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Merge equal nodes and equal constants."""
        merge(fgraph)
