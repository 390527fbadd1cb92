"""Products of vectors, matrices and tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.product import conjugate
from theano.tensor.ops.shape import reshape, transpose
from theano.tensor.ops.sizes import lengths_of, product
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType

__all__ = ["dot", "outer", "tensordot"]


WIDE = 64
"""From so many columns of ``y`` on, ``x.T @ y`` is computed from a transposed copy on the CPU.

XLA would fold the transposition into the product, and use a kernel for it that gains little from a
second core; a training step without dropout took 1.06 times as long. See docs/performance.md.
"""


def is_transposed(x: Any) -> bool:
    """Whether a variable is a matrix with its axes exchanged."""
    node = x.owner
    return node is not None and isinstance(node.op, DimShuffle) and node.op.new_order == (1, 0)


class Dot(Op):
    """The product of vectors and matrices: ``(m, k), (k, n) -> (m, n)``, and with either a vector.

    Raises: TypeError for other ranks, ValueError at run time where the inner lengths differ.
    """

    __props__ = ()

    def make_node(self, x: Any, y: Any) -> Apply:
        x, y = as_tensor_variable(x), as_tensor_variable(y)
        for operand in (x, y):
            if operand.type.ndim not in (1, 2):
                raise usage_error(
                    TypeError,
                    "Dot takes vectors and matrices",
                    expected="1 or 2 dimensions",
                    got=operand,
                    fix="use theano.tensor.dot or tensordot for other ranks",
                )
        pattern = (*x.type.broadcastable[:-1], *y.type.broadcastable[1:])
        return Apply(self, [x, y], [TensorType(upcast(x.type.dtype, y.type.dtype), pattern)()])

    def _check(self, node: Apply, x_shape: Any, y_shape: Any) -> None:
        if x_shape[-1] != y_shape[0]:
            raise usage_error(
                ValueError,
                "a product of tensors whose inner lengths differ",
                expected="x.shape[-1] == y.shape[0]",
                got=f"{node.inputs[0]} of shape {tuple(x_shape)} and {node.inputs[1]} of shape "
                f"{tuple(y_shape)}" + (f" at {node.source}" if node.source else ""),
            )

    def perform(self, node, inputs, output_storage):
        x, y = (np.asarray(v, dtype=node.outputs[0].type.dtype) for v in inputs)
        self._check(node, x.shape, y.shape)
        output_storage[0][0] = np.asarray(np.dot(x, y))

    def lower(self, ctx, x, y):
        self._check(ctx.node, x.shape, y.shape)
        dtype = ctx.node.outputs[0].type.dtype
        if dtype == "bool":
            x, y = (lax.convert_element_type(v, "int32") for v in (x, y))
            return lax.gt(lax.dot(x, y), np.int32(0))
        x, y = lax.convert_element_type(x, dtype), lax.convert_element_type(y, dtype)
        if is_transposed(ctx.node.inputs[0]) and y.ndim == 2 and y.shape[1] >= WIDE:
            x = lax.platform_dependent(x, cpu=lax.optimization_barrier, default=lambda x: x)
        return lax.dot(x, y)

    def infer_shape(self, node, shapes):
        return [(*shapes[0][:-1], *shapes[1][1:])]

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        if outputs[0].type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(v, dtype="floatX") for v in inputs]
        x_bar, y_bar = conjugate(x), conjugate(y)
        if x.type.ndim == 1 and y.type.ndim == 1:
            grads = g_z * y_bar, g_z * x_bar
        elif x.type.ndim == 1:
            grads = self(y_bar, g_z), outer(x_bar, g_z)
        elif y.type.ndim == 1:
            grads = outer(g_z, y_bar), self(transpose(x_bar), g_z)
        else:
            grads = self(g_z, transpose(y_bar)), self(transpose(x_bar), g_z)
        return [rebroadcast_to(g, v.type.broadcastable) for g, v in zip(grads, inputs, strict=True)]

    def R_op(self, inputs, eval_points):
        (x, y), (r_x, r_y) = inputs, eval_points
        terms = []
        if r_x is not None:
            terms.append(self(r_x, y))
        if r_y is not None:
            terms.append(self(x, r_y))
        return [None if not terms else terms[0] if len(terms) == 1 else terms[0] + terms[1]]

    def __str__(self):
        return "dot"


def outer(x: Any, y: Any) -> Any:
    """Return the products of all pairs: ``(m,), (n,) -> (m, n)``; other ranks are flattened."""
    x, y = (as_tensor_variable(v) for v in (x, y))
    x, y = (v if v.type.ndim == 1 else v.flatten() for v in (x, y))
    return x.dimshuffle(0, "x") * y.dimshuffle("x", 0)


def dot(x: Any, y: Any) -> Any:
    """Return the product of two tensors.

    A scalar multiplies element by element. Otherwise the last dimension of ``x`` is contracted with
    the last but one of ``y``, or the only one of a vector.

    Raises
    ------
    ValueError
        At run time, the lengths of the contracted dimensions differ.
    """
    if hasattr(x, "__dot__"):
        return x.__dot__(y)
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    if x.type.ndim == 0 or y.type.ndim == 0:
        return ew.FUNCTIONS["mul"](x, y)
    if x.type.ndim > 2 or y.type.ndim > 2:
        return tensordot(x, y, [[x.type.ndim - 1], [max(0, y.type.ndim - 2)]])
    return Dot()(x, y)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return the sum of products of two tensors over ``axes``.

    Parameters
    ----------
    a, b : tensors
    axes : int, or pair of sequences of int
        How many of the last dimensions of ``a`` are contracted with the first ones of ``b``; or
        which dimensions of ``a``, and which of ``b`` in the same order.

    Returns
    -------
    tensor
        With the dimensions of ``a`` that are left, then those of ``b``.

    Raises
    ------
    ValueError
        The axes do not exist, are named twice, or are not as many for one tensor as for the other.
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    if isinstance(axes, (int, np.integer)):
        n = int(axes)
        axes_a, axes_b = list(range(a.type.ndim - n, a.type.ndim)), list(range(n))
    else:
        axes_a, axes_b = (
            [int(i) for i in (one if isinstance(one, (tuple, list, np.ndarray)) else [one])]
            for one in axes
        )
    for x, given in ((a, axes_a), (b, axes_b)):
        ndim = x.type.ndim
        exist = all(-ndim <= i < ndim for i in given)
        if (
            not exist
            or len({i % ndim for i in given if ndim}) != len(given)
            or (len(axes_a) != len(axes_b))
        ):
            raise usage_error(
                ValueError,
                "tensordot was given axes that do not fit",
                expected=f"as many axes of either, each once, below {a.type.ndim} and"
                f" {b.type.ndim}",
                got=f"axes={axes!r}",
            )
    axes_a, axes_b = [i % a.type.ndim for i in axes_a], [i % b.type.ndim for i in axes_b]
    free_a = [i for i in range(a.type.ndim) if i not in axes_a]
    free_b = [i for i in range(b.type.ndim) if i not in axes_b]
    of_a, of_b = lengths_of(a), lengths_of(b)
    left = reshape(
        a.dimshuffle(*free_a, *axes_a),
        [product(of_a[i] for i in free_a), product(of_a[i] for i in axes_a)],
    )
    right = reshape(
        b.dimshuffle(*axes_b, *free_b),
        [product(of_b[i] for i in axes_b), product(of_b[i] for i in free_b)],
    )
    lengths = [*[of_a[i] for i in free_a], *[of_b[i] for i in free_b]]
    return reshape(Dot()(left, right), lengths, ndim=len(lengths))
