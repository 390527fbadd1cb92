"""Confusion matrices."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises, check_value

import theano.tensor as T


@pytest.mark.parametrize(
    ("actual", "pred", "counts", "order"),
    [
        ([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2], [[2, 0, 0], [0, 0, 1], [1, 0, 2]], [0, 1, 2]),
        ([5, 5], [-1, 5], [[0, 0], [1, 1]], [-1, 5]),
        ([], [], np.zeros((0, 0)), []),
    ],
    ids=["three classes", "classes that were only predicted", "nothing"],
)
@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_confusion_matrix(actual, pred, counts, order, dtype):
    expected = [np.array(counts, "int64"), np.array(order, dtype)]
    values = [np.array(actual, dtype), np.array(pred, dtype)]
    check_value(T.nnet.confusion_matrix, values, expected, compiled=False)


def test_matrices_are_refused():
    for args in ((T.matrix("m"), T.vector()), (T.vector(), T.matrix("m"))):
        with check_raises(ValueError, "two vectors", "`m`"):
            T.nnet.confusion_matrix(*args)
