"""A softmax in two levels, for many outputs."""

from __future__ import annotations

from typing import Any

from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.blocksparse import sparse_block_dot
from theano.tensor.nnet.softmaxes import softmax_op
from theano.tensor.ops.creation import arange
from theano.tensor.ops.linear import dot, tensordot
from theano.tensor.ops.shape import flatten, reshape, zeros


def h_softmax(
    x: Any,
    batch_size: Any,
    n_outputs: Any,
    n_classes: Any,
    n_outputs_per_class: Any,
    W1: Any,
    b1: Any,
    W2: Any,
    b2: Any,
    target: Any = None,
) -> Any:
    """Return the softmax of two levels: first of a class of outputs, then of one within it.

    For given targets a row costs ``n_classes + n_outputs_per_class`` products of length ``d``, in
    place of ``n_outputs``.

    Parameters
    ----------
    x : ``(batch_size, d)``
    batch_size : int
    n_outputs : int
        At most ``n_classes * n_outputs_per_class``. Output ``k`` is in class
        ``k // n_outputs_per_class``.
    n_classes, n_outputs_per_class : int
        Cheapest where both are the root of ``n_outputs``.
    W1, b1 : ``(d, n_classes)``, ``(n_classes,)``
        Weights and bias of the first level.
    W2, b2 : ``(n_classes, d, n_outputs_per_class)``, ``(n_classes, n_outputs_per_class)``
        Weights and bias of the second one.
    target : vector or column of integers, optional
        One output for each row.

    Returns
    -------
    ``(batch_size,)``, the probabilities of the targets; without targets ``(batch_size, n_outputs)``

    References
    ----------
    Goodman, Classes for fast maximum entropy training, ICASSP 2001.
    """
    x, W1, b1, W2, b2 = (as_tensor_variable(v) for v in (x, W1, b1, W2, b2))
    of_class = softmax_op(dot(x, W1) + b1)
    if target is None:
        activations = tensordot(x, W2, (1, 1)) + b2
        within = softmax_op(reshape(activations, (-1, n_outputs_per_class)))
        within = reshape(within, (batch_size, n_classes, -1))
        return reshape(of_class.dimshuffle(0, 1, "x") * within, (batch_size, -1))[:, :n_outputs]
    target = flatten(as_tensor_variable(target))
    classes = target // n_outputs_per_class
    activations = sparse_block_dot(
        W2.dimshuffle("x", 0, 1, 2),
        x.dimshuffle(0, "x", 1),
        zeros((batch_size, 1), dtype="int32"),
        b2,
        classes.dimshuffle(0, "x"),
    )
    within = softmax_op(activations.dimshuffle(0, 2))
    rows = arange(batch_size)
    return of_class[rows, classes] * within[rows, target % n_outputs_per_class]
