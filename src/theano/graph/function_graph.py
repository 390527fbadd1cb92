"""``FunctionGraph``: a whole graph that can be changed, with who uses what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from theano.errors import InconsistencyError, MissingInputError, usage_error
from theano.graph.apply import Apply
from theano.graph.pickling import NodesOf, dereference, reference
from theano.graph.traversal import clone_get_equiv, toposort
from theano.graph.variable import Constant, Variable

Client = tuple[Apply | str, int]
"""Who uses a variable: a node and the position among its inputs, or "output" and a position."""


class Feature:
    """Something that watches a graph change. All methods are optional to override."""

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """Called once, when attached."""

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
        self.clients: dict[Variable, dict[Client, None]] = {}
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
        if feature not in self._features:
            feature.on_attach(self)
            self._features.append(feature)

    def remove_feature(self, feature: Feature) -> None:
        """Stop telling ``feature`` of changes."""
        if feature in self._features:
            self._features.remove(feature)
            feature.on_detach(self)

    def _add_variable(self, variable: Variable) -> None:
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
            self.apply_nodes.add(node)
            for output in node.outputs:
                self._add_variable(output)
            for i, leaf in enumerate(node.inputs):
                self._add_variable(leaf)
                self.clients[leaf][node, i] = None
            for feature in self._features:
                feature.on_import(self, node, reason)

    def _check_leaf(self, leaf: Variable) -> None:
        if leaf.owner is None and leaf not in self.variables and not isinstance(leaf, Constant):
            raise usage_error(
                MissingInputError,
                "an input of the graph was not given a value",
                got=leaf,
                fix="list it among the inputs, or replace it through `givens`",
            )

    def replace(self, old: Variable, new: Variable, reason: Any = None) -> None:
        """Let ``new`` stand wherever ``old`` is used.

        ``new`` may be computed from ``old``: only the users that ``old`` had before change over.

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

    def replace_all(self, pairs: Iterable[tuple[Variable, Variable]], reason: Any = None) -> None:
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
        for feature in self._features:
            feature.on_change_input(self, node, i, old, new, reason)
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
            for output in node.outputs:
                self._drop_variable(output)
            for i, leaf in enumerate(node.inputs):
                del self.clients[leaf][node, i]
                todo.append(leaf)
            for feature in self._features:
                feature.on_prune(self, node, reason)

    def _drop_variable(self, variable: Variable) -> None:
        self.variables.discard(variable)
        self.clients.pop(variable, None)

    def toposort(self) -> list[Apply]:
        """Return the nodes in an order in which they can be computed."""
        return toposort(self.outputs, self.inputs)

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
        return f"FunctionGraph({self.inputs} -> {self.outputs})"
