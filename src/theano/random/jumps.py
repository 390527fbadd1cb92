"""Jumps ahead in MRG31k3p: matrices, their products with states, and the op of such products.

A state is an int32 vector of six numbers, three of each recurrence, which are taken modulo ``M1``
and ``M2``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp

from theano.graph import Apply
from theano.graph.op import DisconnectedOp
from theano.random.mrg31k3p import (
    M1,
    M2,
    STREAM_LOG2,
    SUBSTREAM_LOG2,
    next_stream,
    substreams,
    transition_power,
)
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.type import TensorType

__all__ = [
    "M1",
    "M2",
    "A1p72",
    "A1p134",
    "A2p72",
    "A2p134",
    "DotModulo",
    "ff_2p72",
    "ff_2p134",
    "matVecModM",
    "multMatVect",
]

A1p72, A2p72, A1p134, A2p134 = (
    transition_power(component, log2_steps).astype("int64")
    for log2_steps in (SUBSTREAM_LOG2, STREAM_LOG2)
    for component in (0, 1)
)


def matVecModM(A: Any, s: Any, m: int) -> Any:
    """Return ``A s`` modulo ``m``, below 2**31: int32, shape (n,), from (n, k) and (k,)."""
    terms = np.asarray(A, dtype="int64") * s % m
    return (terms.sum(axis=1) % m).astype("int32")


def multMatVect(v: Any, A: Any, m1: int, B: Any, m2: int) -> Any:
    """Return a state multiplied by a matrix in each half.

    Parameters
    ----------
    v : int32 array, shape (6,)
    A, B : int64 arrays, shape (3, 3)
        For the first three numbers, and for the last three.
    m1, m2 : int
        The moduli of the halves.

    Returns
    -------
    int32 array, shape (6,)
    """
    return np.concatenate([matVecModM(A, v[:3], m1), matVecModM(B, v[3:], m2)])


def ff_2p134(rstate: Any) -> Any:
    """Return the start of the next stream, 2**134 steps ahead of a state."""
    return next_stream(np.asarray(rstate, dtype="int32"))


def ff_2p72(rstate: Any) -> Any:
    """Return the start of the next sub-stream, 2**72 steps ahead of a state."""
    return substreams(np.asarray(rstate, dtype="int32"), 2)[1]


class DotModulo(DisconnectedOp):
    """Two products modulo numbers: ``A s mod m`` and ``A2 s2 mod m2``, one after the other.

    int64 (n, k), int32 (k,), int32 (), and the same again (n2, k2), (k2,), () ``->`` int32
    (n + n2,). The moduli are below 2**31; negative numbers count as what they leave.
    """

    __props__ = ()

    def make_node(self, A: Any, s: Any, m: Any, A2: Any, s2: Any, m2: Any) -> Apply:
        ranks = (("int64", 2), ("int32", 1), ("int32", 0)) * 2
        inputs = [
            TensorType(dtype, [False] * ndim).filter_variable(as_tensor_variable(x))
            for (dtype, ndim), x in zip(ranks, (A, s, m, A2, s2, m2), strict=True)
        ]
        return Apply(self, inputs, [TensorType("int32", [False])()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.concatenate([matVecModM(*inputs[:3]), matVecModM(*inputs[3:])])

    def lower(self, ctx, *inputs):
        def product(matrix: Any, vector: Any, modulus: Any) -> Any:
            m = jnp.asarray(modulus).astype("int64")
            terms = jnp.asarray(matrix) * jnp.asarray(vector).astype("int64") % m
            return (terms.sum(axis=1) % m).astype("int32")

        return jnp.concatenate([product(*inputs[:3]), product(*inputs[3:])])

    def infer_shape(self, node, shapes):
        return [(shapes[0][0] + shapes[3][0],)]
