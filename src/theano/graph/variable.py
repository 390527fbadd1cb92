"""``Variable`` and ``Constant``: the values of a graph, known by what makes them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from theano.graph.pickling import reduce_variable
from theano.graph.provenance import SourceLine, user_line
from theano.graph.scratchpad import Scratchpad

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from theano.graph.apply import Apply
    from theano.graph.function_graph import Client, FunctionGraph
    from theano.graph.type import Type

__all__ = ["Constant", "Scratchpad", "Variable"]


construction_lists: list[list[Variable]] = []
"""Where new variables are noted; see ``queries.nodes_constructed``."""


class Variable:
    """One value of a graph.

    Attributes
    ----------
    type : Type
        What it may hold.
    owner : Apply or None
        The node that computes it; None for an input or a constant.
    index : int or None
        Which output of ``owner`` it is.
    name : str or None
        For people; need not be unique.
    tag : Scratchpad
        Attributes for tools and users, such as ``test_value``.
    source : SourceLine or None
        The user's line that created it.
    belongs : callable
        Returns the ``FunctionGraph`` that took it last, or None; see ``fgraph``.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "belongs",
        "index",
        "name",
        "owner",
        "source",
        "tag",
        "type",
    )

    belongs: Callable[[], FunctionGraph | None] | None
    evaluator: ClassVar[Callable[[Variable, dict[Any, Any]], Any] | None] = None
    """What ``eval`` calls; the compiler, a higher layer, puts itself here."""

    def __init__(
        self,
        type: Type,
        owner: Apply | None = None,
        index: int | None = None,
        name: str | None = None,
    ) -> None:
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"the name of a variable must be a string or None, got {name!r}")
        self.type = type
        self.owner = owner
        self.index = index
        self.name = name
        self.tag = Scratchpad()
        self.source: SourceLine | None = owner.source if owner is not None else user_line()
        for made in construction_lists:
            made.append(self)

    @property
    def fgraph(self) -> FunctionGraph:
        """The ``FunctionGraph`` that it is a part of; the last one, where there are several.

        Raises
        ------
        AttributeError
            It is part of none.
        """
        return graph_of(self)

    @property
    def clients(self) -> list[Client]:
        """Who uses it in its ``fgraph``: nodes, or "output", each with a position."""
        return self.fgraph.clients(self)

    def get_parents(self) -> list[Apply]:
        """Return the owner in a list; empty for an input or a constant."""
        return [] if self.owner is None else [self.owner]

    def clone(self) -> Variable:
        """Return a new variable of the same type, name and tag without an owner."""
        new = self.type.make_variable(self.name)
        new.tag = copy.copy(self.tag)
        new.source = self.source
        return new

    def eval(self, inputs_to_values: Mapping[Any, Any] | None = None) -> Any:
        """Compute the value of this variable.

        Parameters
        ----------
        inputs_to_values : mapping, optional
            From input variables, or their names, to values.

        Notes
        -----
        The compiled function is kept, so that a second call with the same inputs is quick. For
        repeated use ``theano.function`` is the better tool.
        """
        if Variable.evaluator is None:
            raise RuntimeError("nothing can evaluate a graph yet: import theano first")
        return Variable.evaluator(self, dict(inputs_to_values or {}))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return super().__reduce_ex__(2) if self.owner is None else reduce_variable(self)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled besides the node that the variable belongs to."""
        return {
            **self.own_attributes(),
            "type": self.type,
            "name": self.name,
            "tag": self.tag,
            "source": self.source,
        }

    def own_attributes(self) -> dict[str, Any]:
        """Return what was set on this variable besides what every variable has."""
        return {name: value for name, value in vars(self).items() if name != "_eval_cache"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if not hasattr(self, "owner"):
            self.owner = self.index = None
        for name, value in state.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        if self.owner is not None:
            return f"{self.owner.op}.{self.index}"
        return f"<{self.type}>"

    def __repr__(self) -> str:
        return str(self)


def graph_of(part: Any) -> FunctionGraph:
    """Return the graph that a variable or a node belongs to.

    Raises
    ------
    AttributeError
        There is none.
    """
    belongs = getattr(part, "belongs", None)
    graph: FunctionGraph | None = None if belongs is None else belongs()
    if graph is None:
        raise AttributeError(f"{part} is not part of a FunctionGraph")
    return graph


class Constant(Variable):
    """A variable whose value is known when the graph is built.

    ``data`` is the value; it must not be changed.
    """

    __slots__ = ("data",)

    def __init__(self, type: Type, data: Any, name: str | None = None) -> None:
        super().__init__(type, None, None, name)
        self.data = type.filter(data)

    def signature(self) -> Any:
        """Return a hashable key: equal keys mean equal type and value."""
        return (type(self), self.type, self.data)

    def equals(self, other: object) -> bool:
        """Whether ``other`` is a constant of the same type and value."""
        return isinstance(other, Constant) and self.signature() == other.signature()

    @property
    def value(self) -> Any:
        """The same as ``data``."""
        return self.data

    def clone(self) -> Variable:
        """Return a new constant of the same type, value, name and tag."""
        new = type(self)(self.type, self.data, self.name)
        new.tag = copy.copy(self.tag)
        new.source = self.source
        return new

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "data": self.data}

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        text = str(self.data)
        return f"{type(self).__name__}{{{text[:20]}{'...' if len(text) > 20 else ''}}}"
