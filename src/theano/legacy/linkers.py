"""Linkers, which made a function of a graph without rewriting it, and ran it.

A linker that is given to ``Mode`` says how the function runs. ``PerformLinker`` runs it node by
node through ``perform``; so do ``WrapLinker``, which calls a function in place of each node, and
``VM_Linker`` with a callback. All others compile it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from theano.compile.make_function import function
from theano.compile.mode import Mode
from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.interpreter import Interpreter, note_node
from theano.graph.op import perform_node
from theano.graph.variable import Constant

__all__ = [
    "CLinker",
    "DualLinker",
    "HideC",
    "Linker",
    "LocalLinker",
    "OpWiseCLinker",
    "PerformLinker",
    "VM_Linker",
    "WrapLinker",
    "WrapLinkerMany",
    "gc_helper",
]

Thunks = list[Callable[[], None]]


class Place:
    """Where a thunk finds or leaves a value on the host: ``place.data``."""

    def __init__(self, variable: Variable, storage: list[Any], readonly: bool = False) -> None:
        self.type, self.name = variable.type, variable.name
        self.storage, self.readonly = storage, readonly

    @property
    def data(self) -> Any:
        """The value; None where there is none."""
        return self.storage[0]

    @data.setter
    def data(self, value: Any) -> None:
        if self.readonly:
            raise TypeError(f"the value of {self.name or self.type} is only to be read")
        self.storage[0] = None if value is None else self.type.filter(value)

    value = data


class HideC:
    """Base of ops that were to have no C code, as no op has here."""


class Linker:
    """Makes a function of a graph as it is: ``Linker().accept(fgraph).make_function()``.

    Attributes
    ----------
    name : str
        How the function runs: "py" node by node through ``perform``, else compiled.
    fgraph : FunctionGraph or None
        The graph that was accepted.
    """

    name = "xla"

    def __init__(self, allow_gc: bool | None = None, schedule: Any = None, **options: Any) -> None:
        self.allow_gc = allow_gc
        self.schedule = schedule
        self.fgraph: FunctionGraph | None = None

    def clone(self, allow_gc: Any = None, **options: Any) -> Any:
        """Return a linker like this one, without a graph."""
        new = copy.copy(self)
        new.fgraph = None
        return new

    def accept(self, fgraph: FunctionGraph, no_recycling: Any = None, profile: Any = None) -> Any:
        """Take the graph; the other arguments are kept for programs that give them.

        A linker that has a graph already stays as it is, and another one is returned.
        """
        if self.fgraph is not None and self.fgraph is not fgraph:
            return self.clone().accept(fgraph, no_recycling, profile)
        self.fgraph = fgraph
        return self

    def order(self, fgraph: FunctionGraph) -> list[Apply]:
        """Return the nodes in the order in which they run."""
        nodes = fgraph.toposort() if self.schedule is None else self.schedule(fgraph)
        return list(nodes)

    def make_function(self, unpack_single: bool = True, **kwargs: Any) -> Callable[..., Any]:
        """Return a function of the graph's inputs.

        It returns a list of results; of a single one, with ``unpack_single``, the result itself.
        """
        fgraph = self._accepted()
        outputs = list(fgraph.outputs)
        single = unpack_single and len(outputs) == 1
        if self.name == "py":
            thunk, places, results = self.make_thunk()

            def run(*values: Any) -> Any:
                for place, value in zip(places, values, strict=True):
                    place.data = value
                thunk()
                return results[0].data if single else [place.data for place in results]

            return run
        return function(
            list(fgraph.inputs),
            outputs[0] if single else outputs,
            mode=Mode(linker=self, optimizer=None),
            on_unused_input="ignore",
            accept_inplace=True,
        )

    def make_thunk(self, **kwargs: Any) -> tuple[Callable[[], None], list[Any], list[Any]]:
        """Return a function without arguments, and the containers of its inputs and outputs."""
        thunk, inputs, outputs, *_ = self.make_all()
        return thunk, inputs, outputs

    def make_all(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return a thunk of the whole, containers of inputs and outputs, the nodes' thunks, these.

        The thunks run ``perform``.
        """
        fgraph = self._accepted()
        storage = {
            v: [v.data if isinstance(v, Constant) else None]
            for v in dict.fromkeys([*fgraph.inputs, *fgraph.variables])
        }
        nodes = self.order(fgraph)
        thunks = [_thunk(node, storage) for node in nodes]

        def run() -> None:
            for i, (thunk, node) in enumerate(zip(thunks, nodes, strict=True)):
                self.run_node(i, node, thunk)

        inputs = [Place(v, storage[v]) for v in fgraph.inputs]
        outputs = [Place(v, storage[v], readonly=True) for v in fgraph.outputs]
        return run, inputs, outputs, thunks, nodes

    def run_node(self, i: int, node: Apply, thunk: Any) -> None:
        """Run one node of the graph, number ``i`` of its order."""
        thunk()

    def given(self, inputs: Sequence[Variable], values: Sequence[Any]) -> None:
        """Called before the first node with the values of the inputs."""

    def _accepted(self) -> FunctionGraph:
        if self.fgraph is None:
            raise ValueError(f"{type(self).__name__} has no graph yet: call accept(fgraph)")
        return self.fgraph

    def __deepcopy__(self, memo: Any) -> Any:
        return self.clone()


class Wrapped(Interpreter):
    """Runs a graph node by node, each by what a linker does with its thunk."""

    def __init__(self, fgraph: FunctionGraph, linker: Linker) -> None:
        super().__init__(fgraph.inputs, fgraph.outputs)
        self.linker = linker
        self.nodes = linker.order(fgraph)
        self.storage: dict[Variable, list[Any]] = {
            v: [v.data if isinstance(v, Constant) else None]
            for v in dict.fromkeys([*fgraph.inputs, *fgraph.variables])
        }
        self.thunks = [_thunk(node, self.storage) for node in self.nodes]

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``."""
        for variable, value in zip(self.inputs, arrays, strict=True):
            self.storage[variable][0] = value
        self.linker.given(self.inputs, arrays)
        for i, (node, thunk) in enumerate(zip(self.nodes, self.thunks, strict=True)):
            self.linker.run_node(i, node, thunk)
        results = tuple(self.storage[v][0] for v in self.outputs)
        for variable, cell in self.storage.items():
            if not isinstance(variable, Constant):
                cell[0] = None
        return results


class PerformLinker(Linker):
    """Runs a graph node by node through ``perform``, in the order of ``schedule`` if given."""

    name = "py"


class LocalLinker(Linker):
    """Compiles a graph."""


class CLinker(Linker):
    """Compiles a graph, as it did with C."""


class OpWiseCLinker(LocalLinker):
    """Compiles a graph, which it did op by op."""

    def __init__(self, fallback_on_perform: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.fallback_on_perform = fallback_on_perform


class DualLinker(CLinker):
    """Compiles a graph, which it ran twice, in C and in Python, to compare the results."""


class WrapLinker(Linker):
    """Runs a graph node by node, each by a function that is given the thunk.

    Parameters
    ----------
    linkers : sequence of linkers
        Kept for programs that give it; each node has one thunk for each.
    wrapper : callable
        Called with the number of the node, the node, and the thunks.
    """

    name = "py"

    def __init__(self, linkers: Sequence[Any], wrapper: Callable[..., Any]) -> None:
        super().__init__(schedule=next((one.schedule for one in linkers), None))
        self.linkers = list(linkers)
        self.wrapper = wrapper

    def run_node(self, i: int, node: Apply, thunk: Any) -> None:
        """Call the wrapper."""
        self.wrapper(i, node, *([thunk] * len(self.linkers)))

    def interpreter(self, fgraph: FunctionGraph) -> Interpreter:
        """Return what runs a compiled function."""
        return Wrapped(fgraph, self)


def WrapLinkerMany(linkers: Sequence[Any], wrappers: Iterable[Callable[..., Any]]) -> WrapLinker:
    """Return a WrapLinker that calls several wrappers for each node, one after another."""
    several = list(wrappers)

    def wrapper(*args: Any) -> None:
        for one in several:
            one(*args)

    return WrapLinker(linkers, wrapper)


class VM_Linker(LocalLinker):
    """Compiles a graph; with a callback, runs it node by node and calls that after each.

    Parameters
    ----------
    allow_gc, use_cloop, lazy, schedule, c_thunks, allow_partial_eval : optional
        Kept for programs that give them.
    callback, callback_input : callable, optional
        ``callback`` is called after each node with ``node``, ``thunk``, ``storage_map`` and
        ``compute_map``; ``callback_input`` before the first with the value of each input.
    """

    def __init__(
        self,
        allow_gc: bool | None = None,
        use_cloop: bool = False,
        callback: Callable[..., Any] | None = None,
        callback_input: Callable[..., Any] | None = None,
        lazy: bool | None = None,
        schedule: Any = None,
        c_thunks: bool | None = None,
        allow_partial_eval: bool | None = None,
    ) -> None:
        super().__init__(allow_gc=allow_gc, schedule=schedule)
        self.use_cloop, self.lazy, self.c_thunks = use_cloop, lazy, c_thunks
        self.allow_partial_eval = allow_partial_eval
        self.callback, self.callback_input = callback, callback_input
        if callback is not None or callback_input is not None:
            self.name = "py"

    def run_node(self, i: int, node: Apply, thunk: Any) -> None:
        """Run it, and call the callback."""
        thunk()
        if self.callback is not None:
            computed = {v: [True] for v in (*node.inputs, *node.outputs)}
            self.callback(
                node=node, thunk=thunk, storage_map=thunk.storage_map, compute_map=computed
            )

    def interpreter(self, fgraph: FunctionGraph) -> Interpreter:
        """Return what runs a compiled function."""
        return Wrapped(fgraph, self)

    def given(self, inputs: Sequence[Variable], values: Sequence[Any]) -> None:
        """Call ``callback_input`` for each input."""
        if self.callback_input is not None:
            for variable, value in zip(inputs, values, strict=True):
                self.callback_input(variable, value)


def _thunk(node: Apply, storage: dict[Variable, list[Any]]) -> Any:
    """Return a function without arguments that computes a node from ``storage`` into it."""

    def thunk() -> None:
        try:
            results = perform_node(node, [cell[0] for cell in thunk.inputs])  # type: ignore[attr-defined]
        except Exception as error:
            note_node(error, node)
            raise
        for cell, value in zip(thunk.outputs, results, strict=True):  # type: ignore[attr-defined]
            cell[0] = value

    thunk.inputs = [storage[v] for v in node.inputs]  # type: ignore[attr-defined]
    thunk.outputs = [storage[v] for v in node.outputs]  # type: ignore[attr-defined]
    thunk.storage_map = storage  # type: ignore[attr-defined]
    thunk.lazy = False  # type: ignore[attr-defined]
    return thunk


def gc_helper(node_list: Sequence[Apply]) -> tuple[set[Variable], dict[Variable, Apply]]:
    """Return what some nodes compute, and for each variable the last of them that uses it."""
    computed = {output for node in node_list for output in node.outputs}
    last_user = {variable: node for node in node_list for variable in node.inputs}
    return computed, last_user
