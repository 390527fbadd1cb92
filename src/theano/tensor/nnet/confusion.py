"""How often each class was taken for each other one."""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.joining import concatenate
from theano.tensor.ops.linear import dot
from theano.tensor.ops.sets import Unique


def confusion_matrix(actual: Any, pred: Any) -> list[Any]:
    """Return how often each actual class was predicted as each class, and the classes in order.

    Parameters
    ----------
    actual, pred : vectors of equal length ``(n,)``
        What the classes are, and what they were predicted to be: numbers of any kind.

    Returns
    -------
    counts : ``(k, k)`` int64
        A row for each actual class, a column for each predicted one.
    order : ``(k,)``
        The classes that occur, in rising order.

    Raises
    ------
    ValueError
        One of them is no vector.
    """
    actual, pred = as_tensor_variable(actual), as_tensor_variable(pred)
    for v in (actual, pred):
        if v.type.ndim != 1:
            raise usage_error(
                ValueError,
                "a confusion matrix is made of two vectors",
                expected="1 dimension",
                got=v,
            )
    order = Unique()(concatenate([actual, pred]))
    rows, columns = (ew.cast(ew.eq(v.dimshuffle(0, "x"), order), "int64") for v in (actual, pred))
    return [dot(rows.T, columns), order]
