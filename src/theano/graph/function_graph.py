"""``FunctionGraph``: a whole graph that can be changed, with who uses what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import ref

from theano.errors import AlreadyThere, InconsistencyError, MissingInputError, usage_error
from theano.graph.apply import Apply
from theano.graph.pickling import NodesOf, dereference, reference
from theano.graph.queries import as_string, general_toposort
from theano.graph.traversal import clone_get_equiv, toposort
from theano.graph.variable import Constant, Variable

Client = tuple[Apply | str, int]
"""Who uses a variable: a node and the position among its inputs, or "output" and a position."""


class Clients(dict[Variable, dict[Client, None]]):
    """From each variable of a graph to its users; called with a variable, it lists them."""

    def __call__(self, variable: Variable) -> list[Client]:
        """Return the users of ``variable``."""
        return list(self[variable])


class Feature:
    """Something that watches a graph change. All methods are optional to override.

    A feature need not be one of this class: whatever has some of the methods is one. Besides these
    it may have ``orderings(fgraph)``, which returns a dict from nodes to lists of nodes that must
    be computed before, and methods of its own for ``FunctionGraph.execute_callbacks``.
    """

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Called once, when attached; raises AlreadyThere if the graph has no need of it."""

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """Called once, when removed."""

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """Called after ``node`` became part of the graph."""

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """Called after ``node`` left the graph."""

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        """Called after input ``i`` of ``node`` (or output ``i`` of the graph) was replaced."""

    def orderings(self, fgraph: FunctionGraph) -> dict[Apply, list[Apply]]:
        """Return, for some nodes, others that must be computed before them."""
        return {}


class FunctionGraph:
    """The graph between given inputs and outputs, owned by itself and free to change.

    Parameters
    ----------
    inputs : sequence of Variable
        Variables without an owner.
    outputs : sequence of Variable
        What is computed.
    features : sequence of Feature, optional
        Attached before the graph is read.
    clone : bool
        Work on a copy (the default), so that the caller's graph stays as it is.

    Attributes
    ----------
    inputs, outputs : list of Variable
    apply_nodes : set of Apply
    variables : set of Variable
    clients : dict
        From each variable to its users, in a fixed order: a dict whose keys are ``Client`` s, so
        that one user among thousands can leave at once.

    Raises
    ------
    MissingInputError
        The outputs need a variable that is neither an input nor a constant.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        features: Iterable[Feature] = (),
        clone: bool = True,
    ) -> None:
        self.equivalents: dict[Variable, Variable] = {}
        if clone:
            self.equivalents = clone_get_equiv(inputs, outputs)
            inputs = [self.equivalents[v] for v in inputs]
            outputs = [self.equivalents[v] for v in outputs]
        self._read(inputs, outputs, features)

    def _read(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        features: Iterable[Feature] = (),
    ) -> None:
        self.inputs: list[Variable] = list(inputs)
        self.outputs: list[Variable] = list(outputs)
        self._given = frozenset(self.inputs)
        self.apply_nodes: set[Apply] = set()
        self.variables: set[Variable] = set()
        self.clients = Clients()
        self._ref = ref(self)
        self._features: list[Feature] = []
        for variable in self.inputs:
            if variable.owner is not None:
                raise usage_error(
                    ValueError,
                    "an input of a FunctionGraph is computed by a node",
                    expected="variables without an owner",
                    got=variable,
                    fix="clone it, or replace it by a new variable of its type",
                )
            self._add_variable(variable)
        for feature in features:
            self.attach_feature(feature)
        for i, output in enumerate(self.outputs):
            self.import_variable(output, reason="init")
            self.clients[output]["output", i] = None

    def attach_feature(self, feature: Feature) -> None:
        """Let ``feature`` hear of every change from now on."""
        if feature in self._features:
            return
        try:
            if hasattr(feature, "on_attach"):
                feature.on_attach(self)
        except AlreadyThere:
            return
        self._features.append(feature)

    def remove_feature(self, feature: Feature) -> None:
        """Stop telling ``feature`` of changes."""
        if feature in self._features:
            self._features.remove(feature)
            if hasattr(feature, "on_detach"):
                feature.on_detach(self)

    def execute_callbacks(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Call the method ``name`` of each feature that has it with the graph and ``args``."""
        for feature in self._features:
            method = getattr(feature, name, None)
            if method is not None:
                method(self, *args, **kwargs)

    def collect_callbacks(self, name: str, *args: Any) -> dict[Feature, Any]:
        """Return what the method ``name`` of each feature that has it answers."""
        return {
            feature: getattr(feature, name)(self, *args)
            for feature in self._features
            if hasattr(feature, name)
        }

    def _add_variable(self, variable: Variable) -> None:
        variable.belongs = self._ref
        self.variables.add(variable)
        self.clients.setdefault(variable, {})

    def import_variable(self, variable: Variable, reason: Any = None) -> None:
        """Make ``variable``, and all nodes that it needs, part of the graph.

        Raises
        ------
        MissingInputError
            It needs an input that the graph does not have.
        """
        if variable in self.variables:
            return
        new_nodes = toposort([variable], self.variables)
        for node in new_nodes:
            for leaf in node.inputs:
                self._check_leaf(leaf)
        if not new_nodes:
            self._check_leaf(variable)
            self._add_variable(variable)
        for node in new_nodes:
            node.belongs = self._ref
            self.apply_nodes.add(node)
            for output in node.outputs:
                self._add_variable(output)
            for i, leaf in enumerate(node.inputs):
                self._add_variable(leaf)
                self.clients[leaf][node, i] = None
            if self._features:
                self.execute_callbacks("on_import", node, reason)

    def _check_leaf(self, leaf: Variable) -> None:
        if leaf.owner is None and leaf not in self.variables and not isinstance(leaf, Constant):
            raise usage_error(
                MissingInputError,
                "an input of the graph was not given a value",
                got=leaf,
                fix="list it among the inputs, or replace it through `givens`",
            )

    def replace(
        self, old: Variable, new: Variable, reason: Any = None, verbose: Any = None
    ) -> None:
        """Let ``new`` stand wherever ``old`` is used.

        ``new`` may be computed from ``old``: only the users that ``old`` had before change over.
        ``verbose`` is kept for programs that give it.

        Raises
        ------
        InconsistencyError
            The types differ and cannot be converted without loss.
        """
        users = list(self.clients.get(old, ()))
        if old is new or not users:
            return
        if new.type != old.type:
            converted = old.type.convert_variable(new)
            if converted is None:
                raise InconsistencyError(
                    f"{reason or 'a replacement'} would change the type of {old}: "
                    f"{old.type} became {new.type}"
                )
            new = converted
        if new.name is None:
            new.name = old.name
        self.import_variable(new, reason)
        for node, i in users:
            self.change_input(node, i, new, reason)

    replace_validate = replace

    def replace_all(
        self,
        pairs: Iterable[tuple[Variable, Variable]],
        reason: Any = None,
        verbose: Any = None,
    ) -> None:
        """Replace several variables, one after another."""
        for old, new in pairs:
            self.replace(old, new, reason)

    replace_all_validate = replace_all

    def change_input(self, node: Apply | str, i: int, new: Variable, reason: Any = None) -> None:
        """Put ``new`` as input ``i`` of ``node``, or as output ``i`` of the graph.

        Raises
        ------
        MissingInputError
            ``new`` needs an input that the graph does not have; nothing is changed then.
        """
        inputs = self.outputs if isinstance(node, str) else node.inputs
        old = inputs[i]
        if old is new:
            return
        self.import_variable(new, reason)
        inputs[i] = new
        self.clients[new][node, i] = None
        del self.clients[old][node, i]
        if self._features:
            self.execute_callbacks("on_change_input", node, i, old, new, reason=reason)
        self._prune(old, reason)

    def _prune(self, variable: Variable, reason: Any) -> None:
        todo = [variable]
        while todo:
            variable = todo.pop()
            if variable not in self.variables or self.clients[variable]:
                continue
            node = variable.owner
            if node is None:
                if variable not in self._given:
                    self._drop_variable(variable)
                continue
            if any(self.clients[output] for output in node.outputs):
                continue
            self.apply_nodes.discard(node)
            if getattr(node, "belongs", None) is self._ref:
                node.belongs = None
            for output in node.outputs:
                self._drop_variable(output)
            for i, leaf in enumerate(node.inputs):
                del self.clients[leaf][node, i]
                todo.append(leaf)
            if self._features:
                self.execute_callbacks("on_prune", node, reason)

    def _drop_variable(self, variable: Variable) -> None:
        if getattr(variable, "belongs", None) is self._ref:
            variable.belongs = None
        self.variables.discard(variable)
        self.clients.pop(variable, None)

    def toposort(self) -> list[Apply]:
        """Return the nodes in an order in which they can be computed.

        Raises
        ------
        ValueError
            What features ask for contradicts the graph.
        """
        before = self.orderings()
        if not before:
            return toposort(self.outputs, self.inputs)
        return general_toposort(
            toposort(self.outputs, self.inputs),
            lambda node: [*(v.owner for v in node.inputs if v.owner), *before.get(node, ())],
        )

    def orderings(self) -> dict[Apply, list[Apply]]:
        """Return the nodes that, as features say, must be computed before others, by these."""
        before: dict[Apply, list[Apply]] = {}
        if self._features:
            for wanted in self.collect_callbacks("orderings").values():
                for node, nodes in wanted.items():
                    before.setdefault(node, []).extend(nodes)
        return before

    def clone(self) -> FunctionGraph:
        """Return an independent copy, without features."""
        return self.clone_get_equiv()[0]

    def clone_get_equiv(self) -> tuple[FunctionGraph, dict[Variable, Variable]]:
        """Return an independent copy and the map from old variables to new ones."""
        copy = FunctionGraph(self.inputs, self.outputs, clone=True)
        return copy, copy.equivalents

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled; who uses what is found again when it is restored."""
        return {
            "nodes": NodesOf(self.outputs),
            "inputs": self.inputs,
            "outputs": [reference(output) for output in self.outputs],
            "features": self._features,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        outputs = [dereference(*one) for one in state["outputs"]]
        self._read(state["inputs"], outputs)
        self._features = state["features"]
        for feature in self._features:
            if hasattr(feature, "unpickle"):
                feature.unpickle(self)

    def check_integrity(self) -> None:
        """Raise unless the records of users agree with the graph itself.

        Raises
        ------
        InconsistencyError
            Says where they differ.
        """
        nodes = set(self.toposort())
        if nodes != self.apply_nodes:
            raise InconsistencyError("the set of nodes differs from what the outputs need")
        expected: dict[Variable, set[Client]] = {v: set() for v in self.variables}
        for node in nodes:
            for i, variable in enumerate(node.inputs):
                expected.setdefault(variable, set()).add((node, i))
        for i, variable in enumerate(self.outputs):
            expected.setdefault(variable, set()).add(("output", i))
        if set(expected) != self.variables or set(self.clients) != self.variables:
            raise InconsistencyError("the set of variables differs from what the nodes use")
        for variable, clients in self.clients.items():
            if set(clients) != expected[variable]:
                raise InconsistencyError(f"the users of {variable} are not recorded rightly")

    def __str__(self) -> str:
        return f"[{', '.join(as_string(self.inputs, self.outputs))}]"

    __repr__ = __str__
