"""Where numbers belong in a sorted vector: ``searchsorted``."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply
from theano.graph.op import DisconnectedOp
from theano.scalar.type import INTEGER_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable

__all__ = ["searchsorted"]


class SearchsortedOp(DisconnectedOp):
    """Where to put values into a sorted vector to keep it sorted: ``x, v -> v.shape``, int64.

    Parameters
    ----------
    side : {"left", "right"}
        Before or behind elements that are equal.

    Notes
    -----
    A third input gives the order in which ``x`` is sorted.

    Raises: ValueError at run time where the order has another length than ``x``, or names an
    element that does not exist.
    """

    __props__ = ("side",)

    def __init__(self, side: str = "left") -> None:
        if side not in ("left", "right"):
            raise usage_error(
                ValueError,
                "searchsorted was given an unknown side",
                expected="'left' or 'right'",
                got=f"{side!r}",
            )
        self.side = side

    def make_node(self, x: Any, v: Any, sorter: Any = None) -> Apply:
        x, v = as_tensor_variable(x, ndim=1), as_tensor_variable(v)
        inputs = [x, v]
        if sorter is not None:
            sorter = as_tensor_variable(sorter, ndim=1)
            if sorter.type.dtype not in INTEGER_DTYPES:
                raise usage_error(
                    TypeError,
                    "the order that searchsorted was given is no integer vector",
                    got=sorter,
                )
            inputs.append(sorter)
        return Apply(self, inputs, [v.type.clone(dtype="int64")()])

    def _check(self, x: Any, order: Any) -> None:
        if order.shape != x.shape:
            raise usage_error(
                ValueError,
                "the order that searchsorted was given does not fit its vector",
                expected=f"{x.size} places",
                got=f"{order.size}",
            )

    def perform(self, node, inputs, output_storage):
        x, v, *order = inputs
        for places in order:
            self._check(x, places)
            wrong = (places < 0) | (places >= x.size)
            if wrong.any():
                raise no_such_element(x.size, places[wrong][0])
            x = x[places.astype("int64")]
        dtype = upcast(x.dtype.name, v.dtype.name)
        found = np.searchsorted(x.astype(dtype), v.astype(dtype), side=self.side)
        output_storage[0][0] = np.asarray(found, dtype="int64")

    def lower(self, ctx, x, v, *order):
        if x.size == 0:
            return jnp.zeros(v.shape, "int64")
        for places in order:
            self._check(x, places)
            places = lax.convert_element_type(places, "int64")
            wrong = (places < 0) | (places >= x.size)
            error = partial(no_such_element, x.size)
            ctx.check(~wrong.any(), places[jnp.argmax(wrong)], error)
            x = jnp.asarray(x)[places]
        dtype = upcast(*[i.type.dtype for i in ctx.node.inputs[:2]])
        x, v = (lax.convert_element_type(a, dtype) for a in (x, v))
        return lax.convert_element_type(jnp.searchsorted(x, v, side=self.side), "int64")

    def infer_shape(self, node, shapes):
        return [shapes[1]]


def no_such_element(length: int, place: int) -> ValueError:
    """Return the error for an order that names an element that does not exist."""
    return usage_error(
        ValueError,
        "the order that searchsorted was given names an element that does not exist",
        expected=f"places from 0 to {length - 1}",
        got=f"{place}",
    )


def searchsorted(x: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Return where to put ``v`` into a sorted ``x`` to keep it sorted.

    Parameters
    ----------
    x : vector
        In rising order, or in rising order when read in the order ``sorter``.
    v : tensor
    side : {"left", "right"}
        Before or behind elements that are equal.
    sorter : integer vector, optional
        Such as ``argsort(x)``.

    Returns
    -------
    TensorVariable
        int64, of the shape of ``v``.

    Raises
    ------
    ValueError
        ``x`` is no vector, or ``side`` not known.
    TypeError
        ``sorter`` is no integer vector.
    """
    op = SearchsortedOp(side)
    return op(x, v) if sorter is None else op(x, v, sorter)
