"""Products of chosen blocks of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import DISCRETE_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.advanced_index import in_range
from theano.tensor.ops.brackets import take
from theano.tensor.ops.reduction import sum as tensor_sum

__all__ = [
    "SparseBlockGemv",
    "SparseBlockOuter",
    "sparse_block_dot",
    "sparse_block_gemv",
    "sparse_block_gemv_inplace",
    "sparse_block_outer",
    "sparse_block_outer_inplace",
]


class BlockOp(Op):
    """What both ops share: ``inplace``, which is kept for programs that give it."""

    __props__ = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def _sum(self, terms):
        return [sum(terms[1:], terms[0]) if terms else None]


class SparseBlockGemv(BlockOp):
    """``o[b, j] + sum_i h[b, i] @ W[inputIdx[b, i], outputIdx[b, j]]``.

    Parameters
    ----------
    o : ``(batch, n_out, o_size)``
        What is added to; the result has its shape and dtype.
    W : ``(in_blocks, out_blocks, i_size, o_size)``
        A matrix for each pair of blocks.
    h : ``(batch, n_in, i_size)``
        The blocks of the input that are not zero.
    inputIdx : ``(batch, n_in)`` integers
        Which blocks those are.
    outputIdx : ``(batch, n_out)`` integers
        Which blocks of the output are computed.

    Notes
    -----
    Raises TypeError for other ranks and for indices that are no integers, IndexError for a block
    that does not exist.
    """

    def make_node(self, o: Any, W: Any, h: Any, inputIdx: Any, outputIdx: Any) -> Apply:
        inputs = [as_tensor_variable(v) for v in (o, W, h, inputIdx, outputIdx)]
        check_ranks(inputs, (3, 4, 3, 2, 2), "sparse_block_gemv takes o, W, h and two indices")
        return Apply(self, inputs, [inputs[0].type()])

    def perform(self, node, inputs, output_storage):
        o, W, h, rows, columns = inputs
        blocks = W[rows[:, :, None], columns[:, None, :]]
        product = np.einsum("bik,bijkl->bjl", h, blocks)
        output_storage[0][0] = np.asarray(o + product, dtype=o.dtype)

    def lower(self, ctx, o, W, h, rows, columns):
        wide = upcast(*[v.type.dtype for v in ctx.node.inputs[:3]])
        rows = in_range(ctx, rows, W.shape[0], 0, writes=False)
        columns = in_range(ctx, columns, W.shape[1], 1, writes=False)
        W, h, start = (lax.convert_element_type(v, wide) for v in (W, h, o))
        blocks = W[rows[:, :, None], columns[:, None, :]]
        z = start + jnp.einsum("bik,bijkl->bjl", h, blocks)
        return lax.convert_element_type(z, o.dtype)

    def connection_pattern(self, node):
        return [[True], [True], [True], [False], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (_, W, h, rows, columns), (g_z,) = inputs, output_grads
        g_W = sparse_block_outer(ew.zeros_like(W), h, g_z, rows, columns)
        g_h = self(ew.zeros_like(h), W.dimshuffle(1, 0, 3, 2), g_z, columns, rows)
        return [g_z, g_W, g_h, disconnected_type(), disconnected_type()]

    def R_op(self, inputs, eval_points):
        (o, W, h, rows, columns), (o_point, W_point, h_point) = inputs, eval_points[:3]
        terms = [] if o_point is None else [o_point]
        if W_point is not None:
            terms.append(self(ew.zeros_like(o), W_point, h, rows, columns))
        if h_point is not None:
            terms.append(self(ew.zeros_like(o), W, h_point, rows, columns))
        return self._sum(terms)


class SparseBlockOuter(BlockOp):
    """``o``, with ``alpha * outer(x[b, i], y[b, j])`` added to ``o[xIdx[b, i], yIdx[b, j]]``.

    Parameters
    ----------
    o : ``(x_blocks, y_blocks, x_size, y_size)``
        What is added to; the result has its shape and dtype.
    x, y : ``(batch, n_x, x_size)``, ``(batch, n_y, y_size)``
    xIdx, yIdx : ``(batch, n_x)``, ``(batch, n_y)`` integers
        Which blocks those are. What falls on one block is summed.
    alpha : number, optional

    Notes
    -----
    Raises TypeError for other ranks and for indices that are no integers, IndexError for a block
    that does not exist.
    """

    def make_node(self, o: Any, x: Any, y: Any, xIdx: Any, yIdx: Any, alpha: Any = None) -> Apply:
        alpha = np.float32(1) if alpha is None else alpha
        inputs = [as_tensor_variable(v) for v in (o, x, y, xIdx, yIdx, alpha)]
        check_ranks(inputs, (4, 3, 3, 2, 2, 0), "sparse_block_outer takes o, x, y and two indices")
        return Apply(self, inputs, [inputs[0].type()])

    def perform(self, node, inputs, output_storage):
        o, x, y, rows, columns, alpha = inputs
        z = np.array(o, dtype=np.result_type(o, x, y, alpha))
        products = alpha * np.einsum("bik,bjl->bijkl", x, y)
        np.add.at(z, (rows[:, :, None], columns[:, None, :]), products)
        output_storage[0][0] = z.astype(o.dtype)

    def lower(self, ctx, o, x, y, rows, columns, alpha):
        node = ctx.node
        wide = upcast(*[node.inputs[i].type.dtype for i in (0, 1, 2, 5)])
        rows = in_range(ctx, rows, o.shape[0], 0, writes=True)
        columns = in_range(ctx, columns, o.shape[1], 1, writes=True)
        start, x, y, alpha = (lax.convert_element_type(v, wide) for v in (o, x, y, alpha))
        products = jnp.einsum("bik,bjl->bijkl", alpha * x, y)
        z = start.at[rows[:, :, None], columns[:, None, :]].add(products, mode="drop")
        return lax.convert_element_type(z, o.dtype)

    def connection_pattern(self, node):
        return [[True], [True], [True], [False], [False], [True]]

    def L_op(self, inputs, outputs, output_grads):
        (_, x, y, rows, columns, alpha), (g_z,) = inputs, output_grads
        along = sparse_block_gemv(ew.zeros_like(x), g_z.dimshuffle(1, 0, 3, 2), y, columns, rows)
        g_y = alpha * sparse_block_gemv(ew.zeros_like(y), g_z, x, rows, columns)
        g_alpha = tensor_sum(along * x)
        none = disconnected_type
        return [g_z, alpha * along, g_y, none(), none(), g_alpha]

    def R_op(self, inputs, eval_points):
        o, x, y, rows, columns, alpha = inputs
        o_point, x_point, y_point, _, _, alpha_point = eval_points
        terms = [] if o_point is None else [o_point]
        for u, v, a in ((x_point, y, alpha), (x, y_point, alpha), (x, y, alpha_point)):
            if u is not None and v is not None and a is not None:
                terms.append(self(ew.zeros_like(o), u, v, rows, columns, a))
        return self._sum(terms)


def check_ranks(inputs: Any, ranks: Any, what: str) -> None:
    """Raise TypeError unless inputs have these ranks and the fourth and fifth are integers."""
    for i, (v, ndim) in enumerate(zip(inputs, ranks, strict=True)):
        is_index = i in (3, 4)
        if v.type.ndim != ndim or (is_index and v.type.dtype not in DISCRETE_DTYPES):
            raise usage_error(
                TypeError,
                what,
                expected=f"{ndim} dimensions" + (", an integer dtype" if is_index else ""),
                got=v,
            )


sparse_block_gemv = SparseBlockGemv(False)
sparse_block_gemv_inplace = SparseBlockGemv(True)
sparse_block_outer = SparseBlockOuter(False)
sparse_block_outer_inplace = SparseBlockOuter(True)


def sparse_block_dot(W: Any, h: Any, inputIdx: Any, b: Any, outputIdx: Any) -> Any:
    """Return ``b[outputIdx[b, j]] + sum_i h[b, i] @ W[inputIdx[b, i], outputIdx[b, j]]``.

    Parameters
    ----------
    W : ``(in_blocks, out_blocks, i_size, o_size)``
    h : ``(batch, n_in, i_size)``; or ``(n_in, i_size)``, a batch of one
    inputIdx : ``(batch, n_in)`` or ``(n_in,)`` integers
    b : ``(out_blocks, o_size)``
        A bias, added once to each block.
    outputIdx : ``(batch, n_out)`` or ``(n_out,)`` integers

    Returns
    -------
    ``(batch, n_out, o_size)``

    Raises
    ------
    TypeError
        Ranks do not fit one another, or indices are no integers.
    """
    W, h, inputIdx, b, outputIdx = (as_tensor_variable(v) for v in (W, h, inputIdx, b, outputIdx))
    ranks = (h.type.ndim - 1, inputIdx.type.ndim, outputIdx.type.ndim)
    if len(set(ranks)) > 1:
        raise usage_error(
            TypeError,
            "sparse_block_dot was given indices of another rank than the blocks of its input",
            expected=f"{ranks[0]} dimensions for both",
            got=f"{ranks[1]} and {ranks[2]}",
        )
    if h.type.ndim == 2:
        h, inputIdx, outputIdx = (
            v.dimshuffle("x", *range(v.type.ndim)) for v in (h, inputIdx, outputIdx)
        )
    return sparse_block_gemv(take(b, outputIdx, axis=0), W, h, inputIdx, outputIdx)
