"""``Program``: a graph as one function of arrays, to be traced by JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from theano.errors import NeedsPerform
from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.graph.op import has_lowering, perform_node
from theano.lowering.context import Context, is_static

STATIC_SIZE = 1024
"""Values of more elements are computed on the device even where they are known in advance."""


class Program:
    """The function that a graph describes.

    Parameters
    ----------
    fgraph : FunctionGraph
        All of its ops need a ``lower``; see :func:`node_without_lowering`.

    Notes
    -----
    Calling it with JAX tracers records the program. What depends on shapes and constants alone is
    computed by NumPy meanwhile, so that sizes reach ``lower`` as plain numbers.
    """

    def __init__(self, fgraph: FunctionGraph) -> None:
        self.inputs = list(fgraph.inputs)
        self.outputs = list(fgraph.outputs)
        self.nodes = fgraph.toposort()

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``, in the order of the graph.

        Raises
        ------
        NeedsPerform
            A shape depends on a value that is not known yet.
        """
        values: dict[Variable, Any] = dict(zip(self.inputs, arrays, strict=True))
        with jax.numpy_dtype_promotion("strict"):
            for node in self.nodes:
                inputs = [value_of(v, values) for v in node.inputs]
                for variable, value in zip(node.outputs, lower_node(node, inputs), strict=True):
                    values[variable] = value
            outputs = [jnp.asarray(value_of(v, values)) for v in self.outputs]
        # A result that is an input must not be the caller's very array, which may be donated later.
        given = set(map(id, arrays))
        return tuple(jnp.copy(value) if id(value) in given else value for value in outputs)


def value_of(variable: Variable, values: dict[Variable, Any]) -> Any:
    """Return the value of a variable: its own where it is a constant."""
    if isinstance(variable, Constant):
        return variable.data
    return values[variable]


def lower_node(node: Apply, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Return the outputs of one node, by NumPy where all is static, else through ``lower``.

    Raises
    ------
    Exception
        Whatever the op raises, with a note that names the node.
    """
    try:
        if is_static_node(node, inputs):
            return tuple(np.asarray(value) for value in perform_node(node, inputs))
        results = node.op.lower(Context(node, list(inputs)), *inputs)
    except NeedsPerform:
        raise
    except Exception as error:
        where = f", created at {node.source}" if node.source else ""
        error.add_note(f"in {node.op}{where}")
        raise
    outputs: tuple[Any, ...] = results if isinstance(results, tuple) else (results,)
    check_results(node, outputs)
    return outputs


def is_static_node(node: Apply, inputs: Sequence[Any]) -> bool:
    """Whether a node is computed while tracing: small known inputs, and no size argument."""
    return (
        bool(inputs)
        and not node.op.static_inputs
        and all(is_static(x) and np.size(x) <= STATIC_SIZE for x in inputs)
    )


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


def node_without_lowering(fgraph: FunctionGraph) -> Apply | None:
    """Return a node that cannot be part of an XLA program, or None."""
    return next((node for node in fgraph.toposort() if not has_lowering(node.op)), None)
