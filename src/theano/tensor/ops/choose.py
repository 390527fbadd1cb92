"""``choose``: at every place, the element of one of several tensors."""

from __future__ import annotations

from functools import partial, reduce
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply
from theano.graph.op import DisconnectedOp
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.brackets import getitem
from theano.tensor.ops.creation import arange
from theano.tensor.ops.shape import Alloc
from theano.tensor.ops.sizes import ShapeI, lengths_of
from theano.tensor.type import TensorType

__all__ = ["choose"]

MODES = ("raise", "wrap", "clip")


class ChoiceNumbers(DisconnectedOp):
    """Which of ``n`` choices is taken at every place: ``a, n -> a.shape``, int64.

    Raises: ValueError at run time for a number that is no choice, where ``mode`` is "raise".
    """

    __props__ = ("mode",)

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def make_node(self, a: Any, n: Any) -> Apply:
        return Apply(self, [a, n], [TensorType("int64", a.type.broadcastable)()])

    @staticmethod
    def error(source: Any, number: int) -> ValueError:
        """Return what is raised for a number that is no choice."""
        return usage_error(
            ValueError,
            "choose was given a number that is no choice",
            expected="numbers from 0 to that of the last choice",
            got=f"{number}" + (f" at {source}" if source else ""),
            fix="mode='wrap' or mode='clip' make every number a choice",
        )

    def perform(self, node, inputs, output_storage):
        a, n = np.asarray(inputs[0]).astype("int64"), int(inputs[1])
        bad = (a < 0) | (a >= n)
        if self.mode == "raise" and bad.any():
            raise self.error(node.source, int(a[bad][0]))
        output_storage[0][0] = np.asarray(a % n if self.mode == "wrap" else np.clip(a, 0, n - 1))

    def lower(self, ctx, a, n):
        a, n = lax.convert_element_type(a, "int64"), lax.convert_element_type(n, "int64")
        if self.mode == "wrap":
            return a % n
        if self.mode == "raise" and a.size:
            flat = lax.reshape(a, (a.size,))
            bad = (flat < 0) | (flat >= n)
            first = jnp.min(jnp.where(bad, lax.iota("int64", a.size), a.size))
            value = flat[jnp.minimum(first, a.size - 1)]
            ctx.check(first == a.size, value, partial(self.error, ctx.node.source))
        return jnp.clip(a, np.int64(0), n - 1)

    def infer_shape(self, node, shapes):
        return [shapes[0]]


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Any:
    """Return, at every place, the element of the choice that ``a`` names there.

    Parameters
    ----------
    a : integer tensor
    choices : list of tensors, or tensor ``(k, …)`` of k choices
        ``a`` and the choices are repeated to one shape as by elementwise operations.
    out : None
    mode : {"raise", "wrap", "clip"}
        What is done with a number that is no choice: a ValueError at run time; counting on from
        the first choice; taking the nearest one.

    Raises
    ------
    TypeError
        ``a`` holds no integers, ``choices`` is a scalar, or ``out`` is given.
    ValueError
        ``mode`` is not known, or there are no choices.
    """
    a = as_tensor_variable(a)
    if a.type.dtype not in INTEGER_DTYPES:
        raise usage_error(TypeError, "choose takes integers", expected="numbers of choices", got=a)
    if out is not None:
        raise usage_error(TypeError, "choose cannot write to a tensor", expected="out=None")
    if mode not in MODES:
        raise usage_error(
            ValueError,
            "choose was given a mode that it does not know",
            expected="'raise', 'wrap' or 'clip'",
            got=repr(mode),
        )
    if not isinstance(choices, (list, tuple)):
        return _choose_row(a, as_tensor_variable(choices), mode)
    if not choices:
        raise usage_error(ValueError, "choose was given no choices", expected="at least one")
    tensors = [as_tensor_variable(c) for c in choices]
    numbers = ChoiceNumbers(mode)(a, as_tensor_variable(np.int64(len(tensors))))
    numbers, *tensors = in_one_shape([numbers, *tensors])
    z = tensors[-1]
    for k, tensor in reversed(list(enumerate(tensors[:-1]))):
        z = ew.switch(ew.eq(numbers, k), tensor, z)
    return z if len(tensors) > 1 else ew.switch(ew.ge(numbers, 0), z, z)


def in_one_shape(tensors: list[Any]) -> list[Any]:
    """Return tensors repeated to one shape wherever they have length 1, as NumPy does it.

    Unlike elementwise functions, ``choose`` also repeats what is not declared broadcastable.
    """
    ndim = max(x.type.ndim for x in tensors)
    tensors = [as_tensor_variable(x, ndim=ndim) for x in tensors]
    lengths = []
    for axis in range(ndim):
        found = [ShapeI(axis)(x) for x in tensors if not x.type.broadcastable[axis]]
        lengths.append(
            reduce(lambda n, m: ew.switch(ew.eq(n, 1), m, n), found) if found else np.int64(1)
        )
    return [Alloc()(x, *lengths) for x in tensors]


def _choose_row(a: Any, choices: Any, mode: str) -> Any:
    """Return at every place the element of ``choices[a]`` there."""
    if choices.type.ndim == 0:
        raise usage_error(
            TypeError, "choose takes choices", expected="a list, or at least 1 dimension"
        )
    k, *lengths = lengths_of(choices)
    index = [ChoiceNumbers(mode)(a, k)]
    for axis, length in enumerate(lengths):
        after = len(lengths) - axis - 1
        if choices.type.broadcastable[axis + 1]:
            places = as_tensor_variable(np.zeros((1,), "int64"))
        else:
            places = arange(length)
        index.append(DimShuffle(places.type.broadcastable, [0, *["x"] * after])(places))
    return getitem(choices, tuple(index))
