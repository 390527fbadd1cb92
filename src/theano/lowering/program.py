"""``Program``: a graph as one function of arrays, to be traced by JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from theano.errors import NeedsPerform
from theano.graph import Apply, Variable
from theano.graph.interpreter import note_node, value_of
from theano.graph.op import perform_node
from theano.graph.ordering import toposort
from theano.lowering.context import Context, Faults, is_static

STATIC_SIZE = 1024
"""Values of more elements are computed on the device even where they are known in advance."""


class Program:
    """The function that a graph describes.

    Parameters
    ----------
    inputs, outputs : sequences of Variable
        All nodes between them need a ``lower``. Inputs may be computed by nodes, outside.

    Attributes
    ----------
    reads : list of Variable
        The inputs that the outputs need.

    Notes
    -----
    Calling it with JAX tracers records the program. What depends on shapes, constants and those
    inputs that are plain NumPy arrays alone is computed by NumPy meanwhile, so that sizes reach
    ``lower`` as plain numbers.
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        given = set(self.inputs)
        self.nodes = toposort(self.outputs, given)
        used = set(self.outputs).union(*[node.inputs for node in self.nodes])
        self.reads = [v for v in self.inputs if v in used]
        self.for_sizes = nodes_for_sizes(self.nodes, given)

    def __call__(self, *arrays: Any, faults: Faults | None = None) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``, in the order of the graph.

        Parameters
        ----------
        *arrays : arrays
            Tracers, or NumPy arrays where the value is static.
        faults : Faults, optional
            Takes up what the program checks on its device.

        Raises
        ------
        NeedsPerform
            A shape depends on a value that is not known yet; its ``node`` says where.
        """
        faults = Faults() if faults is None else faults
        values: dict[Variable, Any] = dict(zip(self.inputs, arrays, strict=True))
        with jax.numpy_dtype_promotion("strict"):
            for node in self.nodes:
                inputs = [value_of(v, values) for v in node.inputs]
                if self._is_static(node, inputs):
                    results = perform_static(node, inputs)
                else:
                    results = lower_node(node, inputs, faults)
                for variable, value in zip(node.outputs, results, strict=True):
                    values[variable] = value
            outputs = [jnp.asarray(value_of(v, values)) for v in self.outputs]
        # A result that is an input must not be the caller's very array, which may be donated later.
        given = set(map(id, arrays))
        return tuple(jnp.copy(value) if id(value) in given else value for value in outputs)

    def _is_static(self, node: Apply, inputs: Sequence[Any]) -> bool:
        """Whether NumPy computes a node while tracing: its inputs are known, and few numbers."""
        if node in self.for_sizes:
            return all(map(is_static, inputs))
        return (
            bool(inputs)
            and all(is_static(x) and np.size(x) <= STATIC_SIZE for x in inputs)
            and not node.op.static_inputs(node)
        )


def nodes_for_sizes(nodes: Sequence[Apply], given: set[Variable]) -> set[Apply]:
    """Return the nodes that some node's static inputs are computed by."""
    members = set(nodes)
    found: set[Apply] = set()
    todo = [node.inputs[i] for node in nodes for i in node.op.static_inputs(node)]
    while todo:
        variable = todo.pop()
        node = variable.owner
        if node is None or variable in given or node not in members or node in found:
            continue
        found.add(node)
        if not node.op.from_shapes:
            todo.extend(node.inputs)
    return found


def perform_static(node: Apply, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Return the outputs of a node by NumPy."""
    try:
        return tuple(np.asarray(value) for value in perform_node(node, inputs))
    except Exception as error:
        note_node(error, node)
        raise


def lower_node(node: Apply, inputs: Sequence[Any], faults: Faults) -> tuple[Any, ...]:
    """Return the outputs of one node through ``lower``.

    Raises
    ------
    Exception
        Whatever the op raises, with a note that names the node.
    """
    try:
        results = node.op.lower(Context(node, list(inputs), faults), *inputs)
    except NeedsPerform as reason:
        reason.node = node
        raise
    except Exception as error:
        note_node(error, node)
        raise
    outputs: tuple[Any, ...] = results if isinstance(results, tuple) else (results,)
    check_results(node, outputs)
    return outputs


def check_results(node: Apply, results: Sequence[Any]) -> None:
    """Raise TypeError where ``lower`` breaks the promise of the graph's types."""
    if len(results) != len(node.outputs):
        raise TypeError(f"{node.op}.lower gave {len(results)} results, not {len(node.outputs)}")
    for result, output in zip(results, node.outputs, strict=True):
        dtype, ndim = getattr(output.type, "dtype", None), getattr(output.type, "ndim", None)
        if dtype is not None and (str(result.dtype), result.ndim) != (dtype, ndim):
            raise TypeError(
                f"{node.op}.lower gave {result.dtype} of {result.ndim} dimensions where the graph "
                f"says {dtype} of {ndim}; this is a bug of the op"
            )
