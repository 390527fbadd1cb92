"""Helpers of programs that look into graphs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from theano.graph import Constant
from theano.tensor.ops.careduce import normalize_axes, restore_axes


def hash_from_ndarray(data: np.ndarray) -> str:
    """Return a digest of an array's dtype, shape and bytes, in hexadecimal digits."""
    whole = np.ascontiguousarray(data)
    described = f"{data.dtype.str}{data.shape}".encode()
    return hashlib.sha256(described + whole.tobytes()).hexdigest()


def shape_of_variables(fgraph: Any, input_shapes: Mapping[Any, Any]) -> dict[Any, tuple[Any, ...]]:
    """Return the shape of every variable of a graph, given those of its inputs.

    Parameters
    ----------
    fgraph : FunctionGraph
    input_shapes : dict
        From inputs to tuples of lengths.

    Returns
    -------
    dict
        From variables to tuples of integers; those of host-only kinds are left out.

    Raises
    ------
    ValueError
        The shape of an input is missing.
    NotImplementedError
        An op does not say what shape its outputs have.
    """
    missing = [v for v in fgraph.inputs if v not in input_shapes]
    if missing:
        raise ValueError(f"the shapes of {', '.join(map(str, missing))} are missing")
    symbolic = {v: tuple(np.int64(n) for n in shape) for v, shape in input_shapes.items()}
    for node in fgraph.toposort():
        for v in node.inputs:
            if isinstance(v, Constant):
                symbolic[v] = np.shape(v.data)
        shapes = node.op.infer_shape(node, [symbolic[v] for v in node.inputs])
        symbolic.update(zip(node.outputs, shapes, strict=True))
    return {v: tuple(int(number(n)) for n in shape) for v, shape in symbolic.items()}


def number(length: Any) -> Any:
    """Return a length that depends on nothing as a number."""
    return length.eval() if hasattr(length, "eval") else length


def makeKeepDims(x: Any, y: Any, axis: Any) -> Any:
    """Return ``y``, a reduction of ``x`` along ``axis``, with the reduced axes put back in."""
    return restore_axes(y, normalize_axes(axis, x.type.ndim), x.type.ndim)
