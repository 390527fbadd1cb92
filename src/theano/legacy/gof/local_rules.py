"""Rules about one node, as programs write them: from a node to what replaces its outputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakSet

from theano.errors import usage_error
from theano.graph import Apply, FunctionGraph, Op, Variable
from theano.legacy.gof.destroying import DestroyHandler
from theano.rewriting.rule import NodeRewriter, is_tracked

__all__ = [
    "FromFunctionLocalOptimizer",
    "LocalMetaOptimizerSkipAssertionError",
    "LocalOptGroup",
    "LocalOptimizer",
    "OpRemove",
    "OpSub",
    "as_node_rewriter",
    "local_optimizer",
]


class LocalMetaOptimizerSkipAssertionError(AssertionError):
    """A rule that compares implementations is to go past one."""


class LocalOptimizer:
    """A rule that replaces the outputs of one node; a subclass gives ``transform``.

    Attributes
    ----------
    name : str or None
        What it is registered as.
    reentrant : bool
        Whether it may be asked about nodes that it made itself.
    retains_inputs : bool
        Whether a replacement has the inputs of what it replaces.
    """

    name: str | None = None
    reentrant = True
    retains_inputs = False

    def tracks(self) -> Iterable[Any] | None:
        """Return the ops and classes of ops whose nodes it is asked about; None for all."""
        return None

    def transform(self, node: Apply) -> Any:
        """Return a list with what replaces each output, a dict, or False to decline.

        The graph is ``node.fgraph``. A dict is from variables to their replacements; under
        "remove" it may have a list of variables that must be gone afterwards.
        """
        raise NotImplementedError(f"{type(self).__name__} has no transform()")

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Attach what the rule needs to a graph."""

    def __str__(self) -> str:
        return self.name or getattr(self, "__name__", None) or type(self).__name__

    def print_summary(self, stream: Any = sys.stdout, level: int = 0, depth: int = -1) -> None:
        """Write one line about the rule."""
        print(f"{' ' * level}{type(self).__name__} {self}", file=stream)


class FromFunctionLocalOptimizer(LocalOptimizer):
    """The rule that a function of a node is; see :func:`local_optimizer`."""

    def __init__(
        self,
        fn: Callable[[Apply], Any],
        tracks: Sequence[Any] | None = None,
        requirements: Iterable[Callable[[FunctionGraph], None]] = (),
    ) -> None:
        self.transform = fn  # type: ignore[assignment, method-assign]
        self.fn = fn
        self._tracks = tracks
        self.requirements = tuple(requirements)
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)
        self.__doc__ = fn.__doc__

    def tracks(self) -> Sequence[Any] | None:
        """Return what was given."""
        return self._tracks

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Do what was given."""
        for requirement in self.requirements:
            requirement(fgraph)


def local_optimizer(
    tracks: Sequence[Any] | None,
    inplace: bool = False,
    requirements: Iterable[Callable[[FunctionGraph], None]] = (),
) -> Callable[[Callable[[Apply], Any]], FromFunctionLocalOptimizer]:
    """Make a rule of a function from a node to a list of replacements, or False.

    Parameters
    ----------
    tracks : list of ops and classes of ops, or None
        Which nodes it is asked about; None for all.
    inplace : bool
        Whether the rule makes nodes that write to their inputs.
    requirements : iterable of callables
        Called with each graph that the rule is applied to.

    Raises
    ------
    ValueError
        ``tracks`` is empty.
    TypeError
        Something in ``tracks`` is no op.
    """
    if tracks is not None:
        if len(tracks) == 0:
            raise ValueError("local_optimizer was given an empty list: None means all nodes")
        for tracked in tracks:
            if not isinstance(tracked, Op) and not (
                isinstance(tracked, type) and issubclass(tracked, Op)
            ):
                raise usage_error(
                    TypeError,
                    "local_optimizer tracks something that is no op",
                    expected="classes or instances of Op",
                    got=tracked,
                )
    needed = [*requirements]
    if inplace:
        needed.append(lambda fgraph: fgraph.attach_feature(DestroyHandler()))

    def decorate(function: Callable[[Apply], Any]) -> FromFunctionLocalOptimizer:
        return FromFunctionLocalOptimizer(function, tracks, needed)

    return decorate


class LocalOptGroup(LocalOptimizer):
    """Several rules as one: the first that answers counts.

    With ``apply_all_opts``, all are asked again about what came of it, until none answers.
    """

    def __init__(self, *optimizers: Any, apply_all_opts: bool = False, **kwargs: Any) -> None:
        if len(optimizers) == 1 and isinstance(optimizers[0], (list, tuple)):
            (optimizers,) = optimizers
        self.opts = list(optimizers)
        self.apply_all_opts = apply_all_opts
        self.reentrant = any(getattr(opt, "reentrant", True) for opt in self.opts)
        self.retains_inputs = all(getattr(opt, "retains_inputs", False) for opt in self.opts)
        self._rules = [as_node_rewriter(opt) for opt in self.opts]

    def __str__(self) -> str:
        return self.name or f"LocalOptGroup({','.join(map(str, self.opts))})"

    def tracks(self) -> list[Any] | None:
        """Return what any of the rules tracks."""
        found: list[Any] = []
        for rule in self._rules:
            if rule.tracks is None:
                return None
            found.extend(rule.tracks)
        return found

    def transform(self, node: Apply) -> Any:
        """Return the answer of the first rule that has one."""
        fgraph = node.fgraph
        last: Any = None
        while True:
            answers = (
                rule(fgraph, node)
                for rule in self._rules
                if any(is_tracked(node.op, one) for one in rule.tracks or (type(node.op),))
            )
            answer: Any = next((a for a in answers if a is not None and a is not False), None)
            if answer is None:
                return last
            last = [answer] if isinstance(answer, Variable) else answer
            made = list(last.values()) if isinstance(last, dict) else last
            owners = {v.owner for v in made if v is not None}
            if not self.apply_all_opts or len(owners) != 1 or None in owners:
                return last
            (node,) = owners  # type: ignore[assignment]

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Do what the rules need."""
        for opt in self.opts:
            if hasattr(opt, "add_requirements"):
                opt.add_requirements(fgraph)


class OpSub(LocalOptimizer):
    """Puts the op ``op2`` in the place of ``op1``, on the same inputs."""

    reentrant = False
    retains_inputs = True

    def __init__(self, op1: Op, op2: Op, transfer_tags: bool = True) -> None:
        self.op1, self.op2 = op1, op2
        self.transfer_tags = transfer_tags

    def op_key(self) -> Op:
        """Return the op that it replaces."""
        return self.op1

    def tracks(self) -> list[Op]:
        """Return the op that it replaces."""
        return [self.op1]

    def transform(self, node: Apply) -> Any:
        """Return the outputs of the other op."""
        if node.op != self.op1:
            return False
        new = self.op2.make_node(*node.inputs)
        if self.transfer_tags:
            new.tag.__update__(node.tag)
            for old_output, output in zip(node.outputs, new.outputs, strict=True):
                output.tag.__update__(old_output.tag)
        return new.outputs

    def __str__(self) -> str:
        return f"{self.op1} -> {self.op2}"


class OpRemove(LocalOptimizer):
    """Takes an op out that has as many outputs as inputs: these stand for those."""

    retains_inputs = True

    def __init__(self, op: Op) -> None:
        self.op = op

    def op_key(self) -> Op:
        """Return the op that it removes."""
        return self.op

    def tracks(self) -> list[Op]:
        """Return the op that it removes."""
        return [self.op]

    def transform(self, node: Apply) -> Any:
        """Return the inputs."""
        return list(node.inputs) if node.op == self.op else False

    def __str__(self) -> str:
        return f"{self.op}(x) -> x"


def as_node_rewriter(opt: Any, name: str | None = None) -> NodeRewriter:
    """Return the rule of the engine that asks ``opt``, which has a method ``transform``."""
    if isinstance(opt, NodeRewriter):
        return opt
    tracks = opt.tracks() if hasattr(opt, "tracks") else None
    needs = getattr(type(opt), "add_requirements", None) not in (
        None,
        LocalOptimizer.add_requirements,
    )
    ready: WeakSet[FunctionGraph] = WeakSet()

    def ask(fgraph: FunctionGraph, node: Apply) -> Any:
        if needs and fgraph not in ready:
            ready.add(fgraph)
            opt.add_requirements(fgraph)
        answer = opt.transform(node)
        if isinstance(answer, dict) and "remove" in answer:
            return {old: new for old, new in answer.items() if old != "remove"}
        return answer

    ask.__doc__ = opt.__doc__
    return NodeRewriter(name or str(opt), ask, tracks or None)
