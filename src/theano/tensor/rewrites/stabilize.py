"""Logarithms and exponentials, computed so that rounding and overflow do less harm."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.graph import Apply, FunctionGraph, Variable
from theano.rewriting import STABILIZE, node_rewriter
from theano.scalar.type import FLOAT_DTYPES
from theano.tensor.elemwise import DimShuffle
from theano.tensor.nnet.crossentropy import CrossentropyCategorical1Hot, hits
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.advanced_index import AdvancedSubtensor
from theano.tensor.ops.indexing import Subtensor
from theano.tensor.ops.logsumexp import LogSumExp
from theano.tensor.ops.reduction import Sum, restore_axes
from theano.tensor.ops.shape import Reshape
from theano.tensor.rewrites.products import is_shifted
from theano.tensor.rewrites.words import (
    as_result,
    dtype_of,
    equations,
    rewrite,
    vocabulary,
)

log, log1p = ew.FUNCTIONS["log"], ew.FUNCTIONS["log1p"]

SELECTIONS = (AdvancedSubtensor, DimShuffle, Reshape, Subtensor)
"""Ops whose results are elements of their first input."""

equations(
    "log(exp(x)) -> x",
    "log1p(exp(x)) -> softplus(x)",
    "log(sigmoid(x)) -> -softplus(-x)",
    "log1p(-sigmoid(x)) -> -softplus(x)",
    "1 - sigmoid(x) -> sigmoid(-x)",
    "exp(x) - 1 -> expm1(x)",
    "exp(x) + -1 -> expm1(x)",
    "log(softmax(x)) -> logsoftmax(x)",
    stage=STABILIZE,
)


@rewrite("log(exp(x) / y) -> x - log(y)", stage=STABILIZE)
def log_of_quotient(x: Any, y: Any, node: Apply) -> Variable:
    """The exponential neither overflows nor underflows if it is not computed."""
    difference: Variable = x - log(ew.cast(y, dtype_of(node.outputs[0])))
    return difference


@rewrite("log(1 + x) -> log1p(x)", stage=STABILIZE)
def fuse_log1p(x: Any, node: Apply) -> Variable | None:
    """Digits of a small ``x`` are not lost in the sum. An integer sum could overflow instead."""
    return _log1p(x, node)


@rewrite("log(1 - x) -> log1p(-x)", stage=STABILIZE)
def fuse_log1p_of_negative(x: Any, node: Apply) -> Variable | None:
    """Likewise."""
    return None if dtype_of(x) not in FLOAT_DTYPES else _log1p(-x, node)


def _log1p(x: Any, node: Apply) -> Variable | None:
    if dtype_of(x) not in FLOAT_DTYPES:
        return None
    operand = as_result(x, node)
    return None if operand is None else log1p(operand)  # type: ignore[no-any-return]


@rewrite("log(sum(exp(x), axis)) -> logsumexp(x, axis)", stage=STABILIZE)
def fuse_logsumexp(
    x: Any, axis: tuple[int, ...], fgraph: FunctionGraph, node: Apply
) -> Variable | None:
    """The sum does not overflow; nor does it where the user has seen to that."""
    return None if is_shifted(x, axis, fgraph) else _logsumexp(x, axis, node)


@rewrite("log(sum_kept(exp(x), axis)) -> logsumexp_kept(x, axis)", stage=STABILIZE)
def fuse_logsumexp_kept(
    x: Any, axis: tuple[int, ...], fgraph: FunctionGraph, node: Apply
) -> Variable | None:
    """Likewise, with the reduced axes put back."""
    if is_shifted(x, axis, fgraph):
        return None
    return restore_axes(_logsumexp(x, axis, node), axis, x.type.ndim)  # type: ignore[no-any-return]


def _logsumexp(x: Any, axis: tuple[int, ...], node: Apply) -> Variable:
    total: Variable = LogSumExp(axis)(ew.cast(x, dtype_of(node.outputs[0])))
    return total


@node_rewriter([CrossentropyCategorical1Hot], stage=STABILIZE, depth=6)
def crossentropy_of_logits(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """The cross-entropy of a softmax, written out or not, needs its logarithm only.

    That is finite where the probability itself underflows to zero.
    """
    probabilities, classes = node.inputs
    if not is_softmax(probabilities, fgraph):
        return None
    hit, exists = hits(probabilities, classes)
    dtype = dtype_of(probabilities)
    chosen = Sum((1,))(ew.switch(hit, -log(probabilities), ew.cast(0, dtype)))
    row: Variable = ew.switch(exists.dimshuffle(0), chosen, ew.cast(np.nan, dtype))
    return row


@node_rewriter([log], stage=STABILIZE, depth=8)
def log_before_selection(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``log(softmax(x)[i]) -> log(softmax(x))[i]``, of a softmax written out too."""
    (selected,) = node.inputs
    whole = selected
    while whole.owner is not None and isinstance(whole.owner.op, SELECTIONS):
        whole = whole.owner.inputs[0]
    if whole is selected or not is_softmax(whole, fgraph):
        return None
    selection: Any = selected.owner
    source, *how = selection.inputs
    result: Variable = selection.op(node.op(source), *how)
    return result


@node_rewriter([Reshape], stage=STABILIZE)
def sigmoid_after_reshape(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """``reshape(sigmoid(x)) -> sigmoid(reshape(x))``, whose logarithm is seen to be safe."""
    reshaped, shape = node.inputs
    if reshaped.owner is None or reshaped.owner.op != ew.FUNCTIONS["sigmoid"]:
        return None
    (x,) = reshaped.owner.inputs
    result: Variable = reshaped.owner.op(node.op(x, shape))
    return result if result.type == node.outputs[0].type else None


def is_softmax(x: Variable, fgraph: FunctionGraph) -> bool:
    """Whether ``x`` is a softmax, written out or not: its logarithm is safe, ``x`` is not."""
    forms = ("softmax(x)", "exp(x) / y")
    return any(vocabulary.match(form, x, fgraph) is not None for form in forms)
