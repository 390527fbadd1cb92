"""``Interpreter``: a graph run node by node through ``perform``, on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from theano.graph.apply import Apply
from theano.graph.op import perform_node
from theano.graph.ordering import toposort
from theano.graph.variable import Constant, Variable

Watch = Callable[[Apply, list[Any]], Sequence[Any]]
"""Runs a node on the values of its inputs; ``perform_node`` is one that does nothing else."""

Whole = Callable[["Interpreter", tuple[Any, ...]], Sequence[Any] | None]
"""Runs all nodes of a graph at once on arguments; or gives None, and they run one by one."""

_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)
_whole: ContextVar[Whole | None] = ContextVar("whole", default=None)


@contextmanager
def watching(watch: Watch | None) -> Iterator[None]:
    """Within it ``watch`` runs each node, in the graphs inside of ops too; None ends that."""
    before = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(before)


@contextmanager
def at_once(whole: Whole) -> Iterator[None]:
    """Within it ``whole`` is asked to run the graphs inside of ops, such as the steps of loops."""
    before = _whole.set(whole)
    try:
        yield
    finally:
        _whole.reset(before)


class Interpreter:
    """The reference way of running a graph, and the way out where XLA cannot go.

    Parameters
    ----------
    inputs, outputs : sequences of Variable
        What is given and what is computed. Inputs may be computed by nodes, outside.
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.nodes = toposort(self.outputs, set(self.inputs))

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``, as NumPy arrays."""
        whole = _whole.get()
        results = None if whole is None or _watch.get() is not None else whole(self, arrays)
        return self.node_by_node(*arrays) if results is None else tuple(results)

    def node_by_node(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the same, of this graph in any case through ``perform``."""
        values: dict[Variable, Any] = dict(zip(self.inputs, arrays, strict=True))
        for node in self.nodes:
            run_node(node, values)
        return tuple(value_of(v, values) for v in self.outputs)


def run_node(node: Apply, values: dict[Variable, Any]) -> None:
    """Run ``perform`` of a node on ``values``, and add its results to them.

    Raises
    ------
    Exception
        Whatever ``perform`` raises, with a note that names the node.
    """
    try:
        run = _watch.get() or perform_node
        results = run(node, [value_of(v, values) for v in node.inputs])
    except Exception as error:
        note_node(error, node)
        raise
    values.update(zip(node.outputs, results, strict=True))


def value_of(variable: Variable, values: dict[Variable, Any]) -> Any:
    """Return the value of a variable: its own where it is a constant."""
    if isinstance(variable, Constant):
        return variable.data
    return values[variable]


def note_node(error: BaseException, node: Apply) -> None:
    """Add to an error which node it comes from."""
    where = f", created at {node.source}" if node.source else ""
    error.add_note(f"in {node.op}{where}")
