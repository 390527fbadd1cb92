"""Rules: named functions that say what may stand in place of something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from theano.errors import usage_error
from theano.graph.apply import Apply
from theano.graph.function_graph import FunctionGraph
from theano.graph.op import Op
from theano.graph.variable import Variable

if TYPE_CHECKING:
    from theano.rewriting.database import Query

Replacement = (
    Variable | Sequence[Variable | None] | Mapping[Variable, Variable] | Literal[False] | None
)
"""What a rule answers: None or False to decline, a variable for the only output, a sequence with
one entry for each output (None keeps it), or a mapping from old variables to new ones."""

NodeFunction = Callable[[FunctionGraph, Apply], Replacement]
GraphFunction = Callable[[FunctionGraph], object]
Tracked = type[Op] | Op
"""A class of ops, or one op: its equals are then meant."""

DEFAULT_DEPTH = 3


class NodeRewriter:
    """A rule from one node to its replacement.

    Parameters
    ----------
    name : str
        How reports, warnings and ``excluding`` call it.
    function : callable
        From the graph and one of its nodes to a ``Replacement``. It must change nothing itself,
        and answer the same for the same node.
    tracks : sequence of Op classes and Op instances, optional
        The nodes that it is asked about; all of them by default.
    depth : int
        How many levels of the graph, the node's own included, it looks at. A change so many
        levels below a node is a reason to ask again.
    """

    def __init__(
        self,
        name: str,
        function: NodeFunction,
        tracks: Iterable[Tracked] | None = None,
        depth: int = DEFAULT_DEPTH,
    ) -> None:
        self.name = name
        self.function = function
        self.tracks = None if tracks is None else tuple(tracks)
        self.depth = depth
        self.__doc__ = function.__doc__
        for tracked in self.tracks or ():
            if not isinstance(tracked, Op) and not (
                isinstance(tracked, type) and issubclass(tracked, Op)
            ):
                raise usage_error(
                    TypeError,
                    f"the rewrite rule `{name}` tracks something that is no op",
                    expected="classes or instances of Op",
                    got=tracked,
                )

    def accepts(self, op: Op) -> bool:
        """Whether the rule is to be asked about nodes of ``op``."""
        return self.tracks is None or any(is_tracked(op, tracked) for tracked in self.tracks)

    def propose(self, fgraph: FunctionGraph, node: Apply) -> list[tuple[Variable, Variable]]:
        """Return pairs of an old variable and its replacement; none where the rule declines.

        Raises
        ------
        TypeError, ValueError
            The function's answer is not a ``Replacement``.
        """
        answer = self.function(fgraph, node)
        if answer is None or answer is False:
            return []
        if isinstance(answer, Variable):
            answer = [answer]
        if isinstance(answer, Mapping):
            pairs = list(answer.items())
        elif not isinstance(answer, Sequence):
            raise TypeError(f"it answered with {answer!r}, neither None nor a variable")
        elif len(answer) != len(node.outputs):
            raise ValueError(f"it gave {len(answer)} variables for {len(node.outputs)} outputs")
        else:
            pairs = [
                (old, new) for old, new in zip(node.outputs, answer, strict=True) if new is not None
            ]
        for pair in pairs:
            for variable in pair:
                if not isinstance(variable, Variable):
                    raise TypeError(f"it answered with {variable!r}, which is no variable")
        return [(old, new) for old, new in pairs if old is not new]

    def __call__(self, fgraph: FunctionGraph, node: Apply) -> Replacement:
        """Ask the rule's own function."""
        return self.function(fgraph, node)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class GraphRewriter:
    """A rule that looks at the whole graph at once and changes it itself.

    Parameters
    ----------
    name : str
        How reports, warnings and ``excluding`` call it.
    function : callable
        Takes the graph. It must change it through ``FunctionGraph.replace`` (or
        ``change_input``) alone. What it returns is not looked at.
    once : bool
        It is called a single time. By default it is called again whenever another rule of its stage
        has changed something, and must then, where nothing is left to do, change nothing.
    """

    def __init__(self, name: str, function: GraphFunction, once: bool = False) -> None:
        self.name = name
        self.function = function
        self.once = once
        self.__doc__ = function.__doc__

    def __call__(self, fgraph: FunctionGraph) -> None:
        """Apply the rule to ``fgraph``."""
        self.function(fgraph)

    def for_query(self, query: Query) -> GraphRewriter:
        """Return what is to be applied for a query; a rule that holds others chooses by it."""
        return self

    def __repr__(self) -> str:
        return f"<GraphRewriter {self.name}>"


class RuleIndex:
    """Finds the rules that are to be asked about a node, by its op."""

    def __init__(self, rules: Iterable[NodeRewriter]) -> None:
        self.rules = list(rules)
        # By identity, as hashing an op takes longer than all else here. The op itself is kept, so
        # that no other takes over its identity.
        self._by_op: dict[int, tuple[Op, list[NodeRewriter]]] = {}

    def __getitem__(self, op: Op) -> list[NodeRewriter]:
        known = self._by_op.get(id(op))
        if known is not None:
            return known[1]
        found = [rule for rule in self.rules if rule.accepts(op)]
        self._by_op[id(op)] = op, found
        return found


def is_tracked(op: Op, tracked: Tracked) -> bool:
    """Whether ``op`` is an instance of the class, or equal to the op, that ``tracked`` is."""
    return isinstance(op, tracked) if isinstance(tracked, type) else op is tracked or op == tracked
