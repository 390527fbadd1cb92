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

__all__ = ["Dot", "batched_dot", "batched_tensordot", "dot", "outer", "tensordot"]


WIDE = 64
"""From so many columns of ``y`` on, ``x.T @ y`` is computed from a transposed copy on the CPU.

XLA would fold the transposition into the product, and use a kernel for it that gains little from a
second core; a training step without dropout took 1.06 times as long. See docs/performance.md.
"""

UNEQUAL = "transpose or reshape one of the two, or give a weight a row for each column of its input"


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
                fix=UNEQUAL,
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


class BatchedDot(Op):
    """The product of pairs of matrices, or of a matrix and a vector, or of vectors.

    ``(b, m, k), (b, k, n) -> (b, m, n)``, and without ``m``, without ``n``, or without both.

    Raises: TypeError for other ranks, ValueError at run time where ``b`` or ``k`` differ.
    """

    __props__ = ()

    def make_node(self, x: Any, y: Any) -> Apply:
        x, y = as_tensor_variable(x), as_tensor_variable(y)
        for operand in (x, y):
            if operand.type.ndim not in (2, 3):
                raise usage_error(
                    TypeError,
                    "BatchedDot takes batches of vectors and matrices",
                    expected="2 or 3 dimensions",
                    got=operand,
                    fix="use theano.tensor.batched_dot or batched_tensordot for other ranks",
                )
        of_x, of_y = x.type.broadcastable, y.type.broadcastable
        pattern = (of_x[0] or of_y[0], *of_x[1:-1], *of_y[2:])
        return Apply(self, [x, y], [TensorType(upcast(x.type.dtype, y.type.dtype), pattern)()])

    def _check(self, node: Apply, x_shape: Any, y_shape: Any) -> None:
        if (x_shape[0], x_shape[-1]) != y_shape[:2]:
            raise usage_error(
                ValueError,
                "a product of batches whose lengths differ",
                expected="x.shape[0] == y.shape[0] and x.shape[-1] == y.shape[1]",
                got=f"{node.inputs[0]} of shape {tuple(x_shape)} and {node.inputs[1]} of shape "
                f"{tuple(y_shape)}" + (f" at {node.source}" if node.source else ""),
                fix=UNEQUAL,
            )

    def perform(self, node, inputs, output_storage):
        x, y = (np.asarray(v, dtype=node.outputs[0].type.dtype) for v in inputs)
        self._check(node, x.shape, y.shape)
        left = x if x.ndim == 3 else x[:, np.newaxis]
        right = y if y.ndim == 3 else y[:, :, np.newaxis]
        shape = (x.shape[0], *x.shape[1:-1], *y.shape[2:])
        output_storage[0][0] = np.matmul(left, right).reshape(shape)

    def lower(self, ctx, x, y):
        self._check(ctx.node, x.shape, y.shape)
        dtype = ctx.node.outputs[0].type.dtype
        by_batch = (((x.ndim - 1,), (1,)), ((0,), (0,)))
        if dtype == "bool":
            x, y = (lax.convert_element_type(v, "int32") for v in (x, y))
            return lax.gt(lax.dot_general(x, y, by_batch), np.int32(0))
        x, y = lax.convert_element_type(x, dtype), lax.convert_element_type(y, dtype)
        return lax.dot_general(x, y, by_batch)

    def infer_shape(self, node, shapes):
        return [(*shapes[0][:-1], *shapes[1][2:])]

    def L_op(self, inputs, outputs, output_grads):
        (x, y), (g_z,) = inputs, output_grads
        if outputs[0].type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(v, dtype="floatX") for v in inputs]
        x_bar, y_bar = conjugate(x), conjugate(y)
        if x.type.ndim == 3:
            # With a vector, what is summed over for y is what is left of x.
            g_y = self(x_bar.dimshuffle(0, 2, 1), g_z)
        elif y.type.ndim == 3:
            g_y = x_bar.dimshuffle(0, 1, "x") * g_z.dimshuffle(0, "x", 1)
        else:
            g_y = x_bar * g_z.dimshuffle(0, "x")
        if y.type.ndim == 3:
            g_x = self(g_z, y_bar.dimshuffle(0, 2, 1))
        elif x.type.ndim == 3:
            g_x = g_z.dimshuffle(0, 1, "x") * y_bar.dimshuffle(0, "x", 1)
        else:
            g_x = g_z.dimshuffle(0, "x") * y_bar
        return [g_x, g_y]

    def R_op(self, inputs, eval_points):
        (x, y), (r_x, r_y) = inputs, eval_points
        terms = [] if r_x is None else [self(r_x, y)]
        terms += [] if r_y is None else [self(x, r_y)]
        return [sum(terms[1:], terms[0]) if terms else None]


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
    return contract(Dot(), a, b, axes, n_batch=0)


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Return ``tensordot(x[i], y[i], …)`` for each ``i``, along the first dimension.

    Parameters
    ----------
    x, y : tensors
        With as many elements along the first dimension.
    axes : int, or pair of sequences of int
        As for :func:`tensordot`; the first dimension has number 0, but cannot be contracted.

    Raises
    ------
    ValueError
        The axes are the first one, do not exist, are named twice, or are not as many for one tensor
        as for the other.
    """
    return contract(BatchedDot(), x, y, axes, n_batch=1)


def batched_dot(a: Any, b: Any) -> Any:
    """Return ``dot(a[i], b[i])`` for each ``i``, along the first dimension.

    Parameters
    ----------
    a, b : tensors
        Of one dimension or more, with as many elements along the first.

    Raises
    ------
    TypeError
        ``a`` or ``b`` is a scalar.
    ValueError
        At run time, lengths that belong together differ.
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    for x in (a, b):
        if x.type.ndim == 0:
            raise usage_error(
                TypeError, "batched_dot takes tensors with a batch axis", expected="1-d", got=x
            )
    if a.type.ndim == 1:
        return a.dimshuffle(0, *["x"] * (b.type.ndim - 1)) * b
    if b.type.ndim == 1:
        return a * b.dimshuffle(0, *["x"] * (a.type.ndim - 1))
    if a.type.ndim > 3 or b.type.ndim > 3:
        return batched_tensordot(a, b, [[a.type.ndim - 1], [max(1, b.type.ndim - 2)]])
    return BatchedDot()(a, b)


def contract(multiply: Op, a: Any, b: Any, axes: Any, n_batch: int) -> Any:
    """Return the product of ``a`` and ``b`` over ``axes``, made by one product of matrices.

    Parameters
    ----------
    multiply : Op
        Takes either as ``n_batch`` dimensions, then those of a matrix.
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    summed_a, summed_b = contracted_axes(a, b, axes, n_batch)
    batch = list(range(n_batch))
    free_a = [i for i in range(n_batch, a.type.ndim) if i not in summed_a]
    free_b = [i for i in range(n_batch, b.type.ndim) if i not in summed_b]
    of_a, of_b = lengths_of(a), lengths_of(b)
    left = reshape(
        a.dimshuffle(*batch, *free_a, *summed_a),
        of_a[:n_batch] + [product(of_a[i] for i in part) for part in (free_a, summed_a)],
    )
    right = reshape(
        b.dimshuffle(*batch, *summed_b, *free_b),
        of_b[:n_batch] + [product(of_b[i] for i in part) for part in (summed_b, free_b)],
    )
    lengths = of_a[:n_batch] + [of_a[i] for i in free_a] + [of_b[i] for i in free_b]
    return reshape(multiply(left, right), lengths, ndim=len(lengths))


def contracted_axes(a: Any, b: Any, axes: Any, n_batch: int) -> tuple[list[int], list[int]]:
    """Return which axes of ``a`` and of ``b`` are contracted, counted from the first.

    Raises
    ------
    ValueError
        They do not fit the tensors, or each other.
    """
    ndims = a.type.ndim, b.type.ndim
    error = usage_error(
        ValueError,
        "a product of tensors was given axes that do not fit",
        expected=f"as many of either, each once, of the {ndims[0]} and {ndims[1]} dimensions"
        + (", not the first, which is the batch" if n_batch else ""),
        got=f"axes={axes!r}",
    )
    if np.isscalar(axes):
        n = int(axes)  # type: ignore[arg-type]
        if not 0 <= n <= min(ndims) - n_batch:
            raise error
        return list(range(ndims[0] - n, ndims[0])), list(range(n_batch, n_batch + n))
    if len(axes) != 2:
        raise error
    pair = [[int(i) for i in np.atleast_1d(np.asarray(one, dtype="int64"))] for one in axes]
    for given, ndim in zip(pair, ndims, strict=True):
        if not all(-ndim <= i < ndim for i in given):
            raise error
        given[:] = [i % ndim for i in given]
        if len(set(given)) != len(given) or any(i < n_batch for i in given):
            raise error
    if len(pair[0]) != len(pair[1]):
        raise error
    return pair[0], pair[1]
