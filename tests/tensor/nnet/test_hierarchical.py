"""The softmax of two levels."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op

import theano.tensor as T


@pytest.mark.parametrize("n_outputs", [6, 5])
def test_h_softmax(n_outputs, rng):
    """Of all outputs, and of one for each row, given as a vector or as a column."""
    x, W1, b1 = rng.normal(size=(4, 2)), rng.normal(size=(2, 3)), rng.normal(size=3)
    W2, b2 = rng.normal(size=(3, 2, 2)), rng.normal(size=(3, 2))
    target = np.array([4, 0, 3, 3])
    first = scipy.special.softmax(x @ W1 + b1, axis=1)
    second = scipy.special.softmax(np.einsum("nd,kdo->nko", x, W2) + b2, axis=2)
    everything = (first[:, :, None] * second).reshape(4, 6)

    def three(x, W1, b1, W2, b2):
        level = (W1, b1, W2, b2)
        return [
            T.nnet.h_softmax(x, 4, n_outputs, 3, 2, *level),
            T.nnet.h_softmax(x, 4, n_outputs, 3, 2, *level, target=T.constant(target)),
            T.nnet.h_softmax(x, x.shape[0], n_outputs, 3, 2, *level, T.constant(target[:, None])),
        ]

    of_targets = everything[np.arange(4), target]
    check_op(three, [x, W1, b1, W2, b2], [everything[:, :n_outputs], of_targets, of_targets])
